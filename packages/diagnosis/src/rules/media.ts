import { ERRORS } from '@earshot/base';
import type { BrowserFigures, LegFigures, LegName } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import type { LegTrace } from '../features/leg-trace.js';
import { type Finding, type Rule, seenAt, seenEntry, seenSample } from './finding.js';
import { capitalized, nameOf, sideOfLeg } from './sides.js';

/** How long a direction may carry nothing: longer than any restart, and than the pause between packets of DTX (0.4 s). */
const DEAD_MS = 3_500;
/** The same where the gateway or the page stood still meanwhile: what is late then is not missing. */
const SHAKEN_DEAD_MS = 10_000;
/** Of what the gateway sends, the browser says itself that it gets none. */
const DEAF_MS = 2_500;
/** Phones with silence suppression send nothing while nobody talks; their packets came less evenly before. */
const SUPPRESSED_MS = 20_000;
const SPARSE_SECONDS = 3;

const LEGS: readonly LegName[] = ['caller', 'callee'];

const isFresh = (trace: CallTrace, looked: number | undefined, withinMs = 3_000): boolean =>
  looked !== undefined && trace.now - looked < withinMs;

/** Both legs have a description that says so: nobody who is on hold sends. */
const isHeld = (trace: CallTrace): boolean =>
  LEGS.some(
    (leg) => trace.legs[leg].heldSince !== undefined || trace.legs[leg].remoteAudio?.event.direction === 'inactive',
  );

/** Answered, and no packet comes from the phone side; or they came, and stopped. */
export const farEndDead: Rule = (trace) => {
  const dueAt = trace.soundDueAt;
  if (dueAt === undefined || !trace.seesMiddle) return [];
  return trace.sipLegs.flatMap((leg) => {
    const { arrived, name } = leg;
    // Who was never sent anything may have nothing to say: a line that gives back what it hears, for one.
    if (isCutOff(trace.other(leg))) return [];
    if (!leg.maySend || isHeld(trace) || !isFresh(trace, arrived.looked)) return [];
    const still = arrived.stillFor(dueAt);
    const isSuppressing = arrived.last !== undefined && leg.sparseSeconds >= SPARSE_SECONDS;
    if (still < (isSuppressing ? SUPPRESSED_MS : deadMs(trace, leg, DEAD_MS))) return [];
    const since = Math.max(dueAt, arrived.last ?? 0);
    const never = arrived.last === undefined;
    const bad = badAdvertised(leg, nameOf(trace, name));
    const last = leg.gateway.last;
    const shown = [
      ...(leg.remoteAudio === undefined ? [] : [seenEntry(leg.remoteAudio, 'It agreed to send audio.')]),
      ...(last === undefined ? [] : [seenSample(last, 'No packet came from it.')]),
    ];
    if (bad !== undefined && never) {
      return [{ ...bad, since, evidence: [...bad.evidence, ...shown] }];
    }
    return [
      {
        code: 'media.far_end_leg_dead',
        side: sideOfLeg(trace, name),
        weight: 'fault',
        confidence: never ? 0.9 : 0.8,
        since,
        text: never
          ? `The call was answered, but no sound comes from ${nameOf(trace, name)}.`
          : `No more sound comes from ${nameOf(trace, name)}.`,
        evidence: shown,
      } satisfies Finding,
    ];
  });
};

/** A browser that never had a secured way to us: not a word of it went on to the phone side. */
const isCutOff = ({ kind, secured, browserSecured, mediaReceivedAt, arrived }: LegTrace): boolean =>
  kind === 'browser' &&
  secured === undefined &&
  browserSecured === undefined &&
  mediaReceivedAt === undefined &&
  arrived.last === undefined;

