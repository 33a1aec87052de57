import { ERRORS, type ErrorCode } from '@earshot/base';
import type { LegFigures } from '@earshot/telemetry';
import { entryOf } from '../catalogue/index.js';
import type { CallTrace } from '../features/call-trace.js';
import type { LegTrace } from '../features/leg-trace.js';
import { differentTrips, isBursty, lateIn, lossIn, lossLimit, lossOf, type Passage } from '../features/network.js';
import type { Kept } from '../features/window.js';
import { type Finding, type Rule, seenSample } from './finding.js';
import { type Queue, queueOf } from './queue.js';
import { nameOf, sideOfLeg } from './sides.js';

const JITTER_MS = 30;
const DELAY_MS = 400;
/** A buffer that has grown to so much, where jitter is not small either: at rest it holds 30 to 60 ms. */
const STRETCHED_MS = 80;
const STRETCHED_JITTER_MS = 20;
/** Packets a second that say nothing of jitter now. */
const FEW = 10;
/** Share of packets that came too late to be played. */
const LATE_SHARE = 0.01;
/** Share of what is heard that is made up: from here it is audible. */
const CONCEALED_SHARE = 0.03;
/** How long jitter is held back that the browser itself measured, in ms. */
const DOWN_HOLD_MS = 3_000;
/** How much longer than at its best the round trip is where packets queue, in ms. */
const QUEUE_MS = 100;
/** So much that one report of it is enough: a busy machine adds less. */
const FULL_MS = 400;
/** Share that seems lost for a moment where packets overtake each other. */
const REORDERED_SHARE = 0.04;
/** Share in 10 s from which runs of losses are heard. */
const BURST_SHARE = 0.01;

type Way = 'up' | 'down';

const isStalled = (trace: CallTrace): boolean => trace.stalledAt !== undefined && trace.now - trace.stalledAt < 5_000;

/** Loss, jitter and delay between a browser and the gateway, both ways; the worse way speaks for the leg. */
export const browserNetwork: Rule = (trace) => {
  if (!trace.isInCall || isStalled(trace)) return [];
  return trace.browserLegs.flatMap((leg) => {
    // What was lost before it came to the gateway is lost to the browser too, and is the phone side's.
    const before = farLoss(trace, leg);
    const found = [...judgeWay(trace, leg, 'up', 0), ...judgeWay(trace, leg, 'down', before), ...delay(trace, leg)];
    return withCongestion(trace, leg, found);
  });
};

/** Share of packets that the other leg's remote lost on its way here in the last 5 s. */
const farLoss = (trace: CallTrace, leg: LegTrace): number => lossOf(trace.other(leg).up.newest(5_000));

