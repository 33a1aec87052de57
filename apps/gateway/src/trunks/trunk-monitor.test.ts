import { fault } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { TrunkMonitor } from './trunk-monitor.js';

const START = 1_800_000_000_000;

/** A monitor with one or more trunks, on a clock of its own; `answer` says what comes of each question. */
class World {
  now = START;
  readonly monitor: TrunkMonitor;
  readonly asked: { name: string; at: number; id: string }[] = [];
  readonly changes: string[] = [];
  answer: (id: string, name: string) => Parameters<TrunkMonitor['answered']>[2] | undefined = () => ({ status: 200 });
  afterMs = 20;

  constructor(trunks: readonly string[] = ['pbx']) {
    this.monitor = new TrunkMonitor({ trunks, intervalMs: 30_000, now: START, random: () => 0.5 });
  }

  run(ms: number): this {
    const until = this.now + ms;
    for (let next = this.monitor.nextTimeout; next !== undefined && next <= until; next = this.monitor.nextTimeout) {
      this.now = Math.max(this.now, next);
      for (const output of this.monitor.tick(this.now)) this.#take(output);
    }
    this.now = until;
    return this;
  }

  #take(output: ReturnType<TrunkMonitor['tick']>[number]): void {
    if (output.type === 'changed') {
      const { name, state, reason } = output.status;
      this.changes.push([name, state, reason].filter((part) => part !== undefined).join(' '));
      return;
    }
    this.asked.push({ name: output.name, at: this.now - START, id: output.id });
    const answer = this.answer(output.id, output.name);
    if (answer === undefined) return;
    for (const next of this.monitor.answered(this.now + this.afterMs, output.id, answer)) this.#take(next);
  }
}

describe('a trunk', () => {
  it('is asked within two seconds, and every 30 seconds from its answer', () => {
    const world = new World().run(95_000);
    expect(world.asked.map(({ at }) => at)).toEqual([1_000, 31_020, 61_040, 91_060]);
    expect(world.changes).toEqual(['pbx up']);
    expect(world.monitor.statuses).toEqual([
      { name: 'pbx', state: 'up', since: START + 1_020, responseMs: 20, checks: 4, failures: 0 },
    ]);
  });

  it.each([200, 302, 403, 404, 405, 481, 486, 500, 501, 603])('that answers %i is up', (status) => {
    const world = new World();
    world.answer = () => ({ status });
    expect(world.run(2_000).changes).toEqual(['pbx up']);
  });

  it.each([
    [{ status: 408 }, 'it answered 408'],
    [{ status: 503 }, 'it answered 503'],
    [{ fault: fault('sip.no_response', 'timer F fired, 192.0.2.7') }, /^[^0-9]+ \(sip\.no_response\)$/],
    [{ fault: fault('sip.transport_failed', 'send EHOSTUNREACH 192.0.2.7') }, /^[^0-9]+ \(sip\.transport_failed\)$/],
    [{}, 'no answer'],
  ])('that answers %j is down, and its reason holds no address', (answer, reason) => {
    const world = new World();
    world.answer = () => answer;
    world.run(2_000);
    expect(world.monitor.statuses).toMatchObject([{ state: 'down', checks: 1, failures: 1 }]);
    expect(world.monitor.statuses[0]?.reason).toEqual(
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
    );
    expect(world.monitor.statuses[0]).not.toHaveProperty('responseMs');
  });

  it('that stays down is asked less and less often, and as before once it is back', () => {
    const world = new World();
    world.answer = () => ({ status: 503 });
    world.run(500_000);
    const gaps = world.asked.map(({ at }, index) => at - (world.asked[index - 1]?.at ?? 0)).slice(1);
    expect(gaps.map((gap) => Math.round(gap / 1000))).toEqual([30, 30, 60, 120, 120, 120]);
    world.answer = () => ({ status: 200 });
    world.run(200_000);
    expect(world.changes).toEqual(['pbx down it answered 503', 'pbx up']);
    const [before, last] = world.asked.slice(-2);
    expect((last?.at ?? 0) - (before?.at ?? 0)).toBe(30_020);
  });

  it('whose answer is lost on the way here is down, and what comes later is ignored', () => {
    const world = new World();
    world.answer = () => undefined;
    world.run(42_000);
    expect(world.changes).toEqual(['pbx down no answer']);
    const [first] = world.asked;
    expect(world.monitor.answered(world.now, first?.id ?? '', { status: 200 })).toEqual([]);
    expect(world.monitor.answered(world.now, 'something else', { status: 200 })).toEqual([]);
  });

  it('is judged for itself', () => {
    const world = new World(['pbx', 'carrier']);
    world.answer = (_id, name) => (name === 'pbx' ? { status: 200 } : { status: 503 });
    expect(world.run(3_000).changes).toEqual(['pbx up', 'carrier down it answered 503']);
    expect(new World([]).monitor.nextTimeout).toBeUndefined();
  });
});
