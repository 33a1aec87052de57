import type { ErrorCode, Millis } from '@earshot/base';
import type { CallTrace } from '../features/call-trace.js';
import { type LegTrace, micLevelOf } from '../features/leg-trace.js';
import { lengthOf } from '../features/window.js';
import { type Finding, type Rule, seenEntry, seenSample } from './finding.js';
import { capitalized, headline, nameOf } from './sides.js';

const perBrowser =
  (judge: (trace: CallTrace, leg: LegTrace) => Finding | undefined): Rule =>
  (trace) =>
    trace.browserLegs.flatMap((leg) => judge(trace, leg) ?? []);

/** The microphone could not be had. What the exception did not tell apart, what surrounds it may. */
export const micRefused = perBrowser((trace, leg) => {
  const { micFailed, micAsked, micOpened } = leg;
  if (micFailed === undefined || (micOpened !== undefined && micOpened.at > micFailed.at)) return undefined;
  const { name, message } = micFailed.event;
  const code = refined(leg, micFailed.event.code);
  return {
    code,
    side: leg.name,
    weight: 'fault',
    confidence: 0.95,
    since: micFailed.at,
    text: headline(trace, code, leg.name),
    evidence: [
      ...(micAsked === undefined ? [] : [seenEntry(micAsked, askedText(micAsked.event))]),
      seenEntry(micFailed, message === undefined ? `It failed: ${name}.` : `It failed: ${name}: ${message}`),
    ],
  };
});

function refined({ micAsked, micFailed, info }: LegTrace, code: ErrorCode): ErrorCode {
  const message = micFailed?.event.message ?? '';
  const asked = micAsked?.event;
  if (code === 'mic.denied_by_user') {
    if (/by system/i.test(message)) return 'mic.denied_by_system';
    if (/dismiss/i.test(message)) return 'mic.prompt_dismissed';
    if (asked?.permission === 'denied') return 'mic.blocked_earlier';
  }
  if (asked?.secure === false) return 'mic.insecure_context';
  const isFirefoxOnMac = /firefox/i.test(info?.event.browser.name ?? '') && /mac/i.test(info?.event.browser.os ?? '');
  if (code === 'mic.not_found' && isFirefoxOnMac && (asked?.listed ?? 0) > 0) return 'mic.denied_by_system';
  return code;
}

const askedText = ({ permission, secure, listed }: NonNullable<LegTrace['micAsked']>['event']): string =>
  [
    'The microphone was asked for',
    ...(permission === undefined ? [] : [`the permission was "${permission}"`]),
    ...(secure ? [] : ['the page is not secure']),
    ...(listed === undefined ? [] : [`${listed} listed`]),
  ].join(', ');

/** Nobody answers the question. A hint while it is open: people take their time. */
export const micPrompt = perBrowser((trace, leg) => {
  const { micWaiting, micFailed, micOpened } = leg;
  if (micWaiting === undefined || (micOpened !== undefined && micOpened.at >= micWaiting.at)) return undefined;
  if (micFailed !== undefined && micFailed.at >= micWaiting.at) return undefined;
  const seconds = Math.round(micWaiting.event.waitedMs / 1000);
  return {
    code: 'mic.prompt_ignored',
    side: leg.name,
    weight: trace.ended === undefined ? 'hint' : 'fault',
    confidence: 0.9,
    since: micWaiting.at - micWaiting.event.waitedMs,
    text: headline(trace, 'mic.prompt_ignored', leg.name),
    evidence: [seenEntry(micWaiting, `The question was open for ${seconds} s.`)],
  };
});

/** Muted long enough that it is no slip of the finger. */
const MUTED_MS = 3_000;