function judgeWay(trace: CallTrace, leg: LegTrace, way: Way, lossBefore: number): Finding[] {
  const window = leg[way];
  const recent = window.newest(5_000);
  const codec = leg.gateway.last?.figures.codec ?? leg.browser.last?.figures.decoder;
  const limit = lossLimit(codec);
  const share = lossOf(recent) - lossBefore;
  // Where packets overtake each other, some of an interval come only in the next one.
  const tolerated = isUneven(recent) ? Math.max(limit, REORDERED_SHARE) : limit;
  const findings: Finding[] = [];
  const lossy = leg.latches.sustained(`loss.${way}`, window, (passage) => {
    const { lost, concealed } = passage;
    // Nearly all of it gone is no loss but a hole: that is told by what flows.
    if (lost <= 0 || lossIn(passage) > 0.9) return false;
    return share > tolerated || (share > limit / 2 && (concealed ?? 0) > CONCEALED_SHARE);
  });
  const bursts = burstsOf(leg, way);
  if (bursts !== undefined) {
    findings.push(finding(trace, leg, way, 'network.loss_burst', bursts.since, bursts.shown, share));
  } else if (lossy !== undefined) {
    const code = isBursty(window.all) ? 'network.loss_burst' : 'network.loss';
    findings.push(finding(trace, leg, way, code, lossy.since, lossy.shown, share));
  }
  const farJitter = trace.other(leg).gateway.last?.figures.jitterMs ?? 0;
  const isJittery = (passage: Passage, { at }: Kept<Passage>): boolean => {
    const { jitterMs, bufferMs, received, ms } = passage;
    // Jitter is smoothed over packets: of a few a second, as in silence (DTX), it tells of what was long ago.
    const isNow = received * 1_000 >= FEW * ms;
    const isOwn = way === 'up' || farJitter <= JITTER_MS;
    // Browsers leave packets that overtake each other out of their jitter; their buffers cannot.
    const isStretched = (jitterMs ?? 0) > STRETCHED_JITTER_MS && (bufferMs ?? 0) > STRETCHED_MS;
    // What this gateway sent late fills a browser's buffer too, and that takes seconds to drain.
    const isLate = isNow && isOwn && ((jitterMs ?? 0) > JITTER_MS || (isStretched && !trace.isShaken(leg, at)));
    return isLate || (lateIn(passage) > LATE_SHARE && passage.lost <= 0);
  };
  // The browser's own reports are here before its samples are.
  const isReported = way === 'down' && (leg.gateway.last?.figures.remoteJitterMs ?? 0) > JITTER_MS;
  const uneven = leg.latches.sustained(`jitter.${way}`, window, isJittery, isReported ? 2 : 3);
  if (uneven !== undefined) {
    const jitter = finding(trace, leg, way, 'network.jitter', uneven.since, uneven.shown, share);
    // Samples that show it show as well whether the page is too busy; those of the gateway are here before them.
    findings.push(way === 'down' ? { ...jitter, holdMs: DOWN_HOLD_MS } : jitter);
  }
  return findings;
}

const isUneven = (kept: readonly Kept<Passage>[]): boolean =>
  kept.some(({ figures: { jitterMs } }) => (jitterMs ?? 0) > JITTER_MS);

/** Two runs of a tenth of a second within 10 s, though the seconds between are clean. */
function burstsOf(
  leg: LegTrace,
  way: Way,
): { readonly since: number; readonly shown: readonly Kept<Passage>[] } | undefined {
  const window = leg[way];
  const share = lossOf(window.all);
  const isTold = share > (isUneven(window.all) ? REORDERED_SHARE : BURST_SHARE);
  const hit = window.all.filter((kept) => {
    const { lost, longestLoss } = kept.figures;
    return lost >= 5 && (longestLoss ?? 0) >= 5 && lossIn(kept.figures) <= 0.9;
  });
  const [first] = hit;
  if (first === undefined || hit.length < 2 || !isTold) {
    leg.bursts.delete(way);
    return undefined;
  }
  const since = leg.bursts.get(way) ?? first.at - first.figures.ms;
  leg.bursts.set(way, since);
  return { since, shown: hit.slice(0, 3) };
}

const WAYS = { up: 'on the way from', down: 'on the way to' } as const;

function finding(
  trace: CallTrace,
  leg: LegTrace,
  way: Way,
  code: ErrorCode,
  since: number,
  shown: readonly Kept<Passage>[],
  share: number,
): Finding {
  const percent = Math.max(1, Math.round(share * 100));
  const texts: Partial<Readonly<Record<ErrorCode, string>>> = {
    'network.loss': `About ${percent}% of the sound is lost`,
    'network.loss_burst': 'Whole words are lost',
    'network.jitter': 'The sound arrives unevenly',
  };
  return {
    code,
    side: leg.name,
    weight: 'degraded',
    confidence: 0.85,
    since,
    text: `${texts[code]} ${WAYS[way]} ${nameOf(trace, leg.name)}.`,
    evidence: shown.map((kept) => {
      const { received, lost, jitterMs } = kept.figures;
      const uneven = jitterMs === undefined ? '' : `, jitter ${Math.round(jitterMs)} ms`;
      return seenSample(kept, `${lost} of ${lost + received} packets lost${uneven}.`);
    }),
  };
}

