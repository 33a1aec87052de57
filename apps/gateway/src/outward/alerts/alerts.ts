import type { Millis } from '@earshot/base';
import type { CallRecord } from '@earshot/telemetry';
import type { AlertRule } from '../../config/outward-schema.js';
import { type Observation, observationsOf } from './observations.js';
import { SlidingWindow } from './window.js';

/** Groups of one rule that are counted at a time: networks, browser versions. The one that was quiet longest goes first. */
const MOST_GROUPS = 256;
/** What was raised is cleared once it is better than the threshold by so much, lest it comes and goes. */
const CLEAR_SHARE = 0.8;
const CLEAR_MOS = 0.1;

export interface AlertEvent {
  readonly type: 'alert.raised' | 'alert.cleared';
  readonly at: Millis;
  /** The name of the rule, such as `ice-failures-by-browser`. */
  readonly rule: string;
  /** The trunk, network, browser or scale of quality it is about; absent: all calls together. */
  readonly group?: string;
  /** A share (0 to 1) or a MOS: as it is now; absent where there is nothing to measure any more, and of trunks. */
  readonly value?: number;
  readonly threshold?: number;
  /** Calls, or legs of calls, that were looked at. */
  readonly calls?: number;
  readonly windowSeconds?: number;
  readonly since: Millis;
  /** Plain sentence. */
  readonly text: string;
}

export interface AlertState {
  readonly name: string;
  /** For how many groups. */
  readonly raised: number;
}

type RateRule = Exclude<AlertRule, { rule: 'trunk-down' }>;
type TrunkRule = Extract<AlertRule, { rule: 'trunk-down' }>;

/** Watches calls that ended, and trunks, by the rules of the configuration. Pure: time is an input. */
export class Alerts {
  readonly #rates: readonly Rate[];
  readonly #trunks: readonly TrunkWatch[];

  constructor(rules: readonly AlertRule[]) {
    const names = namesOf(rules);
    this.#rates = rules.flatMap((rule, index) =>
      rule.rule === 'trunk-down' ? [] : [new Rate(names[index] ?? rule.rule, rule)],
    );
    this.#trunks = rules.flatMap((rule, index) =>
      rule.rule === 'trunk-down' ? [new TrunkWatch(names[index] ?? rule.rule, rule)] : [],
    );
  }

  closed(now: Millis, record: CallRecord): readonly AlertEvent[] {
    return this.#rates.flatMap((rate) => rate.closed(now, record));
  }

  trunk(now: Millis, name: string, isUp: boolean, reason?: string): readonly AlertEvent[] {
    return this.#trunks.flatMap((watch) => watch.changed(now, name, isUp, reason));
  }

  /** Windows slide without calls as well: call it every few seconds. */
  tick(now: Millis): readonly AlertEvent[] {
    return this.#rates.flatMap((rate) => rate.tick(now));
  }

  states(): readonly AlertState[] {
    return [...this.#rates, ...this.#trunks].map(({ name, raised }) => ({ name, raised }));
  }
}

/** Names that tell rules apart, also those of one kind with other thresholds. */
function namesOf(rules: readonly AlertRule[]): string[] {
  const counts = new Map<string, number>();
  return rules.map((rule) => {
    const base = rule.rule === 'ice-failures' && rule.by !== 'all' ? `${rule.rule}-by-${rule.by}` : rule.rule;
    const count = (counts.get(base) ?? 0) + 1;
    counts.set(base, count);
    return count === 1 ? base : `${base}-${count}`;
  });
}

interface Group {
  readonly window: SlidingWindow;
  raisedAt: Millis | undefined;
}

/** A rule about a mean over a window: a share of calls, or their MOS. */
class Rate {
  readonly name: string;
  readonly #rule: RateRule;
  /** By name; the order is that of the last call. */
  readonly #groups = new Map<string, Group>();

  constructor(name: string, rule: RateRule) {
    this.name = name;
    this.#rule = rule;
  }

