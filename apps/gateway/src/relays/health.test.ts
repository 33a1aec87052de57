import { fault } from '@earshot/base';
import { readTurnUsername, type TurnCredentials } from '@earshot/turn';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkConfig } from '../config/load.js';
import { RelayHealth, type RelayStatus } from './health.js';
import type { RelayReport } from './probe.js';

const A = 'turn:a.example.com';
const B = 'turn:b.example.com';
const C = 'turn:c.example.com';
const SECRET = 'a secret of this test';

/** What the next checks of each URL find; well when nothing is said. */
let answers: Map<string, RelayReport['fault'][]>;
let asked: { url: string; at: number; credentials: TurnCredentials | undefined }[];
let changes: RelayStatus[];
/** Checks under way that have not been answered. */
let held: (() => void)[] | undefined;
let signals: AbortSignal[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_767_225_600_000 });
  answers = new Map();
  asked = [];
  changes = [];
  held = undefined;
  signals = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function start(servers: readonly object[], random = 0.5): RelayHealth {
  const config = checkConfig({ turn: { servers } });
  if (!config.ok) throw new Error('a mistake in the test');
  const health = new RelayHealth({
    servers: config.value.turn.servers,
    credentialSeconds: 3600,
    clock: Date.now,
    random: () => random,
    onChange: (status) => changes.push(status),
    probe: async (url, credentials, signal) => {
      signals.push(signal);
      asked.push({ url, at: Date.now() - 1_767_225_600_000, credentials });
      if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve));
      const failure = answers.get(url)?.shift();
      return { url, warnings: [], ...(failure === undefined ? {} : { fault: failure }) };
    },
  });
  health.start();
  return health;
}

const server = (...urls: string[]) => ({ urls, secret: SECRET });
const silent = fault('turn.silent');
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const timesOf = (url: string) => asked.filter((one) => one.url === url).map(({ at }) => at);

describe('the health of external relays', () => {
  it('is good until proved otherwise, and asked for at once', async () => {
    const health = start([server(A)]);
    expect(health.state(A)).toBe('up');
    expect(health.statuses()).toEqual([{ url: A, state: 'up', isChecked: true, checks: 0, failures: 0 }]);
    await pass(1_000);
    expect(health.statuses()).toMatchObject([{ url: A, state: 'up', checks: 1, failures: 0, report: { url: A } }]);
    expect(changes).toEqual([]);
    health.close();
  });

  it('is bad at once where nothing was ever right, with the reason', async () => {
    answers.set(A, [silent]);
    const health = start([server(A, B)]);
    await pass(1_000);
    expect(health.state(A)).toBe('down');
    expect(health.state(B)).toBe('up');
    expect(changes).toMatchObject([{ url: A, state: 'down', report: { fault: { code: 'turn.silent' } } }]);
    health.close();
  });

  it('is doubted before it is called bad: one lost answer is no outage', async () => {
    answers.set(A, [undefined, silent, undefined, silent, silent]);
    const health = start([server(A)]);
    await pass(500 + 60_000 + 2_000);
    expect(health.statuses()).toMatchObject([{ state: 'up', checks: 3, failures: 1 }]);
    await pass(60_000);
    expect(health.state(A)).toBe('up');
    await pass(2_000);
    expect(health.state(A)).toBe('down');
    expect(changes.map(({ state }) => state)).toEqual(['down']);
    health.close();
  });

  it('is good again with the first good answer, for which a bad one is asked more often', async () => {
    answers.set(A, [silent, silent]);
    const health = start([server(A)]);
    await pass(500 + 20_000);
    expect(health.state(A)).toBe('down');
    await pass(20_000);
    expect(health.state(A)).toBe('up');
    await pass(60_000);
    expect(timesOf(A)).toEqual([500, 20_500, 40_500, 100_500]);
    expect(changes.map(({ state }) => state)).toEqual(['down', 'up']);
    health.close();
  });

  it('is never asked for where the configuration says so, and good', async () => {
    const health = start([{ ...server(A), healthCheck: false }, server(B)]);
    await pass(600_000);
    expect(timesOf(A)).toEqual([]);
    expect(health.state(A)).toBe('up');
    expect(health.statuses()).toMatchObject([
      { url: A, isChecked: false },
      { url: B, isChecked: true },
    ]);
    health.close();
  });

  it('is good for what is not of the configuration', () => {
    const health = start([]);
    expect(health.state('turn:localhost:3478?transport=udp')).toBe('up');
    health.close();
  });

  it('is asked for at times that differ from gateway to gateway', async () => {
    const early = start([server(A)], 0);
    await pass(0);
    await pass(48_000);
    expect(timesOf(A)).toEqual([0, 48_000]);
    early.close();
    const late = start([server(B)], 0.999);
    await pass(1_000);
    await pass(71_980);
    expect(timesOf(B)).toHaveLength(2);
    late.close();
  });

  it('is asked of at most four at once, and of each once', async () => {
    held = [];
    const urls = Array.from({ length: 6 }, (_, index) => `turn:relay-${index}.example.com`);
    const health = start([server(...urls), server(urls[0] ?? '')]);
    await pass(10_000);
    expect(asked).toHaveLength(4);
    for (const answer of held.splice(0)) answer();
    await pass(0);
    expect(asked.map(({ url }) => url)).toEqual(urls);
    health.close();
  });

  it('is asked for with credentials such as sessions get', async () => {
    const health = start([server(A), { urls: [B], username: 'user', credential: 'fixed' }]);
    await pass(1_000);
    const made = asked[0]?.credentials;
    expect(readTurnUsername(made?.username ?? '', Date.now())).toMatchObject({ ok: true, value: { tag: 'health' } });
    expect(readTurnUsername(made?.username ?? '', Date.now() + 3_601_000)).toMatchObject({ ok: false });
    expect(asked[1]?.credentials).toEqual({ username: 'user', password: 'fixed' });
    health.close();
  });

  it('keeps the regions and the order of the configuration', () => {
    const health = start([{ ...server(A), region: 'eu' }, server(B, C)]);
    expect(health.statuses().map(({ url, region }) => [url, region])).toEqual([
      [A, 'eu'],
      [B, undefined],
      [C, undefined],
    ]);
    health.close();
  });

  it('is not asked for after its end', async () => {
    held = [];
    answers.set(A, [silent]);
    const health = start([server(A)]);
    await pass(1_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    health.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    for (const answer of held) answer();
    await pass(600_000);
    expect(asked).toHaveLength(1);
    expect(changes).toEqual([]);
  });
});