/** A round trip that is long and stays so; one that climbs is a queue that fills. */
function delay(trace: CallTrace, leg: LegTrace): Finding[] {
  const lasting = leg.latches.sustained('delay', leg.trips, ({ trip }) => trip > DELAY_MS);
  const trips = differentTrips(leg.trips);
  // Measurements come every few seconds: two that agree are as good as samples that repeat one.
  const confirmed = leg.roundTrip.confirmed(DELAY_MS, trace.now);
  const slow = lasting ?? confirmedTrips(leg, confirmed);
  if (slow === undefined) {
    leg.climbed = false;
    return [];
  }
  // What fills up comes to its end when it is full: it is congestion until the round trip is short again.
  const long = trips.filter((trip) => trip > LONG_MS);
  // What is lost besides may be a queue that overflows, and two that grow a step that was measured half-way, or a queue: the next one tells.
  const isLossy = [leg.up, leg.down].some((window) => lossOf(window.newest(5_000)) > REORDERED_SHARE);
  const mayGrow = long.length === 2 && isClimbing(long);
  const isSteady = confirmed !== undefined && !isClimbing(confirmed.map(({ trip }) => trip));
  const isUnsure = isSteady ? isLossy && lasting === undefined : mayGrow || (long.length < 2 && isLossy);
  if (isUnsure && trace.now - slow.since < UNSURE_MS) return [];
  leg.climbed ||= !isSteady && isClimbing(long);
  const seconds = (Math.max(...trips, DELAY_MS) / 1000).toFixed(1);
  return [
    {
      code: leg.climbed ? 'network.congestion' : 'network.delay',
      side: leg.name,
      weight: 'degraded',
      confidence: 0.8,
      since: slow.since,
      text: leg.climbed
        ? `The line of ${nameOf(trace, leg.name)} fills up: the sound is ${seconds} s late there and back, and more each time.`
        : `The sound to ${nameOf(trace, leg.name)} takes long: ${seconds} s there and back.`,
      evidence: slow.shown.map((kept) => seenSample(kept, `Round trip ${Math.round(kept.figures.trip)} ms.`)),
    },
  ];
}

/** The samples at or after which these were known. */
function confirmedTrips(leg: LegTrace, confirmed: readonly { readonly at: number }[] | undefined) {
  const [first] = confirmed ?? [];
  if (first === undefined) return undefined;
  const shown = leg.trips.all.filter(({ at, figures }) => at >= first.at && figures.trip > DELAY_MS).slice(0, 3);
  // A round trip is known when it is over, and was asked for before that.
  return { since: first.at - 1_000, shown: shown.length > 0 ? shown : leg.trips.all.slice(-1) };
}

/** The newest two that are long at all: a step has happened by then, a queue goes on filling. */
const isClimbing = (trips: readonly number[]): boolean => {
  const [before, newest] = trips.slice(-2);
  return before !== undefined && newest !== undefined && newest > 1.15 * before && newest > before + 50;
};

const LONG_MS = 150;
const UNSURE_MS = 5_500;

/** A round trip that rose before packets went missing: they queue, then are dropped. All else follows from it. */
function withCongestion(trace: CallTrace, leg: LegTrace, found: readonly Finding[]): Finding[] {
  const lossy = found.find(({ code }) => code === 'network.loss' || code === 'network.loss_burst');
  const queued = queueOf(trace, leg, lossy !== undefined);
  if (queued !== undefined)
    return [...found.filter(({ code }) => code !== 'network.congestion'), fullLine(trace, leg, queued)];
  if (lossy === undefined) return [...found];
  const longest = leg.bestRoundTripMs + QUEUE_MS;
  const queue = leg.latches.sustained('queue', leg.trips, ({ trip }) => trip > longest);
  // The gateway's own reports of this browser come a little earlier than its samples.
  const told = leg.gateway.last;
  const isTold = (told?.figures.roundTripMs ?? 0) > leg.bestRoundTripMs + FULL_MS;
  if (queue === undefined && !isTold) return [...found];
  const congestion: Finding = {
    code: 'network.congestion',
    side: leg.name,
    weight: 'degraded',
    confidence: 0.8,
    since: Math.min(queue?.since ?? lossy.since, lossy.since),
    text: `The line of ${nameOf(trace, leg.name)} is full: the sound is late, then lost.`,
    evidence: [
      ...(queue?.shown ?? []).map((kept) => seenSample(kept, `Round trip ${Math.round(kept.figures.trip)} ms.`)),
      ...(isTold && told !== undefined
        ? [seenSample(told, `Round trip ${Math.round(told.figures.roundTripMs ?? 0)} ms by its reports.`)]
        : []),
      ...lossy.evidence.slice(0, 2),
    ],
  };
  return [...found.filter(({ code }) => code !== 'network.congestion'), congestion];
}

