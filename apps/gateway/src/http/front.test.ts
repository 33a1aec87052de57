import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { configSchema } from '../config/schema.js';
import { recordingLog } from '../testing/records.js';
import { testCertificate } from '../testing/tls.js';
import { CertificateKeeper } from './certificate-keeper.js';
import { Front, type FrontSettings } from './front.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-front-'));
const paths = { certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') };
const { log, records } = recordingLog();
let keeper: CertificateKeeper;
let front: Front | undefined;
let dropped = 0;

beforeAll(async () => {
  const { certificate, key } = await testCertificate();
  writeFileSync(paths.certificate, certificate);
  writeFileSync(paths.key, key);
  const opened = await CertificateKeeper.open({ paths, log, timeOfDay: Date.now });
  if (!opened.ok) throw new Error(opened.error.code);
  keeper = opened.value;
});
afterEach(async () => {
  await front?.close();
  front = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

const settings = (http: object = {}): FrontSettings =>
  configSchema.parse({
    http: { host: '127.0.0.1', port: 0, tls: { ...paths, host: '127.0.0.1', port: 0 }, ...http },
    page: { enabled: false },
  });

const only = ({ http, page }: FrontSettings): FrontSettings => ({ http, page });

async function start(): Promise<Front> {
  dropped = 0;
  const started = await Front.start(
    {
      log,
      certificates: keeper,
      routes: (app, { http }) => void app.get('/origins', async () => http.allowedOrigins),
      onServer: () => {},
      dropSockets: () => {
        dropped += 1;
      },
      onTurnStream: () => {},
    },
    only(settings()),
  );
  if (!started.ok) throw new Error(started.error.code);
  front = started.value;
  return started.value;
}

const origins = async ({ http }: Front): Promise<unknown> =>
  (await fetch(`http://127.0.0.1:${http.port}/origins`)).json();

const toTls = async ({ secure }: Front): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port: secure?.port ?? 0, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
};

const OTHER = settings({ allowedOrigins: ['https://www.example.com'] });

it('takes other settings up on the same ports, and drops who is connected', async () => {
  const running = await start();
  const { port } = running.http;
  const tlsPort = running.secure?.port;
  expect(await origins(running)).toEqual(['self']);
  expect(await running.restart(only(OTHER))).toBe(true);
  expect(dropped).toBe(1);
  expect(await origins(running)).toEqual(['https://www.example.com']);
  expect([running.http.port, running.secure?.port]).toEqual([port, tlsPort]);
});

it('stays as it is where nothing changed', async () => {
  const running = await start();
  const { http } = running;
  expect(await running.restart(only(settings()))).toBe(false);
  expect(running.http).toBe(http);
  expect(dropped).toBe(0);
});

it('keeps what comes by the TLS port waiting while it starts anew, and answers it then', async () => {
  const running = await start();
  const socket = await toTls(running);
  const restarted = running.restart(only(OTHER));
  socket.write('GET /origins HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await once(socket, 'close');
  await restarted;
  expect(answer).toContain('https://www.example.com');
});

it('goes on as it was where the new port is taken, and says so', async () => {
  const running = await start();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  expect(await running.restart(only(settings({ port })))).toBe(false);
  expect(await origins(running)).toEqual(['self']);
  expect(records.some(({ code }) => code === 'server.port_in_use')).toBe(true);
  taken.close();
});

it('moves to another TLS port, and leaves the earlier one', async () => {
  const running = await start();
  const earlier = running.secure?.port ?? 0;
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  probe.close();
  await once(probe, 'close');
  const tls = { ...paths, host: '127.0.0.1', port };
  expect(await running.restart(only(settings({ tls })))).toBe(true);
  expect(running.secure?.port).toBe(port);
  (await toTls(running)).destroy();
  const refused = connect({ host: '127.0.0.1', port: earlier, rejectUnauthorized: false });
  const [error] = await once(refused, 'error');
  expect(error.code).toBe('ECONNREFUSED');
});

it('keeps its certificate: the names of the files are taken up with the server', async () => {
  const running = await start();
  const tls = { certificate: 'other.pem', key: 'other.key', host: '127.0.0.1', port: 0 };
  expect(await running.restart(only(settings({ tls })))).toBe(false);
  expect(records.some(({ msg }) => String(msg).includes('names of its files'))).toBe(true);
});
