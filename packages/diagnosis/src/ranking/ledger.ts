import type { Millis } from '@earshot/base';
import type { EvidenceRef } from '@earshot/telemetry';
import { entryOf } from '../catalogue/index.js';
import type { Finding } from '../rules/finding.js';

/** A finding over time: one for each code and side. */
export interface Kept {
  finding: Finding;
  evidence: readonly EvidenceRef[];
  since: Millis;
  until: Millis | undefined;
  /** Whether it was said as a root cause, and has not been taken back. */
  raised: boolean;
  /** Whether it ever lasted as long as it must to be said. */
  ripe: boolean;
}

const MAX_EVIDENCE = 8;

/** Remembers what was found, and when it was over. Its size is bounded by codes and sides. */
export class Ledger {
  readonly #kept = new Map<string, Kept>();
  /** Grows whenever something changed that the ranking depends on. */
  version = 0;

  get all(): readonly Kept[] {
    return [...this.#kept.values()];
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  /** What holds at `now`; `isOver`: the call has ended, and nothing is over any more that was not before. */
  update(found: readonly Finding[], now: Millis, isOver: boolean): void {
    if (found.length === 0 && this.#kept.size === 0) return;
    const held = new Set<string>();
    for (const finding of found) {
      const key = `${finding.code} ${finding.side}`;
      if (held.has(key)) continue;
      held.add(key);
      this.#hold(key, finding, now);
    }
    for (const [key, kept] of this.#kept) {
      if (held.has(key)) continue;
      if (isOver || kept.until !== undefined) continue;
      // What was over before it had lasted as long as it must was nothing.
      if (!kept.ripe) this.#kept.delete(key);
      else kept.until = now;
      this.version += 1;
    }
  }

  forget(isNothing: (kept: Kept) => boolean): void {
    for (const [key, kept] of this.#kept) if (isNothing(kept)) this.#kept.delete(key);
    this.version += 1;
  }

  #hold(key: string, finding: Finding, now: Millis): void {
    const known = this.#kept.get(key);
    const since = Math.min(known?.since ?? finding.since, finding.since);
    const holdMs = finding.holdMs ?? entryOf(finding.code).holdMs;
    const ripe = known?.ripe === true || now - since >= holdMs;
    if (known === undefined) {
      const evidence = finding.evidence.slice(0, MAX_EVIDENCE);
      this.#kept.set(key, { finding, evidence, since, until: undefined, raised: false, ripe });
      this.version += 1;
      return;
    }
    const isSame = known.until === undefined && known.since === since && known.finding.weight === finding.weight;
    if (!isSame || known.finding.confidence !== finding.confidence) this.version += 1;
    known.finding = finding;
    known.evidence = merged(known.evidence, finding.evidence);
    known.since = since;
    known.until = undefined;
    known.ripe = ripe;
  }
}

/** The first ones stay: they show when it began. */
function merged(known: readonly EvidenceRef[], found: readonly EvidenceRef[]): readonly EvidenceRef[] {
  if (known.length >= MAX_EVIDENCE) return known;
  const fresh = found.filter(({ at, text }) => !known.some((one) => one.at === at && one.text === text));
  return fresh.length === 0 ? known : [...known, ...fresh].slice(0, MAX_EVIDENCE);
}
