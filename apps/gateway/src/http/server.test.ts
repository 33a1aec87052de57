import { Server } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lacksIpv6 } from '../testing/machine.js';
import { recordingLog } from '../testing/records.js';
import { type HttpServer, startHttp } from './server.js';

const { log, records } = recordingLog();
const options = { host: '127.0.0.1', port: 0, log, page: false };
let server: HttpServer;

beforeEach(async () => {
  records.length = 0;
  const started = await startHttp({
    ...options,
    routes: (app) => {
      app.get('/bug', async () => {
        throw new Error('a secret of the inside');
      });
      app.post('/body', async () => ({ ok: true }));
    },
  });
  if (!started.ok) throw new Error(started.error.code);
  server = started.value;
});
afterEach(() => server.close());

const ask = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);

it('names what is not there, and what cannot be read', async () => {
  const missing = await ask('/nothing');
  expect([missing.status, await missing.json()]).toMatchObject([404, { code: 'http.not_found' }]);
  const headers = { 'content-type': 'application/json' };
  const bad = await ask('/body', { method: 'POST', body: '{', headers });
  expect([bad.status, await bad.json()]).toMatchObject([400, { code: 'http.bad_request' }]);
  const large = await ask('/body', { method: 'POST', body: `"${'x'.repeat(70_000)}"`, headers });
  expect(large.status).toBe(413);
});

it('keeps a bug to itself and its log', async () => {
  const answer = await ask('/bug');
  expect(answer.status).toBe(500);
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({ code: 'internal.bug' });
  expect(text).not.toContain('secret');
  expect(records).toMatchObject([{ level: 50, code: 'internal.bug', err: { message: 'a secret of the inside' } }]);
});

it('sends its security headers with every answer', async () => {
  for (const path of ['/nothing', '/bug']) {
    const { headers } = await ask(path);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  }
});

it.skipIf(lacksIpv6())('answers by IPv4 and IPv6 on "::"', async () => {
  const started = await startHttp({ ...options, host: '::', routes: (app) => app.get('/', () => ({ ok: true })) });
  if (!started.ok) throw new Error(started.error.code);
  const { host, port } = started.value;
  expect(host).toBe('::');
  for (const address of ['127.0.0.1', '[::1]']) expect((await fetch(`http://${address}:${port}/`)).status).toBe(200);
  // Both families, or neither.
  expect(await startHttp({ ...options, host: '::', port, routes: () => {} })).toMatchObject({ ok: false });
  expect(await startHttp({ ...options, port, routes: () => {} })).toMatchObject({ ok: false });
  await started.value.close();
});

it('takes IPv4 alone where there is no IPv6', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen').mockImplementationOnce(function (this: Server) {
    queueMicrotask(() => this.emit('error', Object.assign(new Error(), { code: 'EAFNOSUPPORT' })));
    return this;
  });
  const started = await startHttp({ ...options, host: '::', routes: (app) => app.get('/', () => ({ ok: true })) });
  listen.mockRestore();
  if (!started.ok) throw new Error(started.error.code);
  const { host, port } = started.value;
  expect(host).toBe('0.0.0.0');
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  await started.value.close();
});

it('names a port that is taken and an address that is not here', async () => {
  const start = (host: string, port: number) => startHttp({ ...options, host, port, routes: () => {} });
  expect(await start('127.0.0.1', server.port)).toMatchObject({
    ok: false,
    error: { code: 'server.port_in_use', where: `http.port ${server.port}` },
  });
  expect(await start('192.0.2.254', 0)).toMatchObject({ ok: false, error: { code: 'server.address_unavailable' } });
});
