import type { BrowserFigures } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import type { LegTrace } from '../features/leg-trace.js';
import { type Finding, type Rule, seenEntry, seenSample } from './finding.js';
import { nameOf } from './sides.js';

/** A timer that comes so late says that the page does not get its turn. */
const LATE_MS = 250;
/** Audio threads suffer only under real want: gaps in what is sent while nothing is lost. */
const UNEVEN_MS = 120;

/** The machine of a browser does not keep up, seen from within and, where there is a gateway, from without. */
export const cpu: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    if (!trace.isInCall || (trace.stalledAt !== undefined && trace.now - trace.stalledAt < 5_000)) return [];
    const late = leg.latches.sustained('client.late', leg.browser, (figures) => isLate(figures));
    if (late === undefined) return [];
    const uneven = unevenness(trace, leg);
    if (uneven === undefined) return [];
    return [
      {
        code: 'client.cpu',
        side: leg.name,
        weight: 'degraded',
        confidence: 0.8,
        since: late.since,
        text: `The computer of ${nameOf(trace, leg.name)} is too busy to keep up with the sound.`,
        evidence: [
          ...late.shown.map((kept) =>
            seenSample(kept, `The page came ${Math.round(kept.figures.lateMs ?? 0)} ms late.`),
          ),
          uneven,
        ],
      } satisfies Finding,
    ];
  });

/** Hidden pages are slowed down by the browser, which is no want of power. */
const isLate = ({ lateMs, hidden }: BrowserFigures): boolean => hidden !== true && (lateMs ?? 0) >= LATE_MS;

/** What shows that sound suffers, and not just the page. */
function unevenness(_trace: CallTrace, leg: LegTrace): Finding['evidence'][number] | undefined {
  for (const kept of leg.gateway.newest(5_000)) {
    const { packetsLost, maxGapMs, jitterMs } = kept.figures;
    if (packetsLost <= 0 && ((maxGapMs ?? 0) >= UNEVEN_MS || jitterMs >= 20)) {
      return seenSample(
        kept,
        `Its packets came unevenly (gaps up to ${Math.round(maxGapMs ?? jitterMs)} ms), none lost.`,
      );
    }
  }
  for (const kept of leg.browser.newest(5_000)) {
    const { ms, synthesizedSeconds, concealedSamples, silentConcealedSamples, packetsLost, micSeconds } = kept.figures;
    const missed = (synthesizedSeconds ?? 0) * 1000 > 0.02 * ms;
    const concealed = (concealedSamples ?? 0) - (silentConcealedSamples ?? 0);
    const starved = concealed > 0.02 * 48 * ms && (packetsLost ?? 0) <= 0;
    const short = micSeconds !== undefined && micSeconds > 0 && micSeconds * 1000 < 0.8 * ms;
    if (missed || starved || short) {
      return seenSample(kept, 'The sound card was not served in time, though no packet was lost.');
    }
  }
  return undefined;
}

/** Between the places that two entries of one browser give to the beginning of its count. */
const SKEW_MS = 2_000;

/** The browser's clock and ours went apart, or its clock is off where it told it. */
export const clockSkew: Rule = (trace) =>
  trace.browserLegs.flatMap(({ name, clockShift, info }) => {
    const said = info?.event.clock;
    const offMs = said === undefined || info === undefined ? 0 : Math.abs(said - info.at);
    const shown = offMs > SKEW_MS ? info : (clockShift?.event ?? 0) > SKEW_MS ? clockShift : undefined;
    if (shown === undefined) return [];
    const seconds = (Math.max(offMs, clockShift?.event ?? 0) / 1000).toFixed(0);
    return [
      {
        code: 'client.clock_skew',
        side: name,
        weight: 'hint',
        confidence: 0.8,
        since: shown.at,
        text: `The clock of ${nameOf(trace, name)}'s computer is off by ${seconds} s; times were corrected.`,
        evidence: [seenEntry(shown, `Its times and ours are ${seconds} s apart.`)],
      } satisfies Finding,
    ];
  });
