import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectTcp, Server, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { TransportAddress } from '@earshot/base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { lacksIpv6 } from '../testing/machine.js';
import { recordingLog } from '../testing/records.js';
import { testCertificate } from '../testing/tls.js';
import type { RelayCertificate } from '../turn/index.js';
import { OnePort, type OnePortLimits, readFirstByte } from './one-port.js';

const { log, records } = recordingLog();
const http = createServer((request, response) => {
  const body: Buffer[] = [];
  request.on('data', (chunk: Buffer) => body.push(chunk));
  request.on('end', () => response.end(`${request.method} ${request.url} ${Buffer.concat(body).length}`));
});
let certificate: RelayCertificate;
let port: OnePort;
let turn: { readonly stream: TLSSocket; readonly remote: TransportAddress }[];
const clients: Socket[] = [];

async function listen(limits: Partial<OnePortLimits> = {}, host = '127.0.0.1'): Promise<OnePort> {
  const started = await OnePort.listen({
    host,
    port: 0,
    certificate,
    log,
    onHttp: (socket) => http.emit('connection', socket),
    onTurnStream: (stream, remote) => turn.push({ stream, remote }),
    limits,
  });
  if (!started.ok) throw new Error(started.error.code);
  return started.value;
}

beforeAll(async () => {
  certificate = await testCertificate();
});
beforeEach(async () => {
  turn = [];
  records.length = 0;
  port = await listen();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await port.close();
});
afterAll(() => http.close());

async function secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const client = connect({ host: '127.0.0.1', port: port.port, rejectUnauthorized: false, ...options });
  client.on('error', () => undefined);
  clients.push(client);
  await once(client, 'secureConnect');
  return client;
}

