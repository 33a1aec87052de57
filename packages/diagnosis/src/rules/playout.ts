import type { BrowserFigures } from '@earshot/telemetry';
import { type Finding, type Rule, seenEntry, seenSample } from './finding.js';
import { nameOf } from './sides.js';

/** The browser said that it does not play, or cannot: figures stay as they are in a good call. */
export const playoutFailed: Rule = (trace) =>
  trace.browserLegs.flatMap(({ name, playout }) => {
    if (playout === undefined || playout.event.state !== 'failed') return [];
    const isSink = playout.event.code === 'playout.sink_failed';
    const who = nameOf(trace, name);
    return [
      {
        code: isSink ? 'playout.sink_failed' : 'playout.autoplay_blocked',
        side: name,
        // A speaker that cannot be chosen leaves the one before.
        weight: isSink ? 'degraded' : 'fault',
        confidence: 0.95,
        since: playout.at,
        text: isSink
          ? `The speaker that ${who} chose cannot be used.`
          : `The browser of ${who} waits for a tap before it plays sound.`,
        evidence: [
          seenEntry(
            playout,
            `${isSink ? 'Choosing the speaker' : 'Playing'} failed: ${playout.event.name ?? 'refused'}.`,
          ),
        ],
      } satisfies Finding,
    ];
  });

/** Element away or paused: how long that may be while a page changes. */
const DETACHED_MS = 2_000;

/** Packets come, and nobody asks the decoder for sound: energy and samples do not move at all. */
export const notRendered: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    const { name, playout } = leg;
    if (!trace.isInCall) return [];
    const base = {
      code: 'playout.not_rendered',
      side: name,
      weight: 'fault',
      text: `Sound reaches the browser of ${nameOf(trace, name)}, and nothing plays it.`,
    } as const;
    const off = playout?.event.state === 'detached' || playout?.event.state === 'paused' ? playout : undefined;
    if (off !== undefined && trace.now - off.at >= DETACHED_MS && leg.received.movedWithin(3_000)) {
      const text = `The element that plays the call was ${off.event.state}.`;
      return [{ ...base, confidence: 0.9, since: off.at, evidence: [seenEntry(off, text)] }];
    }
    // Silence of the other side is played too; what it sends, or what the gateway hears of it, tells them apart.
    const isAudible = (trace.other(leg).gateway.last?.figures.levelDb ?? -127) > AUDIBLE_DB;
    const flat = leg.latches.sustained('playout.flat', leg.browser, (figures) => isFlat(figures, isAudible));
    if (flat === undefined) return [];
    const shown = flat.shown.map((kept) =>
      seenSample(kept, `${kept.figures.packetsReceived} packets came, none was played.`),
    );
    return [{ ...base, confidence: 0.9, since: flat.since, evidence: shown }];
  });

const AUDIBLE_DB = -60;

/** Energy does not move at all, and nothing is made up: nobody asks the decoder for sound. */
const isFlat = (figures: BrowserFigures, isAudible: boolean): boolean => {
  const { ms, packetsReceived = 0, remoteEnergy, concealedSamples = 0, samplesReceived, remoteSeconds } = figures;
  if (packetsReceived * 1000 < 10 * ms || remoteEnergy !== 0 || concealedSamples > 0) return false;
  return samplesReceived === 0 || remoteSeconds === 0 || isAudible;
};

/** How long a page that is awake may say nothing, if it has much to do. */
const ASLEEP_MS = 7_000;

/** The page stands still and its audio does not: told by itself, by a socket that lives, or by a gap when it is back. */
export const tabFrozen: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    const { name, frozen, thawedAt, stalled, pageQuiet, arrived } = leg;
    const base = {
      code: 'playout.tab_frozen',
      side: name,
      weight: 'degraded',
      text: `The browser of ${nameOf(trace, name)} put the page to sleep.`,
    } as const;
    if (frozen !== undefined && (thawedAt === undefined || thawedAt < frozen.at)) {
      const evidence = [seenEntry(frozen, 'The page was frozen.')];
      return [{ ...base, confidence: 0.95, since: frozen.at, evidence }];
    }
    if (stalled !== undefined && stalled.event.lateMs >= 5_000 && trace.now - stalled.at < 5_000) {
      const since = stalled.at - stalled.event.lateMs;
      const text = `A timer of the page came ${(stalled.event.lateMs / 1000).toFixed(1)} s late.`;
      return [{ ...base, confidence: 0.8, since, evidence: [seenEntry(stalled, text)] }];
    }
    if (pageQuiet !== undefined && trace.isInCall && arrived.movedWithin(2_000)) {
      const since = pageQuiet.at - (pageQuiet.event.quietMs ?? 0);
      if (trace.now - since < ASLEEP_MS) return [];
      const text = 'The page says nothing, while its browser answers pings and its audio comes.';
      return [{ ...base, confidence: 0.75, since, evidence: [seenEntry(pageQuiet, text)] }];
    }
    return [];
  });
