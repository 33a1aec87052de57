import type { CallRecord } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { recordOf } from '../../testing/closed-calls.js';
import { type AlertEvent, Alerts } from './alerts.js';

const WINDOW = { windowSeconds: 600, minCalls: 10 } as const;
const MINUTE = 60_000;
const UNREACHED = {
  code: 'ice.udp_blocked',
  layer: 'transport',
  side: 'caller',
  weight: 'fault',
  confidence: 1,
} as const;

/** Feeds calls one second apart; gives what was raised and cleared. */
class World {
  now = 1_800_000_000_000;
  readonly alerts: Alerts;
  readonly told: AlertEvent[] = [];

  constructor(...rules: ConstructorParameters<typeof Alerts>[0]) {
    this.alerts = new Alerts(rules);
  }

  calls(count: number, given: Partial<CallRecord> = {}): this {
    for (let index = 0; index < count; index += 1) {
      this.now += 1_000;
      this.told.push(...this.alerts.closed(this.now, recordOf(given)));
    }
    return this;
  }

  after(ms: number): this {
    for (const until = this.now + ms; this.now < until; this.now += 2_000) {
      this.told.push(...this.alerts.tick(this.now));
    }
    return this;
  }

  get story(): string[] {
    return this.told.map(({ type, rule, group, value }) =>
      [type, rule, group, value].filter((x) => x !== undefined).join(' '),
    );
  }
}

const silent = { withoutAudio: true };

describe('a rule about a share of calls', () => {
  const rule = { rule: 'answered-without-audio', above: 0.1, ...WINDOW } as const;

  it('is raised once above its threshold, and cleared once well below', () => {
    const world = new World(rule).calls(9).calls(1, silent);
    expect(world.story).toEqual([]);
    world.calls(1, silent);
    expect(world.story).toEqual(['alert.raised answered-without-audio 0.1818']);
    world.calls(20, silent).calls(60);
    expect(world.told).toHaveLength(1);
    expect(world.alerts.states()).toEqual([{ name: 'answered-without-audio', raised: 1 }]);
    // 22 of 275 is 8%.
    world.calls(184);
    expect(world.story.slice(1)).toEqual(['alert.cleared answered-without-audio 0.08']);
    expect(world.alerts.states()).toEqual([{ name: 'answered-without-audio', raised: 0 }]);
  });

  it('does not flap around its threshold', () => {
    const world = new World(rule).calls(8).calls(2, silent);
    // Between 8% and 10%: neither bad enough to be raised nor good enough to be cleared.
    world.calls(11).calls(1, silent).calls(9).calls(1, silent).calls(9);
    expect(world.story).toEqual(['alert.raised answered-without-audio 0.2']);
  });

  it('says nothing of few calls, and none of calls that were not answered', () => {
    expect(new World(rule).calls(9, silent).story).toEqual([]);
    const { answeredAt: _answeredAt, ...unanswered } = recordOf(silent);
    const world = new World(rule);
    for (let index = 0; index < 50; index += 1) {
      world.told.push(...world.alerts.closed(world.now + index, unanswered));
    }
    expect(world.story).toEqual([]);
  });

  it('forgets what is older than its window, and is cleared when no calls come any more', () => {
    const world = new World(rule).calls(20, silent);
    expect(world.story).toEqual(['alert.raised answered-without-audio 1']);
    world.after(5 * MINUTE);
    expect(world.told).toHaveLength(1);
    world.after(6 * MINUTE);
    expect(world.story.slice(1)).toEqual(['alert.cleared answered-without-audio']);
    expect(world.told[1]?.text).toBe('There were no calls in the last 10 min.');
    world
      .calls(9)
      .after(11 * MINUTE)
      .calls(9, silent);
    expect(world.told).toHaveLength(2);
  });

  it('says what it saw in a plain sentence, with its figures', () => {
    const [raised] = new World(rule).calls(8).calls(2, silent).told;
    expect(raised).toEqual({
      type: 'alert.raised',
      at: expect.any(Number),
      rule: 'answered-without-audio',
      value: 0.2,
      threshold: 0.1,
      calls: 10,
      windowSeconds: 600,
      since: raised?.at,
      text: '20% of answered calls were never heard both ways in the last 10 min (10 counted).',
    });
  });
});