function plain(host = '127.0.0.1'): Socket {
  const client = connectTcp(port.port, host);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** Whether the other end closes it. */
const closes = async (client: Socket): Promise<boolean> => {
  client.resume();
  if (!client.closed) await once(client, 'close');
  return true;
};

async function answerTo(client: Socket, ...parts: readonly string[]): Promise<string> {
  let answer = '';
  client.on('data', (data) => {
    answer += data;
  });
  for (const part of parts) {
    client.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(client, 'end');
  return answer;
}

async function restart(limits: Partial<OnePortLimits>, host?: string): Promise<void> {
  await port.close();
  port = await listen(limits, host);
}

const BINDING = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');

it.each([
  [0x00, 'turn'],
  [0x47, 'http'],
  // ChannelData looks like a letter, but is nothing to begin with.
  [0x40, 'neither'],
  [0x16, 'neither'],
  [0x0d, 'neither'],
  [0xff, 'neither'],
  [undefined, 'neither'],
])('the first byte %s speaks of %s', (byte, kind) => {
  expect(readFirstByte(byte)).toBe(kind);
});

describe('a connection', () => {
  it('that speaks HTTP reaches the HTTP server with all it said', async () => {
    const body = 'x'.repeat(40_000);
    const request = `POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const last = 'GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
    const answer = await answerTo(await secure(), request + last);
    expect(answer).toMatch(/POST \/a 40000[\s\S]*GET \/b 0/);
  });

  it('that speaks HTTP a byte at a time reaches it as well', async () => {
    const answer = await answerTo(await secure(), ...'GET /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('GET /c 0');
  });

  it('that speaks STUN is handed over with all it said', async () => {
    const client = await secure();
    client.write(BINDING.subarray(0, 1));
    await vi.waitUntil(() => turn.length === 1, { interval: 1 });
    client.write(BINDING.subarray(1));
    const [{ stream, remote } = {}] = turn;
    const received: Buffer[] = [];
    stream?.on('data', (data: Buffer) => received.push(data));
    await vi.waitUntil(() => Buffer.concat(received).length === BINDING.length, { interval: 1 });
    expect(Buffer.concat(received)).toEqual(BINDING);
    expect(remote).toEqual({ address: '127.0.0.1', port: client.localPort });
    stream?.write('back');
    expect(String((await once(client, 'data'))[0])).toBe('back');
  });

  it('that speaks something else is closed', async () => {
    const client = await secure();
    client.write(Buffer.from([0x16, 3, 1]));
    expect(await closes(client)).toBe(true);
  });

  it('that speaks no TLS is closed, and TLS 1.1 is refused', async () => {
    const client = plain();
    client.write('GET / HTTP/1.1\r\n\r\n');
    expect(await closes(client)).toBe(true);
    const old: ConnectionOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const refused = connect({ host: '127.0.0.1', port: port.port, rejectUnauthorized: false, ...old });
    clients.push(refused);
    expect(await once(refused, 'error')).toMatchObject([{ message: /version/ }]);
  });
});

it('names a port that is taken', async () => {
  const options = { host: '127.0.0.1', port: port.port, certificate, log, onHttp: () => {}, onTurnStream: () => {} };
  expect(await OnePort.listen(options)).toMatchObject({
    ok: false,
    error: { code: 'server.port_in_use', where: `http.tls.port ${port.port}` },
  });
});

it('goes on when a connection could not be accepted', async () => {
  const listening = vi.spyOn(Server.prototype, 'listen');
  await restart({});
  const [server] = listening.mock.contexts as Server[];
  listening.mockRestore();
  server?.emit('error', new Error('accept EMFILE'));
  expect(records).toMatchObject([{ level: 40, err: { message: 'accept EMFILE' } }]);
  await secure();
});

describe.skipIf(lacksIpv6())('by IPv4 and IPv6', () => {
  it.each(['127.0.0.1', '::1'])('a client of %s is known by that address', async (host) => {
    await restart({}, '::');
    expect(port.host).toBe('::');
    const client = await secure({ host });
    client.write(BINDING);
    await vi.waitUntil(() => turn.length === 1, { interval: 1 });
    expect(turn[0]?.remote).toEqual({ address: host, port: client.localPort });
  });

  it('the share of a network is that of its family', async () => {
    await restart({ perAddress: 1 }, '::');
    await secure();
    expect(await closes(plain())).toBe(true);
    await secure({ host: '::1' });
    expect(await closes(plain('::1'))).toBe(true);
  });
});

describe('a client that holds connections open', () => {
  it('without a handshake is closed in time', async () => {
    await restart({ waitMs: 50 });
    expect(await closes(plain())).toBe(true);
  });

  it('without a word after the handshake is closed in time', async () => {
    await restart({ waitMs: 50 });
    expect(await closes(await secure())).toBe(true);
  });

  it('loses the oldest that wait, and those who speak come through', async () => {
    await restart({ waiting: 3 });
    const silent: Socket[] = [];
    for (let opened = 0; opened < 3; opened += 1) {
      const client = plain();
      await once(client, 'connect');
      silent.push(client);
    }
    const speaking = await secure();
    expect(await closes(silent[0] as Socket)).toBe(true);
    const answer = await answerTo(speaking, 'GET /d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('GET /d 0');
    expect(silent.slice(1).map((client) => client.destroyed)).toEqual([false, false]);
    expect(records.filter(({ level }) => level >= 40)).toMatchObject([{ code: 'http.rate_limited', refused: 1 }]);
  });

  it('gets no more than its share, and another when one is closed', async () => {
    await restart({ perAddress: 2 });
    const first = await secure();
    await secure();
    expect(await closes(plain())).toBe(true);
    first.destroy();
    await vi.waitFor(() => secure(), { interval: 5 });
  });
});

describe('a new certificate', () => {
  it('is for new handshakes, also where an earlier session is resumed; connections go on', async () => {
    const before = await secure();
    // TLS 1.2 says its ticket within the handshake; in 1.3 it comes later.
    const resumable = await secure({ maxVersion: 'TLSv1.2' });
    const session = resumable.getSession();
    const again = await secure({ maxVersion: 'TLSv1.2', ...(session === undefined ? {} : { session }) });
    expect(again.isSessionReused()).toBe(true);

    port.setCertificate(await testCertificate());
    const after = await secure({ maxVersion: 'TLSv1.2', ...(session === undefined ? {} : { session }) });
    expect(after.isSessionReused()).toBe(false);
    expect(after.getPeerX509Certificate()?.fingerprint256).not.toBe(before.getPeerX509Certificate()?.fingerprint256);
    const answer = await answerTo(before, 'GET /e HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('GET /e 0');
  });
});
