import { fault } from '@earshot/base';
import { EarshotError } from '@earshot/client';

/** Where the gateway listens, unless an address says otherwise. */
const PATH = '/earshot';

/** `https://calls.example.com` as `wss://calls.example.com/earshot`; empty: this host. Throws a TypeError for no address. */
export function socketUrl(gateway: string, page: string): string {
  const url = new URL(gateway, page);
  if (gateway === '' || url.pathname === '/') url.pathname = PATH;
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  return url.href;
}

/** Rejects with an EarshotError. */
export async function fetchToken(url: string): Promise<string> {
  const response = await fetch(url, { credentials: 'include', cache: 'no-store' }).catch((error: unknown) => {
    throw new EarshotError(fault('signaling.ws_unreachable', error instanceof Error ? error.message : String(error)));
  });
  if (!response.ok) throw new EarshotError(fault('auth.token_missing', `HTTP status ${response.status}`));
  const text = (await response.text()).trim();
  const token = tokenIn(text);
  if (token === undefined) throw new EarshotError(fault('auth.token_missing', 'no token in the answer'));
  return token;
}

function tokenIn(text: string): string | undefined {
  if (!text.startsWith('{')) return text === '' ? undefined : text;
  try {
    const { token } = JSON.parse(text) as { readonly token?: unknown };
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}