/** The phone side was told an address of ours that leads nowhere from where it is. */
function badAdvertised({ localAudio, remoteAudio }: LegTrace, who: string): Omit<Finding, 'since'> | undefined {
  const [ours, theirs] = [localAudio?.event.address, remoteAudio?.event.address];
  if (localAudio === undefined || ours === undefined || theirs === undefined) return undefined;
  if (!isPrivate(ours) || isPrivate(theirs) || !/\d+\.\d+/.test(theirs)) return undefined;
  return {
    code: 'server.bad_advertised_address',
    side: 'gateway',
    weight: 'fault',
    confidence: 0.8,
    text: `This gateway told ${who} to send to an address that cannot be reached from outside.`,
    evidence: [seenEntry(localAudio, `Our description says ${ours}; ${who} is at ${theirs}.`)],
    next: { operator: 'Set sip.advertisedAddress to the address this machine has on the outside.' },
  };
}

/** Private, loopback and shared addresses by their first parts (RFC 1918, 6598): what privacy levels leave of them. */
const isPrivate = (address: string): boolean =>
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1$|f[cd]|fe[89ab])/i.test(
    address,
  );

/** A browser sends, and nothing of it arrives; or what is sent to it does not arrive. Lost packets stay at 0 then. */
export const blackHole: Rule = (trace) => {
  const dueAt = trace.soundDueAt;
  if (dueAt === undefined) return [];
  return trace.browserLegs.flatMap((leg) => {
    const findings: Finding[] = [];
    const who = nameOf(trace, leg.name);
    const { sent, arrived, departed, received } = leg;
    if (
      trace.seesMiddle &&
      isFresh(trace, arrived.looked) &&
      sent.movedWithin(2_500) &&
      isFresh(trace, sent.looked, 8_000)
    ) {
      const still = arrived.stillFor(dueAt);
      const since = Math.max(dueAt, arrived.last ?? 0);
      const isSeen = (sent.last ?? 0) >= since + 1_500 && sentSince(leg, since);
      if (still >= deadMs(trace, leg, DEAD_MS) && isSeen && isSending(leg) && isPathAlive(leg, since)) {
        findings.push({
          code: leg.name === 'caller' ? 'media.one_way_uplink' : 'media.one_way_downlink',
          side: leg.name,
          weight: 'fault',
          confidence: 0.9,
          since,
          text: `${capitalized(who)} sends sound, and nothing of it reaches this gateway.`,
          evidence: sampleEvidence(leg, 'The browser sends', 'Nothing arrives from it.'),
          next: {
            operator: 'Look at what stands between this browser and the media port: it drops what the browser sends.',
          },
        });
      }
    }
    const isServed = trace.seesMiddle ? isServing(leg) && departed.movedWithin(2_500) : true;
    const deafMs = deadMs(trace, leg, trace.seesMiddle ? DEAF_MS : 6_000);
    if (leg.mayReceive && !isHeld(trace) && isServed && isFresh(trace, received.looked, 8_000)) {
      const isDeaf = received.stillFor(dueAt) >= deafMs && received.looked !== undefined;
      const since = Math.max(dueAt, received.last ?? 0);
      if (isDeaf && isPathAlive(leg, since)) {
        findings.push({
          code: leg.name === 'caller' ? 'media.one_way_downlink' : 'media.one_way_uplink',
          side: leg.name,
          weight: 'fault',
          confidence: trace.seesMiddle ? 0.9 : 0.5,
          since,
          text: trace.seesMiddle
            ? `This gateway sends sound to ${who}, and nothing of it arrives.`
            : `No sound reaches the browser of ${who}.`,
          evidence: sampleEvidence(leg, 'The browser', 'Nothing arrives at it.'),
          next: { operator: 'Look at what stands between the media port and this browser: it drops what we send.' },
        });
      }
    }
    return findings;
  });
};

const deadMs = (trace: CallTrace, leg: LegTrace, usual: number): number =>
  trace.isShaken(leg) ? Math.max(usual, SHAKEN_DEAD_MS) : usual;

/** A whole interval after that in which it sent: a long one that began before says nothing. */
const sentSince = ({ browser }: LegTrace, since: number): boolean =>
  browser.all.some(({ at, figures }) => (figures.packetsSent ?? 0) > 0 && at - figures.ms >= since - 300);

