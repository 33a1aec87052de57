import { ERRORS, type Fault, type Millis } from '@earshot/base';

/** Statuses that say that a trunk is there and cannot take a call (RFC 3261 sections 21.4.9 and 21.5.4). */
const DOWN_STATUSES = new Set([408, 503]);
/** The first checks of all trunks are spread over this time. */
const START_MS = 2_000;
/** How much earlier or later than said a check may come. */
const JITTER = 0.1;
/** One that stays down is asked less and less often, down to once in so many intervals. */
const MOST_BACKOFF = 4;
/** The agent gives up after 32 s (timer F); what was not decided by then is lost. */
const LOST_MS = 40_000;

export interface TrunkStatus {
  readonly name: string;
  /** Unknown: the first answer is not in. */
  readonly state: 'unknown' | 'up' | 'down';
  /** Since when it is up or down. */
  readonly since?: Millis;
  /** Why it is down. Holds neither addresses nor credentials. */
  readonly reason?: string;
  /** Of the last answer, while it is up. */
  readonly responseMs?: number;
  /** Checks that were decided, and those of them that found it down. */
  readonly checks: number;
  readonly failures: number;
}

export type TrunkOutput =
  /** Send OPTIONS there. `id` comes back with the answer. */
  | { readonly type: 'ask'; readonly id: string; readonly name: string }
  | { readonly type: 'changed'; readonly status: TrunkStatus };

export interface TrunkMonitorOptions {
  readonly trunks: readonly string[];
  readonly intervalMs: Millis;
  readonly now: Millis;
  /** From 0 to 1: spreads the checks of many gateways. */
  readonly random: () => number;
}

/** Which trunks answer. Pure: time is an input, questions and changes are outputs. */
export class TrunkMonitor {
  readonly #options: TrunkMonitorOptions;
  readonly #trunks: readonly Trunk[];

  constructor(options: TrunkMonitorOptions) {
    this.#options = options;
    this.#trunks = options.trunks.map((name) => new Trunk(name, options.now + START_MS * options.random()));
  }

  /** In the order of the configuration. */
  get statuses(): readonly TrunkStatus[] {
    return this.#trunks.map((trunk) => trunk.status);
  }

  get nextTimeout(): Millis | undefined {
    const times = this.#trunks.map(({ dueAt }) => dueAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  tick(now: Millis): readonly TrunkOutput[] {
    return this.#trunks.filter(({ dueAt }) => dueAt <= now).flatMap((trunk) => this.#due(now, trunk));
  }

  /** A final status, or why there is none. What belongs to no open question is ignored. */
  answered(
    now: Millis,
    id: string,
    answer: { readonly status?: number; readonly fault?: Fault },
  ): readonly TrunkOutput[] {
    const trunk = this.#trunks.find(({ asked }) => asked?.id === id);
    if (trunk === undefined) return [];
    return this.#decided(now, trunk, reasonOf(answer));
  }

  #due(now: Millis, trunk: Trunk): readonly TrunkOutput[] {
    if (trunk.asked !== undefined) return this.#decided(now, trunk, 'no answer');
    const id = trunk.ask(now);
    trunk.dueAt = now + LOST_MS;
    return [{ type: 'ask', id, name: trunk.status.name }];
  }

  #decided(now: Millis, trunk: Trunk, reason: string | undefined): readonly TrunkOutput[] {
    const { state: before } = trunk.status;
    trunk.decide(now, reason);
    const { intervalMs, random } = this.#options;
    const factor = Math.min(MOST_BACKOFF, 2 ** Math.max(0, trunk.downInRow - 2));
    trunk.dueAt = now + intervalMs * factor * (1 + JITTER * (2 * random() - 1));
    return trunk.status.state === before ? [] : [{ type: 'changed', status: trunk.status }];
  }
}

/** Undefined: it is up. Any final response proves that somebody is there to take calls, a refusal as well. */
function reasonOf({ status, fault }: { readonly status?: number; readonly fault?: Fault }): string | undefined {
  if (status !== undefined) return DOWN_STATUSES.has(status) ? `it answered ${status}` : undefined;
  // The detail may name an address.
  return fault === undefined ? 'no answer' : `${ERRORS[fault.code].what.replace(/\.$/, '')} (${fault.code})`;
}

class Trunk {
  status: TrunkStatus;
  dueAt: Millis;
  asked: { readonly id: string; readonly at: Millis } | undefined;
  downInRow = 0;
  #asks = 0;

  constructor(name: string, dueAt: Millis) {
    this.status = { name, state: 'unknown', checks: 0, failures: 0 };
    this.dueAt = dueAt;
  }

  ask(now: Millis): string {
    this.#asks += 1;
    const id = `trunk-${this.#asks}-${this.status.name}`;
    this.asked = { id, at: now };
    return id;
  }

  decide(now: Millis, reason: string | undefined): void {
    const { name, state: before, since = now, checks, failures } = this.status;
    const state = reason === undefined ? 'up' : 'down';
    const responseMs = this.asked === undefined ? undefined : now - this.asked.at;
    this.asked = undefined;
    this.downInRow = state === 'down' ? this.downInRow + 1 : 0;
    this.status = {
      name,
      state,
      since: state === before ? since : now,
      ...(reason === undefined ? {} : { reason }),
      ...(state === 'up' && responseMs !== undefined ? { responseMs } : {}),
      checks: checks + 1,
      failures: failures + (state === 'down' ? 1 : 0),
    };
  }
}
