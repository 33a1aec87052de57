import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AdminServer, CallMetrics, startAdmin, writeStatusFile } from '../admin/index.js';
import { QUIET } from '../testing/figures.js';
import { captureOutput, type Output } from '../testing/output.js';
import { recordingLog } from '../testing/records.js';
import { RecentCalls, Timelines } from '../timeline/index.js';
import { main } from './main.js';

const ID = '0123456789abcdef0123456789abcdef';
const client = { address: '198.51.100.9', port: 60_000 };
let folder: string;
let output: Output;
let admin: AdminServer;
let timelines: Timelines;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-call-'));
  output = captureOutput();
  const registry = new Registry();
  timelines = new Timelines({ store: new RecentCalls(), knows: () => true, listener: new CallMetrics(registry) });
  const started = await startAdmin({
    host: '127.0.0.1',
    port: 0,
    log: recordingLog().log,
    version: '1',
    figures: QUIET,
    timelines,
    registry,
    timeOfDay: Date.now,
  });
  if (!started.ok) throw new Error(started.error.code);
  admin = started.value;
});
afterEach(async () => {
  vi.restoreAllMocks();
  timelines.close();
  await admin.close();
  rmSync(folder, { recursive: true });
});

const dataDir = (): string => join(folder, 'data');

function configured(settings: object = {}): string {
  const path = join(folder, 'earshot.yaml');
  writeFileSync(path, JSON.stringify({ dataDir: dataDir(), admin: { port: 0 }, ...settings }));
  return path;
}

/** As a server that runs says it. */
function running(port = admin.port): void {
  writeStatusFile(dataDir(), {
    version: 1,
    pid: process.pid,
    startedAt: 0,
    http: { host: '0.0.0.0', port: 1 },
    sip: { host: '0.0.0.0', port: 2 },
    media: { addresses: [], ports: [] },
    admin: { host: '127.0.0.1', port },
  });
}

/** A call whose browser tells what could upset a terminal. */
function call(): void {
  const session = { tag: 't' };
  const watch = timelines.begin(ID, session);
  watch.calls('sip');
  watch.note({ type: 'ice.settings', leg: 'caller', policy: 'auto', urls: ['turn:turn.example.com?transport=tcp'] });
  timelines.evidence(session, ID, [
    { type: 'ice.attempt', atMs: 5, policy: 'all', reason: 'start' },
    { type: 'ice.candidate', atMs: 10, candidate: { type: 'host', protocol: 'udp', address: 'a.local' } },
    {
      type: 'ice.candidate_error',
      atMs: 90,
      url: 'turn:turn.example.com:3478?transport=tcp',
      errorCode: 401,
      errorText: 'not\u202eyou\u001b[2J',
    },
  ]);
  timelines.relay(
    {
      type: 'turn.refused',
      transport: 'tcp',
      client,
      method: 'allocate',
      status: 401,
      code: 'turn.auth_failed',
      count: 1,
    },
    't',
    Date.now(),
  );
  watch.note({ type: 'leg.silence', leg: 'caller', code: 'ice.udp_blocked', afterMs: 5_000 });
  watch.note({ type: 'call.ended', result: 'failed', by: 'gateway', code: 'ice.udp_blocked' });
}

describe('earshot call', () => {
  it('says why there was no path, with what was seen of it', async () => {
    call();
    running();
    expect(await main(['call', ID, '--config', configured()])).toBe(0);
    expect(output.errors).toBe('');
    expect(output.out).toContain(`call     ${ID}\n`);
    expect(output.out).toContain('parties  browser to sip\n');
    expect(output.out).toContain('end      call ended: failed, by gateway, ice.udp_blocked\n');
    expect(output.out).toMatch(
      /^caller: There was no media path\. Nothing came directly .* did not accept the credentials\.$/m,
    );
    expect(output.out).toMatch(/^ {2}fault {4}ice\.udp_blocked \[#\d+ /m);
    expect(output.out).toMatch(/^ {2}fault {4}turn\.auth_failed \[#\d+ #\d+\]$/m);
    expect(output.out).toMatch(/^ {2}tried {4}relay over TCP turn:\S+: refused \(turn\.auth_failed\)/m);
    expect(output.out).toMatch(
      /^ {2}\d +-?\d+\.\d{3} {2}relay {5}refused allocate of 198\.51\.100\.9:60000 over TCP: 401/m,
    );
    expect(output.out).toContain('(not?you?[2J)');
    // Every reference leads to a line.
    for (const [, entry] of output.out.matchAll(/#(\d+)/g))
      expect(output.out).toMatch(new RegExp(`^ *${entry} +-?\\d`, 'm'));
  });

  it('prints what the server said, for programs', async () => {
    call();
    running();
    expect(await main(['call', ID, '--json', '--config', configured()])).toBe(0);
    expect(JSON.parse(output.out)).toMatchObject({
      timeline: { callId: ID },
      reach: [{ leg: 'caller', outcome: 'failed' }],
    });
  });

  it('names a call that there is not', async () => {
    running();
    expect(await main(['call', 'x/../y', '--config', configured()])).toBe(1);
    expect(output.errors).toMatch(/^call\.unknown: /);
  });

  it('finds a server on a fixed port without its file', async () => {
    expect(await main(['calls', '--config', configured({ admin: { port: admin.port } })])).toBe(0);
    expect(output.out).toBe('no calls\n');
  });

  it.each([
    ['that does not run', () => configured()],
    ['whose port nobody listens on', () => configured({ admin: { port: 1 } })],
    ['without an admin listener', () => configured({ admin: { enabled: false } })],
  ])('names a server %s', async (_what, config) => {
    expect(await main(['calls', '--config', config()])).toBe(1);
    expect(output.errors).toMatch(/^server\.not_running: /);
  });

  it('names a port that something else listens on', async () => {
    const other: Server = createServer((_, answer) => answer.end('hello'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      running((other.address() as AddressInfo).port);
      expect(await main(['calls', '--config', configured()])).toBe(1);
      expect(output.errors).toMatch(/^server\.not_running: .*200 from something else/);
    } finally {
      other.close();
    }
  });

  it.each([
    [['call']],
    [['call', 'a', 'b']],
    [['calls', 'a']],
    [['calls', '--limit', '0']],
    [['calls', '--limit', '201']],
  ])('tells wrong usage: %j', async (args) => {
    expect(await main(args)).toBe(2);
  });
});

it('earshot calls lists them, a line each', async () => {
  call();
  timelines.begin('c2', undefined);
  running();
  expect(await main(['calls', '--config', configured()])).toBe(0);
  const lines = output.out.trimEnd().split('\n').sort();
  expect(lines).toHaveLength(2);
  expect(lines.join('\n')).toMatch(new RegExp(`${ID} {2}browser to sip {5}failed ice\\.udp_blocked$`, 'm'));
  expect(lines.join('\n')).toMatch(/c2 {2}sip to nobody {6}new$/m);
});
