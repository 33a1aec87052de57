import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { probeRelay } from '@earshot/gateway';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type IssueOptions, TestAuthority } from '../../harness/certificates.js';
import { freePort } from '../../harness/process.js';

// What is wrong with a server, by the name it is given. Those that are well are asked in tests/interop.

const CREDENTIALS = { username: '1:tag', password: 'password' };
/** Short: what never answers is waited for in full. */
const QUICK = { timing: { rtoMs: 20, requests: 2, lastWait: 2, reliableMs: 100 }, connectMs: 300 };
const DAY_MS = 86_400_000;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const faultOf = async (url: string, credentials: typeof CREDENTIALS | undefined = CREDENTIALS) =>
  (await probeRelay(url, credentials, QUICK)).fault;

describe('a relay is', () => {
  it('unreachable where nobody listens, whatever the transport', async () => {
    const port = await freePort();
    for (const url of [
      `turn:127.0.0.1:${port}?transport=udp`,
      `turn:127.0.0.1:${port}?transport=tcp`,
      `turns:127.0.0.1:${port}`,
      `stun:127.0.0.1:${port}`,
    ]) {
      expect(await faultOf(url), url).toEqual({ code: 'turn.unreachable', detail: 'ECONNREFUSED' });
    }
  });

  it('unreachable where its name leads nowhere', async () => {
    expect(await faultOf('turn:does-not-exist.invalid')).toMatchObject({
      code: 'turn.unreachable',
      where: 'does-not-exist.invalid',
    });
  });

  it('silent where its port swallows what is sent', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    closers.push(() => socket.close());
    const { port } = socket.address();
    expect(await faultOf(`turn:127.0.0.1:${port}`)).toMatchObject({ code: 'turn.silent' });
    expect(await faultOf(`stun:127.0.0.1:${port}`)).toMatchObject({ code: 'turn.silent' });
    const connected = await listen(createServer(() => {}));
    expect(await faultOf(`turn:127.0.0.1:${connected}?transport=tcp`)).toMatchObject({ code: 'turn.silent' });
    expect(await faultOf(`turns:127.0.0.1:${connected}`)).toEqual({ code: 'turn.silent', detail: 'no TLS handshake' });
  });

  it('no relay where something else speaks, or hangs up', async () => {
    const http = await listen(createServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await faultOf(`turn:127.0.0.1:${http}?transport=tcp`)).toMatchObject({ code: 'turn.bad_request' });
    const rude = await listen(createServer((socket) => socket.destroy()));
    expect(await faultOf(`turn:127.0.0.1:${rude}?transport=tcp`)).toMatchObject({ code: 'turn.unreachable' });
  });

  it('of no use where browsers do not know such a URL, or there are no credentials', async () => {
    expect(await faultOf('turns:127.0.0.1?transport=udp')).toMatchObject({ code: 'turn.unsupported' });
    const report = await probeRelay(`turn:127.0.0.1:${await freePort()}`, undefined, QUICK);
    expect(report.fault).toMatchObject({ code: 'turn.auth_failed' });
  });
});

it.each(['udp', 'tcp', 'tls'])('a check over %s is given up at once when it is told to', async (transport) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  closers.push(() => silent.close());
  const port = transport === 'udp' ? silent.address().port : await listen(createServer(() => {}));
  const url = transport === 'tls' ? `turns:127.0.0.1:${port}` : `turn:127.0.0.1:${port}?transport=${transport}`;
  const controller = new AbortController();
  const probing = probeRelay(url, CREDENTIALS, { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  expect((await probing).fault).toEqual({ code: 'turn.unreachable', detail: 'stopped' });
  expect((await probeRelay(url, CREDENTIALS, { signal: controller.signal })).fault).toMatchObject({
    detail: 'stopped',
  });
});

describe('a relay over TLS', () => {
  let authority: TestAuthority;
  beforeAll(async () => {
    authority = await TestAuthority.create();
  });

  async function probe(options: IssueOptions): Promise<Awaited<ReturnType<typeof probeRelay>>> {
    const { certificate, key } = await authority.issue(options);
    // Nothing is ever answered: what counts comes before.
    const port = await listen(createTlsServer({ cert: certificate, key }, () => {}));
    return await probeRelay(`turns:127.0.0.1:${port}`, CREDENTIALS, { ...QUICK, ca: authority.certificate });
  }

  it('is refused for a certificate that has expired, or is not valid yet', async () => {
    const past = { notBefore: new Date(Date.now() - 9 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) };
    expect((await probe(past)).fault).toMatchObject({ code: 'server.certificate_expired' });
    const future = { notBefore: new Date(Date.now() + DAY_MS) };
    expect((await probe(future)).fault).toMatchObject({
      code: 'server.certificate_expired',
      detail: expect.stringMatching(/^valid only from /),
    });
  });

  it('is refused for a certificate of another name', async () => {
    expect((await probe({ names: ['relay.example.com'] })).fault).toMatchObject({ code: 'server.certificate_name' });
  });

  it('is warned of when its certificate expires soon', async () => {
    const report = await probe({ notAfter: new Date(Date.now() + 5.5 * DAY_MS) });
    expect(report.warnings).toMatchObject([
      { code: 'server.certificate_expiring', detail: expect.stringMatching(/in 5 days$/) },
    ]);
    expect(report.fault).toMatchObject({ code: 'turn.silent' });
  });
});
