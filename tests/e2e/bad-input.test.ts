import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Pii, randomCallId } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { Tokens } from '@earshot/gateway';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BrowserSocket } from '../harness/browser-socket.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { temporaryFolder } from '../harness/process.js';

const SECRET = 'a secret of more than thirty-two characters';
const tokens = new Tokens(new Pii(new TextEncoder().encode(SECRET)), 'earshot', 'earshot');
const PROGRAM = fileURLToPath(new URL('../../apps/gateway/bin/earshot.mjs', import.meta.url));
const run = promisify(execFile);

const everything = { name: 'tester', mayCall: ['*'], mayReceive: true };
const token = (identity = everything, seconds = 60, now = Date.now()): Promise<string> =>
  tokens.sign(identity, seconds, now);
const callId = (): string => randomCallId(nodeCrypto.randomBytes);

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
/** A browser's offer with these payload types and rtpmap lines. */
const offer = (payloadTypes: string, ...rtpmaps: string[]): string =>
  [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payloadTypes}`,
    'c=IN IP4 0.0.0.0',
    'a=ice-ufrag:abcd',
    'a=ice-pwd:abcdefghijklmnopqrstuvwx',
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    'a=setup:actpass',
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    ...rtpmaps,
    '',
  ].join('\r\n');
const OPUS = offer('111', 'a=rtpmap:111 opus/48000/2');

let gateway: Gateway;
const sockets: BrowserSocket[] = [];

function connect(origin?: string, protocol?: string): BrowserSocket {
  const socket = new BrowserSocket(gateway.url, origin, protocol);
  sockets.push(socket);
  return socket;
}

async function session(identity = everything): Promise<BrowserSocket> {
  const socket = connect();
  await socket.opened();
  socket.frame({ type: 'hello', token: await token(identity) });
  await socket.next('welcome');
  return socket;
}

beforeAll(async () => {
  gateway = await startGateway({ auth: { secret: SECRET }, http: { host: '127.0.0.1' } });
});
afterAll(() => gateway.stop());

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  const health = await fetch(`${gateway.url}/healthz`);
  expect(await health.json(), 'the server stays up').toMatchObject({ ok: true, calls: 0 });
});

describe('who may open a session', () => {
  it.each(['https://evil.example', 'null'])('a page of %s may not', async (origin) => {
    await expect(connect(origin).opened()).rejects.toThrow(/^403 .*signaling\.foreign_origin/);
  });

  it('another protocol is told which one', async () => {
    await expect(connect(undefined, 'sip').opened()).rejects.toThrow(/^400 .*earshot\.v1/);
  });

  it.each([
    ['expired', 'auth.token_expired', () => token(everything, 60, Date.now() - 3_600_000)],
    ['forged', 'auth.token_invalid', async () => `${(await token()).slice(0, -6)}AAAAAA`],
    ['empty', 'auth.token_missing', async () => ''],
  ])('an %s token is refused as %s', async (_kind, code, make) => {
    const socket = connect();
    await socket.opened();
    socket.frame({ type: 'hello', token: await make() });
    expect((await socket.next('error')).fault.code).toBe(code);
    expect(await socket.closed()).toBe(4401);
  });
});

describe('what a session may say', () => {
  it.each([
    ['no JSON', '{'],
    ['an unknown frame', '{"type":"open"}'],
    ['a message before hello', '{"type":"message","seq":1,"ack":0,"message":{"type":"presence.set","available":true}}'],
    ['a binary frame', new Uint8Array(8)],
  ])('%s is named and the socket closed', async (_kind, data) => {
    const socket = connect();
    await socket.opened();
    socket.raw(data);
    expect((await socket.next('error')).fault.code).toBe('signaling.bad_message');
    expect(await socket.closed()).toBe(4400);
  });

  it('an oversized frame closes the socket', async () => {
    const socket = await session();
    socket.raw(' '.repeat(200_000));
    expect(await socket.closed()).toBe(1009);
  });

  it('a flood closes the socket and names it', async () => {
    const socket = await session();
    for (let sent = 0; sent < 500; sent += 1) socket.frame({ type: 'ping' });
    expect((await socket.next('error')).fault.code).toBe('signaling.too_many_messages');
    expect(await socket.closed()).toBe(4429);
  });
});

describe('calls that cannot be', () => {
  it.each([
    ['an unknown line', 'nowhere', OPUS, 'call.unknown_destination'],
    ['a dial string with an injected parameter', '+49301;phone-context=x', OPUS, 'call.invalid_destination'],
    ['a dial string with an injected line', '1%0d%0aX', OPUS, 'call.invalid_destination'],
    ['SDP that cannot be read', 'echo', 'v=0\r\nthis is no SDP', 'media.bad_sdp'],
    ['SDP without audio', 'echo', OPUS.replace('m=audio', 'm=video'), 'media.no_audio'],
    ['no codec in common', 'echo', offer('96', 'a=rtpmap:96 AMR-WB/16000'), 'media.codec_mismatch'],
  ])('%s is refused by name', async (_kind, to, sdp, code) => {
    const socket = await session();
    const id = callId();
    socket.send({ type: 'call.start', callId: id, to, sdp });
    expect(await socket.message('call.ended', id)).toMatchObject({ result: 'failed', fault: { code } });
  });

  it('a destination outside the token is refused', async () => {
    const socket = await session({ ...everything, mayCall: ['music'] });
    const id = callId();
    socket.send({ type: 'call.start', callId: id, to: 'echo', sdp: OPUS });
    expect((await socket.message('call.ended', id)).fault?.code).toBe('auth.destination_not_allowed');
  });

  it('an id in use is refused, and the first call goes on', async () => {
    const socket = await session();
    const id = callId();
    socket.send({ type: 'call.start', callId: id, to: 'slow', sdp: OPUS });
    await socket.message('call.answer', id);
    socket.send({ type: 'call.start', callId: id, to: 'echo', sdp: OPUS });
    expect((await socket.message('call.ended', id)).fault?.code).toBe('call.wrong_state');
    socket.send({ type: 'call.hangup', callId: id });
    await gatewayIdle();
  });
});

async function gatewayIdle(): Promise<void> {
  for (;;) {
    const health = (await (await fetch(`${gateway.url}/healthz`)).json()) as { calls: number };
    if (health.calls === 0) return;
  }
}

/** Exit code and error text of `earshot ARGS`. */
async function earshot(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [PROGRAM, ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('the command line', () => {
  const folder = temporaryFolder('bad-input');
  const file = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  };
  afterAll(() => folder.remove());

  it.each(['http', 'admin'])('names a port in use (%s.port), and ends what ran already', async (part) => {
    const port = Number(new URL(part === 'http' ? gateway.url : gateway.adminUrl).port);
    const config = {
      http: { host: '127.0.0.1', port: 0 },
      sip: { port: 0, mediaPorts: [0, 0] },
      media: { port: 0 },
      turn: { port: 0, relayPorts: [0, 0] },
      admin: { port: 0 },
      dataDir: folder.path,
      [part]: { host: '127.0.0.1', port },
    };
    const { code, stderr } = await earshot('start', '--config', file('taken.yaml', JSON.stringify(config)));
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^server\\.port_in_use: .*${part}\\.port ${port}`));
  });

  it('names every mistake of a broken configuration', async () => {
    const { code, stderr } = await earshot('start', '--config', file('bad.yaml', 'http: { port: x }\ncall: {}\n'));
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^config\.invalid: .*http\.port: a port is a whole number from 0/),
      expect.stringMatching(/^config\.invalid: .*unknown setting "call"/),
    ]);
  });

  it('names a configuration that is missing or no YAML', async () => {
    expect((await earshot('start', '--config', join(folder.path, 'none.yaml'))).stderr).toMatch(/^config\.unreadable/);
    expect((await earshot('start', '--config', file('no.yaml', 'a: [b'))).stderr).toMatch(/^config\.bad_yaml/);
  });

  it('explains wrong usage', async () => {
    expect(await earshot('fly')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no command "fly"'),
    });
    expect(await earshot('token')).toMatchObject({ code: 2, stderr: expect.stringContaining('--name') });
    expect(await earshot('start', '--port', '1')).toMatchObject({ code: 2 });
  });

  it('parses SIP, or says where it cannot', async () => {
    const message =
      'OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bKx\r\nFrom: <sip:d@e>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: f\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n';
    const good = await earshot('sip', 'parse', file('good.sip', message));
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({ method: 'OPTIONS' });
    const typed = await earshot('sip', 'parse', file('typed.sip', message.replaceAll('\r', '')));
    expect(JSON.parse(typed.stdout)).toEqual(JSON.parse(good.stdout));
    const bad = await earshot('sip', 'parse', file('bad.sip', message.replace('CSeq: 1', 'CSeq: one')));
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      error: { code: 'sip.bad_message', where: expect.stringContaining('line') },
    });
  });
});
