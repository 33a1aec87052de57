import { ERRORS } from '@earshot/base';
import type { CallDetails, Verdict, VerdictEvent, VerdictWeight } from '@earshot/telemetry';
import type { Admin } from './admin.js';
import type { Truth } from './types.js';

/** Often enough for times in tenths of a second, seldom enough to disturb nothing. */
const POLL_MS = 100;

/** A verdict as it was first said. */
export interface Said {
  readonly code: string;
  readonly layer: string;
  readonly side: string;
  readonly weight: VerdictWeight;
  /** When, by the clock of this machine. */
  readonly at: number;
}

const wordsOf = ({ code, layer, side, weight }: Said | Verdict): string => `${code} ${layer} ${side} ${weight}`;

/** Everything that was raised while the call ran and right after it, in its order. */
export function raisedIn({ timeline }: CallDetails): readonly Said[] {
  return timeline.entries.flatMap((entry) =>
    entry.source === 'diagnosis' && entry.event.type === 'verdict.raised' ? [said(entry.event, entry.at)] : [],
  );
}

const said = ({ code, layer, side, weight }: VerdictEvent, at: number): Said => ({ code, layer, side, weight, at });

const isSerious = ({ weight }: { readonly weight: VerdictWeight }): boolean => weight !== 'hint';

/** Of a call that is over and had no live verdict: what it came to, as of now. */
const conclusionOf = (
  { verdicts, record }: CallDetails,
  isMeant: (verdict: { readonly weight: VerdictWeight }) => boolean,
): readonly Said[] =>
  record === undefined
    ? []
    : verdicts
        .filter(isMeant)
        .map(({ code, layer, side, weight }) => ({ code, layer, side, weight, at: Date.now() }))
        .slice(0, 1);

/** What comes after the end of a call comes soon. */
const AFTER_THE_END_MS = 3000;

/**
 * Waits for the first verdict that says something is wrong, or, where a hint is meant, for the first of any weight.
 * Undefined after `timeoutMs`, or a while after the call is over.
 */
export async function firstVerdict(
  admin: Admin,
  callId: string,
  truth: Truth,
  timeoutMs: number,
): Promise<Said | undefined> {
  const isMeant = truth.weight === 'hint' ? () => true : isSerious;
  const deadline = Date.now() + timeoutMs;
  let endedAt: number | undefined;
  while (Date.now() < Math.min(deadline, (endedAt ?? Number.POSITIVE_INFINITY) + AFTER_THE_END_MS)) {
    const details = await admin.details(callId).catch(() => undefined);
    if (details !== undefined) {
      const [first] = [...raisedIn(details).filter(isMeant), ...conclusionOf(details, isMeant)];
      if (first !== undefined) return first;
      if (details.record?.provisional === false) endedAt ??= Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return undefined;
}

export const layerOf = ({ code }: Truth): string => ERRORS[code].layer;

export const isRight = (truth: Truth, first: Said | undefined): boolean =>
  first !== undefined && first.code === truth.code && first.layer === layerOf(truth) && first.side === truth.side;

/** Serious verdicts of a call that is healthy: each of them is a false alarm. */
export function alarmsOf(details: CallDetails): readonly string[] {
  const live = raisedIn(details).filter(isSerious);
  const later = details.verdicts.filter(isSerious);
  return [...new Set([...live, ...later].map(wordsOf))];
}

/** For reports: what was raised and withdrawn in its order, and what stands in the end. */
export function describeVerdicts({ timeline, verdicts }: CallDetails, t0: number) {
  const events = timeline.entries.flatMap(({ at, source, event }) => {
    if (source !== 'diagnosis') return [];
    const what = event.type === 'verdict.raised' ? 'raised' : 'withdrawn';
    return [`${((at - t0) / 1000).toFixed(1)} s ${what} ${event.code} ${event.side} ${event.weight}`];
  });
  const final = verdicts.map((verdict) => {
    const under = verdict.consequences.map(({ code }) => code).join(', ');
    return `${wordsOf(verdict)}${under === '' ? '' : ` (${under})`}`;
  });
  return { events, final };
}
