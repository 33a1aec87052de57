import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AdminServer, startAdmin, writeStatusFile } from '../admin/index.js';
import { callDetails, CALL_ID as ID, RECORD, TIMELINE } from '../testing/call-details.js';
import { QUIET } from '../testing/figures.js';
import { SomeCalls } from '../testing/operator-calls.js';
import { captureOutput, type Output } from '../testing/output.js';
import { recordingLog } from '../testing/records.js';
import { main } from './main.js';

let folder: string;
let output: Output;
let admin: AdminServer;
let calls: SomeCalls;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-call-'));
  output = captureOutput();
  calls = new SomeCalls();
  const started = await startAdmin({
    ...{ host: '127.0.0.1', port: 0, log: recordingLog().log, version: '1', figures: QUIET, calls },
    registry: new Registry(),
    states: () => new Map(),
    timeOfDay: Date.now,
  });
  if (!started.ok) throw new Error(started.error.code);
  admin = started.value;
});
afterEach(async () => {
  vi.restoreAllMocks();
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

describe('earshot call', () => {
  it('says why there was no path, with what was seen of it', async () => {
    calls.details.push(callDetails());
    running();
    expect(await main(['call', ID, '--config', configured()])).toBe(0);
    expect(output.errors).toBe('');
    expect(output.out).toMatch(/^Nothing of the caller’s browser reached the media port/);
    expect(output.out).toContain(
      '  whose    The problem is on the way between the caller’s browser and the gateway. Certain (95%).\n',
    );
    expect(output.out).toContain('  what     fault ice.udp_blocked, since 0.090 s\n');
    expect(output.out).toContain('  here     Allow UDP to the media ports.\n');
    expect(output.out).toContain('  seen     No check came in 5 s. [#5]\n');
    expect(output.out).toContain(`call     ${ID}\n`);
    expect(output.out).toContain('parties  browser guest-7 to sip +15550100\n');
    expect(output.out).toContain('end      call ended: failed, by gateway, ice.udp_blocked\n');
    expect(output.out).toMatch(
      /^caller: There was no media path\. The network lets no UDP through.* did not accept the credentials\.$/m,
    );
    expect(output.out).toMatch(/^ {2}fault {4}ice\.udp_blocked \[#\d+ /m);
    expect(output.out).toMatch(/^ {2}fault {4}turn\.auth_failed \[#\d+ #\d+\]$/m);
    expect(output.out).toMatch(/^ {2}tried {4}relay over TCP turn:\S+: refused \(turn\.auth_failed\)/m);
    expect(output.out).toMatch(
      /^ {2}\d +-?\d+\.\d{3} {2}relay {6}refused allocate of 198\.51\.100\.9:60000 over TCP: 401/m,
    );
    expect(output.out).toContain('(not?you?[2J)');
    // Every reference leads to a line.
    for (const [, entry] of output.out.matchAll(/#(\d+)/g))
      expect(output.out).toMatch(new RegExp(`^ *${entry} +-?\\d`, 'm'));
  });

  it('prints what the server said, for programs', async () => {
    calls.details.push(callDetails());
    running();
    expect(await main(['call', ID, '--json', '--config', configured()])).toBe(0);
    expect(JSON.parse(output.out)).toMatchObject({
      record: { callId: ID },
      timeline: { callId: ID },
      verdicts: [{ code: 'ice.udp_blocked' }],
    });
  });

  it.each([
    [{ endedAt: TIMELINE.startedAt }, { result: 'completed' }, 'Nothing was wrong.'],
    [{ endedAt: undefined }, { result: 'unfinished' }, 'Nothing is wrong so far.'],
    [{ endedAt: TIMELINE.startedAt }, {}, 'The call failed (ice.udp_blocked), and what was seen does not say why.'],
  ])('says so where there is no verdict: %j %j', async (timeline, record, says) => {
    const { endedAt: _endedAt, ...open } = TIMELINE;
    const ends = timeline.endedAt === undefined ? {} : { endedAt: timeline.endedAt };
    calls.details.push({
      ...callDetails(),
      ...{ record: { ...RECORD, ...record }, timeline: { ...open, ...ends }, verdicts: [] },
    });
    running();
    expect(await main(['call', ID, '--config', configured()])).toBe(0);
    expect(output.out).toMatch(new RegExp(`^${says.replace(/[().]/g, '\\$&')}\n`));
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

describe('earshot calls', () => {
  beforeEach(() => {
    const { startedAt, cause } = RECORD;
    calls.details.push(callDetails());
    calls.running.push({
      callId: 'c2',
      startedAt,
      caller: 'sip',
      state: 'ringing',
      ...(cause === undefined ? {} : { cause }),
    });
    running();
  });

  it('lists what runs and what ended, a line each', async () => {
    expect(await main(['calls', '--config', configured()])).toBe(0);
    const lines = output.out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/c2 {2}sip to nobody {7}ringing {2}fault ice\.udp_blocked$/);
    expect(lines[1]).toContain(`${ID}  guest-7 to +15550100  failed ice.udp_blocked  fault ice.udp_blocked`);
  });

  it('narrows the list, and leaves out what runs', async () => {
    expect(await main(['calls', '--cause', 'ice.', '--limit', '5', '--config', configured()])).toBe(0);
    expect(output.out.trimEnd().split('\n')).toHaveLength(1);
    expect(calls.asked).toEqual([{ limit: 5, cause: 'ice.' }]);
  });
});
