import type { BrowserFigures } from '@earshot/telemetry';
import type { LegTrace } from '../features/leg-trace.js';
import { type Finding, type Rule, seenEntry, seenSample } from './finding.js';
import { nameOf } from './sides.js';

/** A timer that comes so late says that the page does not get its turn. */
const LATE_MS = 250;
/** Audio threads suffer only under real want: gaps in what is sent while nothing is lost. */
const UNEVEN_MS = 120;
/** Pages have much to do while a call begins. */
const SETTLED_MS = 5_000;

/** The machine of a browser does not keep up, seen from within and, where there is a gateway, from without. */
export const cpu: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    if (trace.answeredForMs < SETTLED_MS || (trace.stalledAt !== undefined && trace.now - trace.stalledAt < 5_000))
      return [];
    const late = leg.latches.sustained('client.late', leg.browser, (figures) => isLate(figures));
    if (late === undefined) return [];
    const uneven = unevenness(leg);
    if (uneven === undefined) return [];
    return [
      {
        code: 'client.cpu',
        side: leg.name,
        weight: 'degraded',
        confidence: 0.8,
        since: late.since,
        text: `The computer of ${nameOf(trace, leg.name)} is too busy to keep up with the sound.`,
        evidence: [...late.shown.map((kept) => seenSample(kept, lateText(kept.figures))), uneven],
      } satisfies Finding,
    ];
  });

const lateText = (figures: BrowserFigures): string =>
  isShort(figures)
    ? `Of ${Math.round(figures.ms)} ms, ${Math.round((figures.micSeconds ?? 0) * 1000)} ms of sound were taken.`
    : `The page came ${Math.round(figures.lateMs ?? 0)} ms late.`;

/** Hidden pages are slowed down by the browser, which is no want of power. */
const isLate = (figures: BrowserFigures): boolean =>
  isShort(figures) || (figures.hidden !== true && (figures.lateMs ?? 0) >= LATE_MS);

/** The microphone gave less sound than time went by: nobody came to take it. */
const isShort = ({ ms, micSeconds }: BrowserFigures): boolean =>
  micSeconds !== undefined && micSeconds > 0 && micSeconds * 1000 < 0.8 * ms;

/** What shows that sound suffers, and not just the page: two seconds of it, at either end. */
function unevenness(leg: LegTrace): Finding['evidence'][number] | undefined {
  const sent = leg.gateway.newest(5_000).filter(({ figures: { packetsLost, maxGapMs, jitterMs } }) => {
    return packetsLost <= 0 && ((maxGapMs ?? 0) >= UNEVEN_MS || jitterMs >= 20);
  });
  const [first, second] = sent;
  if (first !== undefined && second !== undefined) {
    const gap = Math.round(Math.max(first.figures.maxGapMs ?? 0, first.figures.jitterMs));
    return seenSample(first, `Its packets came unevenly (gaps up to ${gap} ms), none lost.`);
  }
  const [starved, again] = leg.browser.newest(5_000).filter(({ figures }) => isStarved(figures));
  if (starved === undefined || again === undefined) return undefined;
  return seenSample(starved, 'The sound card was not served in time, though no packet was lost.');
}

function isStarved(figures: BrowserFigures): boolean {
  const { ms, synthesizedSeconds = 0, concealedSamples = 0, silentConcealedSamples = 0, packetsLost = 0 } = figures;
  const isMadeUp = concealedSamples - silentConcealedSamples > 0.02 * 48 * ms && packetsLost <= 0;
  return synthesizedSeconds * 1000 > 0.02 * ms || isMadeUp || isShort(figures);
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
