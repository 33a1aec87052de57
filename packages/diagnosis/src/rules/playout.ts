import type { BrowserFigures } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import type { LegTrace } from '../features/leg-trace.js';
import { lengthOf } from '../features/window.js';
import { type Finding, type Rule, seenAt, seenEntry, seenSample } from './finding.js';
import { capitalized, nameOf } from './sides.js';

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
      text: `Audio reaches the browser of ${nameOf(trace, name)}, and nothing plays it.`,
    } as const;
    const off = playout?.event.state === 'detached' || playout?.event.state === 'paused' ? playout : undefined;
    if (off !== undefined && trace.now - off.at >= DETACHED_MS && leg.received.movedWithin(3_000)) {
      const text = `The element that plays the call was ${off.event.state}.`;
      return [{ ...base, confidence: 0.9, since: off.at, evidence: [seenEntry(off, text)] }];
    }
    const flat = leg.latches.sustained('playout.flat', leg.browser, isFlat);
    if (flat === undefined) return [];
    const shown = flat.shown.map((kept) =>
      seenSample(kept, `${kept.figures.packetsReceived} packets came, none was played.`),
    );
    return [{ ...base, confidence: 0.9, since: flat.since, evidence: shown }];
  });

/** Not even silence is asked for: that of a far end that sends silence is played, and counted as samples. */
const isFlat = (figures: BrowserFigures): boolean =>
  (figures.packetsReceived ?? 0) * 1000 >= 10 * figures.ms &&
  figures.remoteEnergy === 0 &&
  (figures.concealedSamples ?? 0) === 0 &&
  (figures.samplesReceived === undefined ? figures.remoteSeconds === 0 : figures.samplesReceived === 0);

/** A page that says nothing for so long beyond its usual interval sleeps, if its audio goes on meanwhile. */
const ASLEEP_MS = 12_000;

/** The page stands still and its audio does not: told by itself, by a gap in its samples, or by its silence. */
export const tabFrozen: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    const { name, frozen, thawedAt, stalled } = leg;
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
    return silentPage(trace, leg).map((finding) => ({ ...base, ...finding }));
  });

function silentPage(trace: CallTrace, leg: LegTrace): Pick<Finding, 'since' | 'confidence' | 'evidence' | 'text'>[] {
  const last = leg.browser.last;
  if (last === undefined || !trace.sees('gateway') || leg.browser.all.length < 3 || trace.ended !== undefined)
    return [];
  // A lost socket is another matter: samples wait for it.
  if (leg.signalingLost !== undefined) return [];
  const usual = Math.max(...leg.browser.all.map(({ figures }) => figures.ms));
  const silentMs = trace.now - last.at;
  if (silentMs < ASLEEP_MS + 2 * usual || lengthOf(leg.gateway.newest(3_000)) < 2_000) return [];
  const arrived = leg.arrived.last ?? 0;
  if (trace.now - arrived > 3_000) return [];
  const who = capitalized(nameOf(trace, leg.name));
  return [
    {
      since: last.at,
      confidence: 0.6,
      text: `${who}'s page has said nothing for ${Math.round(silentMs / 1000)} s, while its audio goes on: it sleeps.`,
      evidence: [seenSample(last, 'The last sample of the page.'), seenAt(arrived, 'Its audio still comes.')],
    },
  ];
}