describe('a rule about browsers that find no way', () => {
  const failing = { cause: UNREACHED };

  it('counts each browser leg, and only where the fault is on its side', () => {
    const world = new World({ rule: 'ice-failures', above: 0.5, by: 'all', ...WINDOW });
    world.calls(10, { cause: { ...UNREACHED, side: 'far-end', code: 'sip.busy', layer: 'far-end' } });
    world.calls(9, failing);
    expect(world.story).toEqual([]);
    world.calls(3, failing);
    expect(world.story).toEqual(['alert.raised ice-failures 0.5238']);
  });

  it('tells browsers and networks apart', () => {
    const world = new World(
      { rule: 'ice-failures', above: 0.5, by: 'browser', ...WINDOW },
      { rule: 'ice-failures', above: 0.5, by: 'network', ...WINDOW },
    );
    const firefox = [
      { leg: 'caller', browser: { name: 'Firefox', version: '140' }, network: '203.0.113.0/24' },
    ] as const;
    world.calls(20).calls(10, { ...failing, browsers: firefox });
    expect(world.story).toEqual([
      'alert.raised ice-failures-by-browser Firefox 140 1',
      'alert.raised ice-failures-by-network 203.0.113.0/24 1',
    ]);
    expect(world.alerts.states()).toEqual([
      { name: 'ice-failures-by-browser', raised: 1 },
      { name: 'ice-failures-by-network', raised: 1 },
    ]);
  });

  it('keeps a bounded number of groups, and clears what it forgets', () => {
    const world = new World({ rule: 'ice-failures', above: 0.5, by: 'network', ...WINDOW });
    const from = (network: string) => ({ ...failing, browsers: [{ leg: 'caller', network }] as const });
    world.calls(10, from('198.51.100.0/24'));
    for (let index = 0; index < 300; index += 1) world.calls(1, from(`10.0.${index}.0/24`));
    expect(world.story).toEqual([
      'alert.raised ice-failures-by-network 198.51.100.0/24 1',
      'alert.cleared ice-failures-by-network 198.51.100.0/24',
    ]);
  });
});

describe('a rule about quality', () => {
  it('keeps scales apart, and takes the mean of each', () => {
    const world = new World({ rule: 'mos', below: 3.6, ...WINDOW });
    const legs = (caller: number, callee: number) => ({
      quality: [
        { leg: 'caller', mos: caller, worstMos: 1, scale: 'fullband' },
        { leg: 'callee', mos: callee, worstMos: 1, scale: 'narrowband' },
      ] as const,
    });
    world.calls(10, legs(3.5, 4.3));
    expect(world.story).toEqual(['alert.raised mos fullband 3.5']);
    world.calls(10, legs(3.75, 4.3));
    expect(world.told).toHaveLength(1);
    world.calls(20, legs(3.9, 4.3));
    expect(world.story.slice(1)).toEqual([expect.stringMatching(/^alert\.cleared mos fullband 3\.7/)]);
  });
});

describe('a rule about trunks', () => {
  it('passes on each change once, with its reason', () => {
    const world = new World({ rule: 'trunk-down' }, { rule: 'trunk-down', trunk: 'pbx' });
    const { alerts } = world;
    const tell = (name: string, isUp: boolean) =>
      world.told.push(...alerts.trunk(world.now, name, isUp, 'it answered 503'));
    tell('pbx', true);
    tell('pbx', false);
    tell('pbx', false);
    tell('carrier', false);
    expect(alerts.states()).toEqual([
      { name: 'trunk-down', raised: 2 },
      { name: 'trunk-down-2', raised: 1 },
    ]);
    tell('pbx', true);
    expect(world.story).toEqual([
      'alert.raised trunk-down pbx',
      'alert.raised trunk-down-2 pbx',
      'alert.raised trunk-down carrier',
      'alert.cleared trunk-down pbx',
      'alert.cleared trunk-down-2 pbx',
    ]);
    expect(world.told[0]?.text).toBe('The trunk pbx is down: it answered 503.');
  });
});
