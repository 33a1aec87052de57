import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Frame, Page } from 'playwright-core';
import { until } from '../../harness/process.js';

/** A page of another origin that shows `url` in an iframe, and does not pass the microphone on. */
export async function iframeOf(
  url: string,
  defer: (undo: () => unknown) => void,
): Promise<(page: Page) => Promise<Frame>> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>embeds</title><iframe name="calls" src="${url}/"></iframe>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  defer(() => server.close());
  const { port } = server.address() as AddressInfo;
  return async (page) => {
    // The built-in page lets nobody embed it; a page with the SDK may. All else stays as the server says it.
    await page.route(`${url}/`, async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers() };
      delete headers['content-security-policy'];
      delete headers['x-frame-options'];
      await route.fulfill({ response, headers });
    });
    await page.goto(`http://127.0.0.1:${port}/`);
    return await until('the iframe', () => page.frames().find((frame) => frame.name() === 'calls'));
  };
}
