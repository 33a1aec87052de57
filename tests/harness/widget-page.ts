import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BUNDLES, bundle } from '../../scripts/lib/bundles.mjs';

/** The script-tag file, made from source. */
async function script(): Promise<string> {
  const widget = BUNDLES.find(({ name }) => name === 'earshot-widget');
  if (widget === undefined) throw new Error('the widget is not among the bundles');
  return (await bundle(widget, 'script')).code;
}

export interface WidgetPage {
  readonly origin: string;
  /** Of a page with these attributes on its element, such as `to="echo"`. */
  url(attributes: string, language?: string): string;
  /** Where phones reach the page that was given a token last. */
  address(): string;
  close(): Promise<void>;
}

/** Text that a page keeps to, so that no markup of a test can run anything. */
const PAGE = (language: string, attributes: string): string => `<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>A page that can be called from</title>
    <link rel="stylesheet" href="/page.css" />
    <script src="/earshot-widget.js" defer></script>
  </head>
  <body>
    <main><h1>Talk to us</h1><earshot-call ${attributes}></earshot-call></main>
  </body>
</html>`;

const STYLE = `
body { margin: 0; font-family: sans-serif; background: light-dark(#f6f7f9, #101418); color: light-dark(#111, #eee); }
main { display: grid; justify-items: center; gap: 16px; padding: 12px; }
h1 { margin: 0; font-size: 20px; }
`;

/**
 * Somebody else's site, with the strictest policy there is: scripts and styles from its own files alone, nothing inline.
 * It reaches the gateway, and nothing else.
 */
export async function startWidgetPage(gateway: () => string): Promise<WidgetPage> {
  const code = await script();
  let address = '';
  const answer = (response: ServerResponse, type: string, text: string): void => {
    const socket = gateway().replace(/^http/, 'ws');
    response.setHeader('content-security-policy', `default-src 'self'; connect-src 'self' ${gateway()} ${socket}`);
    response.setHeader('content-type', type);
    response.end(text);
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/earshot-widget.js') return answer(response, 'text/javascript', code);
    if (pathname === '/page.css') return answer(response, 'text/css', STYLE);
    if (pathname === '/token') {
      // As the server of a site would: it asks the gateway, and the page asks it. A page is the same guest each time.
      const { cookie } = request.headers;
      void fetch(`${gateway()}/api/page`, { headers: cookie === undefined ? {} : { cookie } })
        .then((page) => {
          response.setHeader('set-cookie', page.headers.getSetCookie());
          return page.json();
        })
        .then((info: { readonly token: string; readonly address: string }) => {
          address = info.address;
          answer(response, 'application/json', JSON.stringify({ token: info.token }));
        });
      return;
    }
    answer(response, 'text/html', PAGE(searchParams.get('lang') ?? 'en', searchParams.get('attributes') ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: (attributes, language = 'en') =>
      `${origin}/?${new URLSearchParams({ lang: language, attributes: `gateway="${gateway()}" token-url="/token" ${attributes}` })}`,
    address: () => address,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