/** Packets were seen to wait: what was sent is neither there nor lost. */
const fullLine = (trace: CallTrace, leg: LegTrace, { since, shown }: Queue): Finding => ({
  code: 'network.congestion',
  side: leg.name,
  weight: 'degraded',
  confidence: 0.8,
  since,
  text: `The line of ${nameOf(trace, leg.name)} is full: the sound is late, then lost.`,
  evidence: shown.map((kept) =>
    seenSample(kept, `${Math.round(kept.figures.waiting)} packets were on their way, neither here nor lost.`),
  ),
});

/** Loss and jitter on the phone side: the same figures there. The gateway's own order hides them from the browser. */
export const farEndNetwork: Rule = (trace) => {
  if (!trace.isInCall || isStalled(trace)) return [];
  return trace.sipLegs.flatMap((leg) => {
    const limit = lossLimit(leg.gateway.last?.figures.codec ?? 'PCMA');
    const recent = leg.up.newest(5_000);
    const tolerated = isUneven(recent) ? Math.max(limit, REORDERED_SHARE) : limit;
    const inbound = lossOf(recent);
    const outbound = lossByReport(leg.gateway.newest(5_000));
    const findings: Finding[] = [];
    const base = { side: sideOfLeg(trace, leg.name), weight: 'degraded', confidence: 0.85 } as const;
    const lossyIn = leg.latches.sustained(
      'far.in',
      leg.up,
      ({ lost, received }) => lost > 0 && received > 0 && inbound > tolerated,
    );
    // Reports come every few seconds: one of them speaks for all of these.
    const lossyOut = leg.latches.sustained('far.out', leg.gateway, () => outbound > limit && outbound < 0.9);
    const lost = lossyIn ?? burstsOf(leg, 'up');
    const since = lost?.since ?? lossyOut?.since;
    if (since !== undefined) {
      const percent = Math.max(1, Math.round(Math.max(inbound, outbound) * 100));
      findings.push({
        ...base,
        code: 'network.far_end_loss',
        since,
        text: `About ${percent}% of the sound is lost between this gateway and ${nameOf(trace, leg.name)}.`,
        evidence: [
          ...(lost?.shown ?? []).map((kept) =>
            seenSample(kept, `${kept.figures.lost} of the packets it sent were lost.`),
          ),
          ...(lossyOut?.shown ?? []).map((kept) =>
            seenSample(kept, `It reports ${kept.figures.remotePacketsLost ?? 0} of ours as lost.`),
          ),
        ],
      });
    }
    const uneven = leg.latches.sustained(
      'far.jitter',
      leg.gateway,
      ({ jitterMs, packetsReceived }) => packetsReceived > 0 && jitterMs > JITTER_MS,
    );
    if (uneven !== undefined) {
      findings.push({
        ...base,
        code: 'network.jitter',
        since: uneven.since,
        text: `The sound of ${nameOf(trace, leg.name)} arrives unevenly at this gateway.`,
        next: { user: ERRORS['network.far_end_loss'].next, operator: entryOf('network.far_end_loss').operator },
        evidence: uneven.shown.map((kept) => seenSample(kept, `Jitter ${Math.round(kept.figures.jitterMs)} ms.`)),
      });
    }
    return findings;
  });
};

/** Of what we sent, the share that the phone side reports as lost. */
function lossByReport(recent: readonly Kept<LegFigures>[]): number {
  let lost = 0;
  let sent = 0;
  for (const { figures } of recent) {
    lost += Math.max(0, figures.remotePacketsLost ?? 0);
    sent += figures.packetsSent;
  }
  return sent === 0 || lost < 5 ? 0 : lost / sent;
}
