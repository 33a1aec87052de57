import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { Pii } from '@earshot/base';
import { PROTOCOL } from '@earshot/signaling';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Tokens } from '../auth/tokens.js';
import type { Approach } from '../ice/index.js';
import { SessionHub } from '../sessions/hub.js';
import { recordingLog } from '../testing/records.js';
import { testCertificate } from '../testing/tls.js';
import { CertificateKeeper } from './certificate-keeper.js';
import { pageRoutes } from './page.js';
import { type SecurePort, startSecure } from './secure.js';
import { type HttpServer, startHttp } from './server.js';

const tokens = new Tokens(new Pii(new Uint8Array(32).fill(7)), 'earshot', 'earshot');
const { log } = recordingLog();
const folder = mkdtempSync(join(tmpdir(), 'earshot-secure-'));
const paths = { certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') };
const turn: TLSSocket[] = [];
const approaches: Approach[] = [];
let http: HttpServer;
let hub: SessionHub;
let keeper: CertificateKeeper;
let secure: SecurePort;

function unwrap<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function putCertificate(): Promise<void> {
  const { certificate, key } = await testCertificate();
  writeFileSync(paths.certificate, certificate);
  writeFileSync(paths.key, key);
}

beforeAll(async () => {
  await putCertificate();
  const page = { mayCall: [], mayReceive: false, destinations: [], wsPath: '/earshot', addressOf: () => '' };
  http = unwrap(
    await startHttp({
      host: '127.0.0.1',
      port: 0,
      log,
      page: false,
      routes: (app) => pageRoutes(app, { tokens, tokenSeconds: 60, ...page }),
    }),
  );
  const ice = {
    settingsFor: ({ approach }: { readonly approach: Approach }) => {
      approaches.push(approach);
      return { servers: [], policy: 'all', policies: [] } as const;
    },
    forget: () => undefined,
  };
  const events = { message: () => {}, attached: () => {}, attention: () => {}, ended: () => {} };
  hub = new SessionHub({
    tokens,
    allowedOrigins: ['self'],
    graceMs: 1_000,
    reloadMs: 500,
    log,
    ice,
    events,
    talking: () => [],
    calls: () => [],
  });
  hub.listen(http.app.server);
  keeper = unwrap(await CertificateKeeper.open({ paths, log, timeOfDay: Date.now }));
  const tls = { host: '127.0.0.1', port: 0, ...paths };
  const onTurnStream = (stream: TLSSocket): void => void turn.push(stream);
  const onHttp = (socket: TLSSocket) => http.app.server.emit('connection', socket);
  secure = unwrap(await startSecure({ tls, certificates: keeper, log, onHttp, onTurnStream }));
});
afterAll(async () => {
  hub.close();
  hub.terminate();
  await http.close();
  await secure.close();
  rmSync(folder, { recursive: true });
});

/** Status and headers of an answer by the TLS port. */
async function ask(path: string): Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]> }> {
  const asked = request({ host: '127.0.0.1', port: secure.port, path, rejectUnauthorized: false, agent: false }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return { status: response.statusCode, headers: response.headers };
}

it('answers by TLS as by the plain port, and has browsers come back by TLS alone', async () => {
  const { status, headers } = await ask('/api/page');
  expect(status).toBe(200);
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  expect(headers['set-cookie']?.[0]).toMatch(/; Secure$/);
  const plain = await fetch(`http://127.0.0.1:${http.port}/api/page`);
  expect([plain.status, plain.headers.get('strict-transport-security')]).toEqual([200, null]);
  expect(plain.headers.get('set-cookie')).not.toContain('Secure');
});

const open = (url: string, origin: string): WebSocket =>
  new WebSocket(`${url}/earshot`, PROTOCOL, { origin, rejectUnauthorized: false });

it('takes sessions by TLS from pages that came by TLS', async () => {
  const host = `127.0.0.1:${secure.port}`;
  const socket = open(`wss://${host}`, `https://${host}`);
  await once(socket, 'open');
  const token = await tokens.sign({ name: 'alice', mayCall: [], mayReceive: false }, 60, Date.now());
  socket.send(JSON.stringify({ type: 'hello', token }));
  expect(JSON.parse(String((await once(socket, 'message'))[0]))).toMatchObject({ type: 'welcome' });
  expect(approaches).toEqual([{ host: { name: '127.0.0.1', port: secure.port }, secure: true }]);
  const refused = open(`wss://${host}`, `http://${host}`);
  expect(await once(refused, 'error')).toMatchObject([{ message: /403/ }]);
});

it('hands TURN over beside them', async () => {
  const client = connect({ host: '127.0.0.1', port: secure.port, rejectUnauthorized: false });
  await once(client, 'secureConnect');
  client.write(Buffer.from('000100002112a442000102030405060708090a0b', 'hex'));
  await vi.waitUntil(() => turn.length === 1, { interval: 1 });
  turn[0]?.destroy();
  client.destroy();
});

it('shows the certificate that its keeper took up last', async () => {
  const shown = async (): Promise<string | undefined> => {
    const client = connect({ host: '127.0.0.1', port: secure.port, rejectUnauthorized: false });
    await once(client, 'secureConnect');
    const fingerprint = client.getPeerX509Certificate()?.fingerprint256;
    client.destroy();
    return fingerprint;
  };
  const before = await shown();
  expect(before).toBe(keeper.current.fingerprint);
  await putCertificate();
  await keeper.reload();
  expect(keeper.current.fingerprint).not.toBe(before);
  expect(await shown()).toBe(keeper.current.fingerprint);
});
