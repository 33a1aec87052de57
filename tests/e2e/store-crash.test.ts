import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Pii, randomCallId } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { Tokens } from '@earshot/gateway';
import type { CallRecord, StoreGap } from '@earshot/telemetry';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { DurableStore } from '../../apps/gateway/dist/store/durable-store.js';
import { seeded } from '../../apps/gateway/src/store/testing/generate.js';
import { BrowserSocket } from '../harness/browser-socket.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { type TemporaryFolder, temporaryFolder, until } from '../harness/process.js';

// What was told to browsers as ended is on record, whatever happens to the server, its disk and its database.

const SECRET = 'a secret of more than thirty-two characters';
const tokens = new Tokens(new Pii(new TextEncoder().encode(SECRET)), 'earshot', 'earshot');
const ENTRY = new URL('../../apps/gateway/dist/store/worker-entry.js', import.meta.url);
const SETTINGS = {
  auth: { secret: SECRET },
  http: { host: '127.0.0.1' },
  log: { level: 'info' },
  turn: { enabled: false },
};

const OFFER = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  '',
].join('\r\n');

const gateways: Gateway[] = [];
const folders: TemporaryFolder[] = [];
const sockets: BrowserSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const gateway of gateways.splice(0)) await gateway.stop();
  for (const folder of folders.splice(0)) folder.remove();
});

function dataFolder(): string {
  const folder = temporaryFolder('crash');
  folders.push(folder);
  return folder.path;
}

async function start(dataDir: string): Promise<Gateway> {
  const gateway = await startGateway(SETTINGS, undefined, dataDir);
  gateways.push(gateway);
  return gateway;
}

async function session(gateway: Gateway): Promise<BrowserSocket> {
  const socket = new BrowserSocket(gateway.url);
  sockets.push(socket);
  await socket.opened();
  const identity = { name: 'tester', mayCall: ['*'], mayReceive: false };
  socket.frame({ type: 'hello', token: await tokens.sign(identity, 60, Date.now()) });
  await socket.next('welcome');
  return socket;
}

function call(socket: BrowserSocket, to: string): string {
  const callId = randomCallId(nodeCrypto.randomBytes);
  socket.send({ type: 'call.start', callId, to, sdp: OFFER });
  return callId;
}

/** Calls that are refused as soon as they begin, one after the other, until the server is gone. */
async function load(socket: BrowserSocket, acknowledged: Set<string>): Promise<void> {
  const gone = socket.closed();
  while (socket.closeCode === undefined) {
    const callId = call(socket, 'busy');
    const ended = await Promise.race([socket.message('call.ended', callId), gone]);
    if (typeof ended !== 'number') acknowledged.add(callId);
  }
}

interface Contents {
  readonly records: readonly CallRecord[];
  readonly gaps: readonly StoreGap[];
}

async function contentsOf(dataDir: string): Promise<Contents> {
  const opened = await DurableStore.open(
    { dataDir, recordDays: 365, evidenceDays: 30, log: pino({ level: 'silent' }) },
    (settings) => new Worker(ENTRY, { workerData: settings, execArgv: [] }),
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const store = opened.value;
  const records: CallRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.search({ limit: 200, ...(after === undefined ? {} : { after }) });
    records.push(...page.calls);
    after = page.next;
    if (after === undefined) break;
  }
  const gaps = await store.gaps(0, Number.MAX_SAFE_INTEGER);
  await store.close();
  return { records, gaps };
}

it('has exactly one record of every call that was told to be over, though it is killed again and again', async () => {
  const random = seeded(4711);
  const dataDir = dataFolder();
  const acknowledged = new Set<string>();
  const running: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const gateway = await start(dataDir);
    const browsers = await Promise.all(Array.from({ length: 4 }, () => session(gateway)));
    const [first] = browsers;
    if (first === undefined) throw new Error('there is no session');
    const slow = call(first, 'slow');
    await Promise.race([first.message('call.state', slow), first.message('call.ended', slow)]);
    running.push(slow);
    const before = acknowledged.size;
    const loads = browsers.map((browser) => load(browser, acknowledged));
    await until('calls that ended', () => (acknowledged.size > before + 5 ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * 600));
    process.kill(gateway.pid, 'SIGKILL');
    await Promise.all(loads);
  }
  for (const gateway of gateways) await gateway.stop();
  const { records } = await contentsOf(dataDir);

  const times = new Map<string, number>();
  for (const { callId } of records) times.set(callId, (times.get(callId) ?? 0) + 1);
  expect([...times.values()].filter((count) => count !== 1)).toEqual([]);
  expect([...acknowledged].filter((callId) => !times.has(callId))).toEqual([]);
  const interrupted = records.filter(({ code }) => code === 'server.interrupted');
  for (const callId of running) {
    expect(interrupted.find((record) => record.callId === callId)).toMatchObject({
      result: 'failed',
      by: 'gateway',
      cause: { code: 'server.interrupted', side: 'gateway', weight: 'fault' },
      provisional: false,
    });
  }
});

/** A file system of a few megabytes, which can be full. Needs root. */
function smallDisk(): { readonly path: string; unmount(): void } {
  const path = join(dataFolder(), 'disk');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'earshot-test', path]);
  return { path, unmount: () => void execFileSync('umount', ['-l', path]) };
}

function fill(path: string): void {
  const block = Buffer.alloc(64 * 1024);
  try {
    for (let size = 0; size < 16 * 1024 * 1024; size += block.length) writeFileSync(path, block, { flag: 'a' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

describe.skipIf(process.getuid?.() !== 0)('on a disk that is full', () => {
  it('calls go on, and all of it is written as soon as there is room, and the gap is named', async () => {
    const disk = smallDisk();
    try {
      const gateway = await start(disk.path);
      const browser = await session(gateway);
      const ended = async (): Promise<string> => {
        const callId = call(browser, 'busy');
        await browser.message('call.ended', callId);
        return callId;
      };
      const before = await ended();
      const filler = join(disk.path, 'filler');
      fill(filler);
      const meanwhile: string[] = [];
      const said = (message: string) => gateway.records().find(({ msg }) => msg === message);
      await until('a full disk', async () => {
        meanwhile.push(await ended());
        return said('store failed');
      });
      expect(said('store failed')).toMatchObject({ code: 'store.unwritable' });
      meanwhile.push(await ended());
      execFileSync('rm', [filler]);
      await until('room', () => said('store works again'));
      const after = await ended();
      await gateway.stop();
      const { records, gaps } = await contentsOf(disk.path);
      expect(records.map(({ callId }) => callId).sort()).toEqual([before, ...meanwhile, after].sort());
      expect(gaps.length).toBeGreaterThan(0);
      for (const gap of gaps) {
        expect(gap).toMatchObject({ code: 'store.unwritable', until: expect.any(Number), lostRecords: 0 });
      }
    } finally {
      disk.unmount();
    }
  });
});