/** The page muted its track: energy is exactly nothing, packets go on. By the event, or by the figures of a bare dump. */
export const micMuted = perBrowser((trace, leg) => {
  if (!trace.isInCall) return undefined;
  const base = { code: 'mic.muted_in_app', side: leg.name, weight: 'hint' } as const;
  const text = `The microphone of ${nameOf(trace, leg.name)} is muted on the page.`;
  const { micDisabled } = leg;
  if (micDisabled !== undefined) {
    if (trace.now - micDisabled.at < MUTED_MS) return undefined;
    const evidence = [seenEntry(micDisabled, 'The page switched the track off.')];
    return { ...base, confidence: 0.97, since: micDisabled.at, text, evidence };
  }
  if (leg.micOpened !== undefined) return undefined;
  const muted = leg.latches.sustained(
    'mic.muted',
    leg.browser,
    (figures) => figures.micEnergy === 0 && (figures.micSeconds ?? 0) > 0 && (figures.packetsSent ?? 0) > 0,
    5,
  );
  if (muted === undefined) return undefined;
  const evidence = muted.shown.map((kept) => seenSample(kept, 'Microphone energy is exactly 0, packets go on.'));
  return { ...base, confidence: 0.6, since: muted.since, text, evidence };
});

/** How long nothing may be heard from a microphone: some headsets wake up slowly. */
const SILENT_MS = 3_000;
/** So much of the waking up may already be over when the call is answered. */
const WAKING_MS = 1_000;
/** A person who was heard before may have used the switch of the headset, or just listen with noise taken away. */
const SILENT_AGAIN_MS = 15_000;

/**
 * The track is live and carries nothing, not even the noise of a room. Of a switch or of a device that gives silence the
 * energy is about 1e-9, seldom 0: only its size tells.
 */
export const micSilent = perBrowser((trace, leg) => {
  const { micHeard, micClock, micDisabled, micMuted: muted, micEnded, micRemoved } = leg;
  const { answeredAt } = trace;
  if (answeredAt === undefined || micDisabled !== undefined || muted !== undefined) return undefined;
  if (micEnded !== undefined || micRemoved !== undefined || !micClock.movedWithin(2_500)) return undefined;
  // Exactly 0 without a word from the SDK is more likely a muted track.
  const last = leg.browser.last;
  if (leg.micOpened === undefined && last?.figures.micEnergy === 0) return undefined;
  const wasHeard = micHeard.last !== undefined;
  const from = Math.max(answeredAt, (leg.micOpened?.at ?? answeredAt) + WAKING_MS);
  const silentMs = micHeard.stillFor(wasHeard ? trace.startedAt : from);
  if (silentMs < (wasHeard ? SILENT_AGAIN_MS : SILENT_MS) || last === undefined) return undefined;
  const shown = leg.browser.newest(3_000);
  const energy = last.figures.micEnergy ?? 0;
  return {
    code: 'mic.silent',
    side: leg.name,
    weight: wasHeard ? 'hint' : 'fault',
    confidence: wasHeard ? 0.5 : 0.9,
    since: last.at - silentMs,
    text: `The microphone of ${nameOf(trace, leg.name)} is open, and ${wasHeard ? 'has gone silent' : 'gives nothing but silence'}.`,
    evidence: shown.map((kept) =>
      seenSample(kept, `Microphone energy ${(kept.figures.micEnergy ?? energy).toExponential(1)}, track live.`),
    ),
  };
});

/** The system took the device: by its event, or by a source that stands still on a phone. */
const STILL_MS = 3_000;

export const micStopped = perBrowser((trace, leg) => {
  const { micEnded, micRemoved, micMuted: muted, micClock, sent } = leg;
  const who = nameOf(trace, leg.name);
  const base = { side: leg.name, weight: 'fault' } as const;
  if (muted !== undefined) {
    return {
      ...base,
      code: 'mic.interrupted',
      confidence: 0.9,
      since: muted.at,
      text: `The system took the microphone away from ${who}.`,
      evidence: [seenEntry(muted, 'The browser muted the track; the page did not.')],
    };
  }
  if (micEnded !== undefined) {
    const isPhone = leg.info?.event.browser.mobile === true;
    return {
      ...base,
      code: isPhone ? 'mic.interrupted' : 'mic.track_ended',
      confidence: 0.95,
      since: micEnded.at,
      text: isPhone
        ? `The system ended the microphone of ${who}.`
        : `The microphone of ${who} stopped during the call.`,
      evidence: [seenEntry(micEnded, 'The track ended.')],
    };
  }
  if (micRemoved !== undefined) {
    return {
      ...base,
      code: 'mic.no_track',
      confidence: 0.95,
      since: micRemoved.at,
      text: `${capitalized(who)} has no microphone in this call.`,
      evidence: [seenEntry(micRemoved, 'The track was taken out of the call.')],
    };
  }
  if (trace.answeredAt === undefined || !leg.sawMicSource) return noSource(trace, leg, trace.answeredAt);
  const newest = leg.browser.last;
  if (newest === undefined) return undefined;
  const isFrozen = micClock.looked === newest.at && micClock.stillFor(trace.answeredAt) >= STILL_MS;
  if (isFrozen && sent.stillFor(trace.answeredAt) >= STILL_MS - 1_000) {
    const isPhone = leg.info?.event.browser.mobile === true;
    return {
      ...base,
      code: isPhone ? 'mic.interrupted' : 'mic.track_ended',
      confidence: 0.75,
      since: micClock.last ?? trace.answeredAt,
      text: `The microphone of ${who} gives no more sound at all.`,
      evidence: [seenSample(newest, 'Neither the microphone nor the packets move.')],
    };
  }
  return noSource(trace, leg, trace.answeredAt);
});