/** Checks go through meanwhile: it is not the path that is dead. Whoever counts no checks is asked for bytes. */
function isPathAlive({ checks, transportIn }: LegTrace, since: number): boolean {
  if (checks.looked !== undefined) return checks.last !== undefined && checks.last > since + 500;
  return transportIn.looked === undefined || (transportIn.last ?? 0) > since;
}

function isSending({ browser }: LegTrace): boolean {
  const shown = browser.newest(2_000);
  return shown.length > 0 && shown.every(({ figures }) => (figures.packetsSent ?? 0) * 1000 >= 1.5 * figures.ms);
}

function isServing({ gateway }: LegTrace): boolean {
  const shown = gateway.newest(3_000);
  return shown.length > 0 && shown.every(({ figures }) => figures.packetsSent * 1000 >= 10 * figures.ms);
}

function sampleEvidence({ browser, gateway }: LegTrace, ofBrowser: string, ofGateway: string): Finding['evidence'] {
  const [page, middle] = [browser.last, gateway.last];
  return [
    ...(page === undefined
      ? []
      : [
          seenSample(
            page,
            `${ofBrowser}: ${page.figures.packetsSent ?? 0} packets out, ${page.figures.packetsReceived ?? 0} in.`,
          ),
        ]),
    ...(middle === undefined
      ? []
      : [
          seenSample(
            middle,
            `At the gateway: ${middle.figures.packetsReceived} packets in, ${middle.figures.packetsSent} out. ${ofGateway}`,
          ),
        ]),
  ];
}

/** What the first of the two reports that deny it speaks of. */
const DENIAL_MS = 2_500;

/** The phone side reports that nothing of ours arrives. */
export const farEndDeaf: Rule = (trace) =>
  trace.sipLegs.flatMap((leg) => {
    const { mediaDenied, name } = leg;
    if (trace.answeredAt === undefined || mediaDenied === undefined || isHeld(trace)) return [];
    if (trace.now - mediaDenied.at < 1_000) return [];
    return [
      {
        code: name === 'callee' ? 'media.one_way_uplink' : 'media.one_way_downlink',
        side: 'far-end',
        weight: 'fault',
        confidence: 0.85,
        // It takes two reports, and they speak of the time before.
        since: mediaDenied.at - DENIAL_MS,
        text: `This gateway sends sound to ${nameOf(trace, name)}, and nothing of it arrives there.`,
        evidence: [seenEntry(mediaDenied, 'Its receiver reports (RTCP) know nothing of our packets.')],
        next: {
          user: ERRORS['media.far_end_leg_dead'].next,
          operator: 'Look at the way from the gateway to the phone side: firewall, NAT, advertised address.',
        },
      } satisfies Finding,
    ];
  });

/** How long a line may be without any sound at all from the answer on. */
const NOTHING_HEARD_MS = 4_000;

/** Packets come from the phone side, and hold digital silence since the answer. */
export const farEndSilent: Rule = (trace) => {
  if (trace.answeredAt === undefined || isHeld(trace)) return [];
  const { answeredAt } = trace;
  const heardHere = trace.browserLegs.some(({ micHeard }) => micHeard.last !== undefined && micHeard.last > answeredAt);
  // A line that gives back what it is given is silent as long as nobody says anything into it.
  const knowsMics = trace.browserLegs.some(({ micHeard }) => micHeard.looked !== undefined);
  const legs = trace.seesMiddle ? trace.sipLegs : trace.browserLegs;
  return legs.flatMap((leg) => {
    const { remoteHeard, arrived, received } = leg;
    if (knowsMics && !heardHere) return [];
    const flow = trace.seesMiddle ? arrived : received;
    if (remoteHeard.last !== undefined && remoteHeard.last > answeredAt) return [];
    if (!flow.movedWithin(2_000) || !isFresh(trace, remoteHeard.looked)) return [];
    if (remoteHeard.stillFor(answeredAt) < NOTHING_HEARD_MS) return [];
    const last = trace.seesMiddle ? leg.gateway.last : leg.browser.last;
    if (last === undefined || (!trace.seesMiddle && (leg.browser.last?.figures.samplesReceived ?? 1) === 0)) return [];
    return [
      {
        code: 'media.far_end_silent',
        side: trace.seesMiddle ? 'far-end' : otherSide(trace, leg),
        weight: 'fault',
        confidence: trace.seesMiddle ? 0.75 : 0.6,
        since: answeredAt,
        text: `${capitalized(nameOf(trace, trace.seesMiddle ? leg.name : trace.other(leg).name))} has sent nothing but silence since the answer.`,
        evidence: [seenAt(answeredAt, 'Answered.'), seenSample(last, 'Packets come, and hold digital silence.')],
      } satisfies Finding,
    ];
  });
};

