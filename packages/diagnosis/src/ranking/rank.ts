import { ERRORS, type ErrorCode, type Millis } from '@earshot/base';
import type { Verdict, VerdictWeight } from '@earshot/telemetry';
import { entryOf } from '../catalogue/index.js';
import { explains } from './explains.js';
import type { Kept } from './ledger.js';

/** What is said about a call: a root cause with what follows from it. */
export interface Ranked {
  readonly kept: Kept;
  readonly consequences: readonly Ranked[];
}

/** A symptom may show a little before its cause does, since causes take longer to be sure of. */
const EARLIER_MS = 15_000;
/** What begins so long after something was over does not follow from it. */
const LATER_MS = 10_000;

const GRAVITY: Readonly<Record<VerdictWeight, number>> = { fault: 2, degraded: 1, hint: 0 };

/** How telling a layer is where two faults explain each other not: what is configured or plugged in comes first. */
const LAYERS = ['configuration', 'device', 'transport', 'signaling', 'far-end', 'network', 'audio'] as const;

/**
 * Puts what follows under what it follows from. Each finding has one cause at most, the earliest in the chain: a cause of
 * a cause takes its consequences along. Roots that matter most come first: what ended the call, then what lasts, then
 * what is over; faults before what degrades.
 */
export function rank(
  all: readonly Kept[],
  ended: { readonly at: Millis; readonly code: ErrorCode | undefined } | undefined,
): Ranked[] {
  const causes = new Map<Kept, Kept>();
  for (const kept of all) {
    const cause = causeOf(kept, all, causes);
    if (cause !== undefined) causes.set(kept, cause);
  }
  const ranked = (kept: Kept): Ranked => ({
    kept,
    consequences: all
      .filter((other) => causes.get(other) === kept)
      .sort(byTime)
      .map(ranked),
  });
  const score = (root: Ranked): number => {
    const { finding, until } = root.kept;
    const isEnd = ended?.code !== undefined && names(root, ended.code);
    const lasts = until === undefined || (ended !== undefined && until >= ended.at - 2_000);
    return (isEnd ? 100 : 0) + GRAVITY[finding.weight] * 10 + (lasts ? 5 : 0);
  };
  return all
    .filter((kept) => !causes.has(kept))
    .map(ranked)
    .sort((a, b) => score(b) - score(a) || layerOf(a) - layerOf(b) || byTime(a.kept, b.kept));
}

const byTime = (a: Kept, b: Kept): number =>
  a.since - b.since || b.finding.confidence - a.finding.confidence || a.finding.code.localeCompare(b.finding.code);

const layerOf = ({ kept }: Ranked): number => LAYERS.indexOf(ERRORS[kept.finding.code].layer);

const names = ({ kept, consequences }: Ranked, code: ErrorCode): boolean =>
  kept.finding.code === code || consequences.some((one) => names(one, code));

function causeOf(kept: Kept, all: readonly Kept[], causes: ReadonlyMap<Kept, Kept>): Kept | undefined {
  let best: Kept | undefined;
  for (const other of all) {
    if (other === kept || !isCause(other, kept) || leadsTo(kept, other, causes)) continue;
    if (best === undefined || better(other, best)) best = other;
  }
  return best;
}

/** The one that explains the other; or the graver, or the surer, or the earlier one. */
function better(one: Kept, other: Kept): boolean {
  if (explains(one.finding.code, other.finding.code) !== undefined) return true;
  if (explains(other.finding.code, one.finding.code) !== undefined) return false;
  const graver = GRAVITY[one.finding.weight] - GRAVITY[other.finding.weight];
  if (graver !== 0) return graver > 0;
  return byTime(one, other) < 0;
}

function isCause(cause: Kept, kept: Kept): boolean {
  const scope = explains(cause.finding.code, kept.finding.code);
  if (scope === undefined) return false;
  if (cause.finding.code === kept.finding.code && cause.finding.side !== 'far-end') return false;
  if (scope === 'same' && cause.finding.side !== kept.finding.side) return false;
  if (cause.since > kept.since + EARLIER_MS) return false;
  if (cause.until !== undefined && kept.since > cause.until + LATER_MS) return false;
  // What lasts as a fault is not explained away by something slight.
  const isSlight = GRAVITY[cause.finding.weight] < GRAVITY[kept.finding.weight];
  return !isSlight || kept.until !== undefined || cause.finding.weight === 'degraded';
}

/** Whether `kept` is a cause of `other` already: no circles. */
function leadsTo(kept: Kept, other: Kept, causes: ReadonlyMap<Kept, Kept>): boolean {
  let at: Kept | undefined = other;
  for (let steps = 0; at !== undefined && steps < 16; steps += 1) {
    at = causes.get(at);
    if (at === kept) return true;
  }
  return false;
}

export function verdictOf({ kept, consequences }: Ranked): Verdict {
  const { finding, evidence, since, until } = kept;
  const { code } = finding;
  return {
    code,
    layer: ERRORS[code].layer,
    side: finding.side,
    weight: finding.weight,
    confidence: finding.confidence,
    since,
    ...(until === undefined ? {} : { until }),
    text: finding.text,
    next: {
      user: finding.next?.user ?? ERRORS[code].next,
      operator: finding.next?.operator ?? entryOf(code).operator,
    },
    evidence,
    consequences: consequences.map(verdictOf),
  };
}