/** Packets without a source: only where this browser names its source at other times, or is one that always does. */
function noSource(trace: CallTrace, leg: LegTrace, answeredAt: Millis | undefined): Finding | undefined {
  if (answeredAt === undefined) return undefined;
  const shown = leg.browser.newest(STILL_MS);
  const names = leg.sawMicSource || /^(?:chrom|edge)/i.test(leg.info?.event.browser.name ?? '');
  if (!names || lengthOf(shown) < STILL_MS - 250 || shown.some(({ figures }) => figures.micSeconds !== undefined)) {
    return undefined;
  }
  if (shown.some(({ figures }) => figures.packetsSent === undefined)) return undefined;
  const [first] = shown;
  if (first === undefined || first.at < answeredAt + 1_000) return undefined;
  return {
    code: 'mic.no_track',
    side: leg.name,
    weight: 'fault',
    confidence: 0.8,
    since: first.at - first.figures.ms,
    text: `${capitalized(nameOf(trace, leg.name))} has no microphone in this call.`,
    evidence: [seenSample(first, 'The connection has a sender and no source.')],
  };
}

/**
 * Peak levels of speech, by the second: below -40 dBFS at its loudest is too quiet. Speech has pauses and soft syllables;
 * what stays within 3 dB of full scale for whole seconds is cut off, whatever a limiter made of it afterwards.
 */
const LOW_LEVEL = 0.01;
const LOW_FLOOR = 1.5e-3;
const CLIPPED_LEVEL = 0.7;

/** Somebody talks, as the ups and downs of the level say, and nothing of it was ever loud enough. */
export const micLevel = perBrowser((trace, leg) => {
  if (trace.answeredForMs < 3_000 || leg.micDisabled !== undefined) return undefined;
  const clipped = leg.latches.sustained(
    'mic.clipping',
    leg.browser,
    (figures) => (micLevelOf(figures) ?? 0) >= CLIPPED_LEVEL,
    3,
  );
  const base = { side: leg.name, weight: 'degraded', confidence: 0.7 } as const;
  if (clipped !== undefined) {
    return {
      ...base,
      code: 'mic.clipping',
      since: clipped.since,
      text: `The microphone of ${nameOf(trace, leg.name)} is too loud: speech is distorted.`,
      evidence: clipped.shown.map((kept) => seenSample(kept, 'The level stays at full scale.')),
    };
  }
  if (leg.loudest >= LOW_LEVEL || trace.answeredForMs < 8_000) return undefined;
  const shown = leg.browser.newest(8_000);
  const levels = shown.flatMap(({ figures }) => micLevelOf(figures) ?? []);
  const [first] = shown;
  if (first === undefined || levels.length < 6) return undefined;
  const audible = levels.filter((level) => level >= LOW_FLOOR).length;
  const isSpeech = audible >= 5 || (audible >= 2 && Math.max(...levels) >= 4 * Math.min(...levels));
  if (!isSpeech) return undefined;
  return {
    ...base,
    code: 'mic.low_level',
    since: first.at - first.figures.ms,
    text: `The microphone of ${nameOf(trace, leg.name)} picks up speech far too quietly.`,
    evidence: [seenSample(first, `The loudest second so far was ${decibels(leg.loudest)} dB below full scale.`)],
  };
});

const decibels = (level: number): number => Math.round(-20 * Math.log10(Math.max(level, 1e-9)));