const otherSide = (trace: CallTrace, leg: LegTrace): Finding['side'] => sideOfLeg(trace, trace.other(leg).name);

/** Packets that nobody agreed on, or that do not decode. */
export const payload: Rule = (trace) =>
  LEGS.flatMap((name) => {
    const leg = trace.legs[name];
    const foreign = leg.latches.sustained('media.payload', leg.gateway, isForeign);
    if (foreign !== undefined) {
      return [
        {
          code: 'media.payload_mismatch',
          side: sideOfLeg(trace, name),
          weight: 'fault',
          confidence: 0.9,
          since: foreign.since,
          text: `${capitalized(nameOf(trace, name))} sends sound of a kind that was not agreed on, or that cannot be played.`,
          evidence: foreign.shown.map((kept) =>
            seenSample(
              kept,
              `${kept.figures.packetsRefused ?? 0} of another type, ${kept.figures.packetsUndecodable ?? 0} undecodable.`,
            ),
          ),
        } satisfies Finding,
      ];
    }
    if (leg.kind !== 'browser') return [];
    const undecoded = leg.latches.sustained('media.undecoded', leg.browser, isUndecoded);
    if (undecoded === undefined) return [];
    return [
      {
        code: 'media.payload_mismatch',
        side: 'gateway',
        weight: 'fault',
        confidence: 0.6,
        since: undecoded.since,
        text: `Sound reaches the browser of ${nameOf(trace, name)}, and cannot be played there.`,
        evidence: undecoded.shown.map((kept) =>
          seenSample(kept, `${kept.figures.packetsReceived} packets came, and all that was played was made up.`),
        ),
      } satisfies Finding,
    ];
  });

const isForeign = ({ packetsRefused, packetsUndecodable, packetsReceived, ms }: LegFigures): boolean => {
  const bad = (packetsRefused ?? 0) + (packetsUndecodable ?? 0);
  return bad * 1000 >= 5 * ms && bad * 2 > packetsReceived;
};

/** Packets that are neither lost nor late, and everything that is played is concealment. */
const isUndecoded = ({
  packetsReceived,
  concealedSamples,
  samplesReceived,
  packetsLost,
  packetsDiscarded,
  ms,
}: BrowserFigures): boolean =>
  (packetsReceived ?? 0) * 1000 >= 20 * ms &&
  (samplesReceived ?? 0) > 0 &&
  (concealedSamples ?? 0) >= 0.95 * (samplesReceived ?? 0) &&
  (packetsLost ?? 0) + (packetsDiscarded ?? 0) <= 0.1 * (packetsReceived ?? 0);

/** A key was pressed, and could not be handed on as an event (RFC 4733). */
export const keys: Rule = (trace) =>
  LEGS.flatMap((name) => {
    const { undelivered, abandonedKeys } = trace.legs[name];
    const shown = undelivered ?? abandonedKeys;
    if (shown === undefined) return [];
    const deaf = undelivered === undefined ? name : trace.other(trace.legs[name]).name;
    return [
      {
        code: 'dtmf.not_negotiated',
        side: sideOfLeg(trace, deaf),
        weight: 'degraded',
        confidence: 0.9,
        since: shown.at,
        text: `A key was pressed, and ${nameOf(trace, deaf)} does not take keys in this call.`,
        evidence: [seenEntry(shown, 'The key could not be handed on: no telephone-events were agreed on.')],
      } satisfies Finding,
    ];
  });