  get raised(): number {
    return [...this.#groups.values()].filter(({ raisedAt }) => raisedAt !== undefined).length;
  }

  closed(now: Millis, record: CallRecord): AlertEvent[] {
    const touched = new Set<string>();
    const events: AlertEvent[] = [];
    for (const observation of observationsOf(this.#rule, record)) {
      events.push(...this.#add(now, observation));
      touched.add(observation.group ?? '');
    }
    return [...events, ...[...touched].flatMap((name) => this.#judge(now, name))];
  }

  tick(now: Millis): AlertEvent[] {
    return [...this.#groups.keys()].flatMap((name) => this.#judge(now, name));
  }

  #add(now: Millis, { group: name = '', value }: Observation): AlertEvent[] {
    const group = this.#groups.get(name) ?? {
      window: new SlidingWindow(this.#rule.windowSeconds * 1000),
      raisedAt: undefined,
    };
    this.#groups.delete(name);
    this.#groups.set(name, group);
    group.window.add(now, value);
    const [oldest] = this.#groups.keys();
    if (this.#groups.size <= MOST_GROUPS || oldest === undefined) return [];
    const { raisedAt } = this.#groups.get(oldest) ?? {};
    this.#groups.delete(oldest);
    return raisedAt === undefined ? [] : [this.#event('alert.cleared', now, oldest, raisedAt, 0)];
  }

  #judge(now: Millis, name: string): AlertEvent[] {
    const group = this.#groups.get(name);
    if (group === undefined) return [];
    const { count, sum } = group.window.total(now);
    const mean = count === 0 ? undefined : sum / count;
    if (group.raisedAt === undefined) {
      if (count === 0) this.#groups.delete(name);
      if (mean === undefined || count < this.#rule.minCalls || !this.#isBad(mean)) return [];
      group.raisedAt = now;
      return [this.#event('alert.raised', now, name, now, count, mean)];
    }
    // Few calls are still a sign that it goes on; none are not.
    if (mean !== undefined && !this.#isGood(mean)) return [];
    const { raisedAt } = group;
    group.raisedAt = undefined;
    return [this.#event('alert.cleared', now, name, raisedAt, count, mean)];
  }

  #isBad(mean: number): boolean {
    return this.#rule.rule === 'mos' ? mean < this.#rule.below : mean > this.#rule.above;
  }

  #isGood(mean: number): boolean {
    const { rule } = this.#rule;
    return rule === 'mos' ? mean >= this.#rule.below + CLEAR_MOS : mean <= this.#rule.above * CLEAR_SHARE;
  }

  #event(
    type: AlertEvent['type'],
    at: Millis,
    group: string,
    since: Millis,
    calls: number,
    value?: number,
  ): AlertEvent {
    const rule = this.#rule;
    const rounded = value === undefined ? undefined : Math.round(value * 10_000) / 10_000;
    return {
      type,
      at,
      rule: this.name,
      ...(group === '' ? {} : { group }),
      ...(rounded === undefined ? {} : { value: rounded }),
      threshold: rule.rule === 'mos' ? rule.below : rule.above,
      calls,
      windowSeconds: rule.windowSeconds,
      since,
      text: sentence(rule, type, group, calls, value),
    };
  }
}

function sentence(rule: RateRule, type: AlertEvent['type'], group: string, calls: number, value?: number): string {
  const minutes = Math.round(rule.windowSeconds / 6) / 10;
  const whose = group === '' ? '' : ` (${group})`;
  if (value === undefined) return `There were no calls${whose} in the last ${minutes} min.`;
  const percent = `${Math.round(value * 1000) / 10}%`;
  const over = `in the last ${minutes} min (${calls} counted)`;
  const again = type === 'alert.cleared' ? ' It is well again.' : '';
  switch (rule.rule) {
    case 'answered-without-audio':
      return `${percent} of answered calls${whose} were never heard both ways ${over}.${again}`;
    case 'ice-failures':
      return `${percent} of browsers${whose} found no way for their media ${over}.${again}`;
    case 'mos':
      return `The mean MOS${whose} was ${value.toFixed(2)} ${over}.${again}`;
  }
}

/** A rule about trunks: what the checks say is passed on, each change once. */
class TrunkWatch {
  readonly name: string;
  readonly #only: string | undefined;
  readonly #downSince = new Map<string, Millis>();

  constructor(name: string, { trunk }: TrunkRule) {
    this.name = name;
    this.#only = trunk;
  }

  get raised(): number {
    return this.#downSince.size;
  }

  changed(now: Millis, trunk: string, isUp: boolean, reason?: string): AlertEvent[] {
    if (this.#only !== undefined && this.#only !== trunk) return [];
    const since = this.#downSince.get(trunk);
    if (isUp === (since === undefined)) return [];
    const common = { at: now, rule: this.name, group: trunk } as const;
    if (since === undefined) {
      this.#downSince.set(trunk, now);
      const why = reason === undefined ? '' : `: ${reason}`;
      return [{ ...common, type: 'alert.raised', since: now, text: `The trunk ${trunk} is down${why}.` }];
    }
    this.#downSince.delete(trunk);
    return [{ ...common, type: 'alert.cleared', since, text: `The trunk ${trunk} answers again.` }];
  }
}
