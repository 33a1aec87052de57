import type { ErrorCode, Millis } from '@earshot/base';
import type { BrowserFigures, LegFigures } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import type { LegTrace } from '../features/leg-trace.js';
import { lengthOf, total } from '../features/window.js';
import { type Finding, type Rule, seenAt, seenEntry, seenSample } from './finding.js';
import { refinedHandshake } from './reach.js';
import { headline, nameOf, sideOfCode } from './sides.js';
import { pageIsGone } from './signaling.js';

/** Alerts by which a browser says that our certificate is not what signalling announced (RFC 5246 section 7.2.2). */
const CERTIFICATE_ALERTS: ReadonlySet<number> = new Set([42, 43, 44, 45, 46, 48, 51]);

/** A handshake that came to its end, without keys. */
export const handshake: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    const { name, alert, failed, sdpRefused } = leg;
    const { ended } = trace;
    const isClosing = ended !== undefined && (leg.browserDtlsFailed?.at ?? 0) >= ended.at - 100;
    const isNamed = /^(?:ice|dtls)\./.test(ended?.event.code ?? '');
    const browserDtlsFailed = isClosing && !isNamed ? undefined : leg.browserDtlsFailed;
    const findings: Finding[] = [];
    const code = failed?.event.code;
    const isFatal = code === 'dtls.peer_alert' || code === 'dtls.timeout';
    const noted = isFatal
      ? failed
      : leg.secured === undefined && leg.browserSecured === undefined
        ? browserDtlsFailed
        : undefined;
    if (alert !== undefined && CERTIFICATE_ALERTS.has(alert.event.description)) {
      findings.push({
        code: 'dtls.fingerprint_mismatch',
        side: sideOfCode(trace, 'dtls.fingerprint_mismatch', name),
        weight: 'fault',
        confidence: 0.9,
        since: alert.at,
        text: `The browser of ${nameOf(trace, name)} takes this gateway for another one than was announced.`,
        evidence: [
          seenEntry(alert, `DTLS alert ${alert.event.description} from the browser: it refused our certificate.`),
        ],
      });
    } else if (noted !== undefined && failed?.event.code !== 'dtls.fingerprint_mismatch') {
      findings.push(...brokenHandshake(trace, leg, noted, isFatal && code !== undefined ? code : undefined));
    }
    if (sdpRefused !== undefined) {
      const { name: exception, message } = sdpRefused.event;
      findings.push({
        code: 'media.bad_sdp',
        side: name,
        weight: 'fault',
        confidence: 0.8,
        since: sdpRefused.at,
        text: `The browser of ${nameOf(trace, name)} could not use what it was told about the call.`,
        evidence: [seenEntry(sdpRefused, `${exception}${message === undefined ? '' : `: ${message}`}`)],
      });
    }
    return findings;
  });

/** How soon a handshake that is refused fails; what is lost on the way takes seconds. */
const REFUSED_MS = 3_000;

function brokenHandshake(
  trace: CallTrace,
  leg: LegTrace,
  noted: { readonly at: Millis; readonly index: number | undefined },
  code: ErrorCode | undefined,
): Finding[] {
  const began = leg.connectedOnce ?? noted.at;
  const soon = noted.at - began < REFUSED_MS;
  const named: ErrorCode =
    leg.partialFlight !== undefined
      ? 'dtls.mtu_drop'
      : code === undefined && soon
        ? 'dtls.fingerprint_mismatch'
        : code === 'dtls.peer_alert'
          ? code
          : refinedHandshake(leg, leg.helloSeen ? 'dtls.timeout' : 'dtls.blackholed');
  return [
    {
      code: named,
      side: sideOfCode(trace, named, leg.name),
      weight: 'fault',
      confidence: code === undefined ? 0.6 : 0.8,
      since: noted.at,
      text: headline(trace, named, leg.name),
      evidence: [
        seenEntry({ ...noted, event: undefined }, `DTLS failed ${noted.at - began} ms after there was a path.`),
      ],
    },
  ];
}

/** Packets come and do not authenticate: the gateway counts them, the browser sees bytes and no packets. */
export const srtp: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    const base = { code: 'srtp.auth_failed', side: leg.name, weight: 'fault' } as const;
    const who = nameOf(trace, leg.name);
    const forged = leg.latches.sustained('srtp.forged', leg.gateway, isForged, 2);
    if (forged !== undefined) {
      const evidence = forged.shown.map((kept) =>
        seenSample(
          kept,
          `${kept.figures.srtpAuthFailures} packets with a wrong tag, ${kept.figures.packetsReceived} good.`,
        ),
      );
      const text = `The sound that ${who} sends is changed on the way, and cannot be used.`;
      return [{ ...base, confidence: 0.95, since: forged.since, text, evidence }];
    }
    // Without packets for it nothing can fail to authenticate.
    const isServed = !trace.seesMiddle || (leg.departed.movedWithin(2_500) && isFed(leg));
    if (leg.received.movedWithin(2_500) || !isServed) return [];
    const deaf = leg.latches.sustained('srtp.deaf', leg.browser, isDeaf);
    if (deaf === undefined) return [];
    const evidence = deaf.shown.map((kept) =>
      seenSample(kept, `${kept.figures.transportBytesReceived} bytes came, and not one packet of audio.`),
    );
    const text = `The sound sent to ${who} is changed on the way, and cannot be used.`;
    return [{ ...base, confidence: 0.7, since: deaf.since, text, evidence }];
  });

const isFed = ({ gateway }: LegTrace): boolean =>
  gateway.newest(3_000).every(({ figures }) => figures.packetsSent * 1000 >= 10 * figures.ms);

const isForged = ({ srtpAuthFailures, packetsReceived, ms }: LegFigures): boolean =>
  (srtpAuthFailures ?? 0) * 1000 >= 5 * ms && (srtpAuthFailures ?? 0) > packetsReceived;

/** As many bytes as audio has, and none of it: checks and reports are fewer. */
const isDeaf = ({ transportBytesReceived, packetsReceived, ms }: BrowserFigures): boolean =>
  packetsReceived === 0 && (transportBytesReceived ?? 0) * 1000 >= 1_500 * ms;

/** How long nothing may come either way: a restart takes about a second. */
const LOST_MS = 2_500;
/** And where the gateway or the page stood still meanwhile: what is late then is not lost. */
const SHAKEN_LOST_MS = 10_000;
/** A restart that has other ways to try gets so much longer, and all of them together so long. */
const RESTART_MS = 3_000;
const RESTARTS_MS = 6_500;
/** Samples of a browser are not older than this, while its socket works. */
const LATEST_MS = 5_500;

/** A path that carried media carries nothing any more. */
export const pathLost: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    if (leg.connectedOnce === undefined || (trace.ended !== undefined && trace.ended.event.code === undefined))
      return [];
    if (pageIsGone(trace, leg)) return [];
    const found = lossOfPath(trace, leg);
    if (found === undefined || isRestarting(trace, leg, found.since)) return [];
    const { since, evidence } = found;
    const refused = refusedRelay(trace, leg, since);
    if (refused !== undefined) return [refused];
    const alone = stillSends(trace, leg, since);
    return [
      {
        code: alone ? 'ice.consent_lost' : 'ice.path_lost',
        side: leg.name,
        weight: 'fault',
        confidence: 0.8,
        since,
        text: alone ? headline(trace, 'ice.consent_lost', leg.name) : headline(trace, 'ice.path_lost', leg.name),
        evidence,
      } satisfies Finding,
    ];
  });

/** A restart is under way, and there are relays that it may find. */
const isRestarting = (trace: CallTrace, { restartedAt, relayUrls }: LegTrace, since: Millis): boolean =>
  restartedAt !== undefined &&
  relayUrls > 0 &&
  restartedAt >= since &&
  trace.now < Math.min(restartedAt + RESTART_MS, since + RESTARTS_MS);

type Loss = Pick<Finding, 'since' | 'evidence'>;

function lossOfPath(trace: CallTrace, leg: LegTrace): Loss | undefined {
  const { gatewayIce, arrived, transportIn, connection, checks } = leg;
  const began = leg.connectedOnce ?? trace.startedAt;
  const isShaken = trace.isShaken(leg);
  const lostMs = isShaken ? SHAKEN_LOST_MS : LOST_MS;
  if (gatewayIce?.event.state === 'lost') {
    const at = Math.min(gatewayIce.at, arrived.last ?? gatewayIce.at);
    return { since: at, evidence: [seenEntry(gatewayIce, 'No more checks came from the browser.')] };
  }
  const isGatewayStill = !trace.seesMiddle || (arrived.last !== undefined && arrived.stillFor(began) >= lostMs);
  if (!isGatewayStill) return undefined;
  // Not one byte reaches the browser, not even of a check.
  if (transportIn.last !== undefined && transportIn.stillFor(began) >= lostMs) {
    const at = transportIn.last;
    return { since: at, evidence: [seenAt(at, 'The last byte reached the browser.')] };
  }
  // Audio may still come to the browser; what it sends does not, and neither do its checks.
  const last = arrived.last;
  if (
    last !== undefined &&
    checks.last !== undefined &&
    checks.last <= last + 500 &&
    checks.stillFor(began) >= lostMs
  ) {
    return {
      since: last,
      evidence: [
        seenAt(last, 'The last packet of the browser came.'),
        seenAt(checks.last, 'The last check was answered.'),
      ],
    };
  }
  // Everything is silent at once: audio, and the page that would say so.
  const page = leg.browser.last;
  const latestMs = isShaken ? SHAKEN_LOST_MS : LATEST_MS;
  if (last !== undefined && page !== undefined && trace.sees('gateway') && trace.now - page.at >= latestMs) {
    return {
      since: last,
      evidence: [
        seenAt(last, 'The last packet of the browser came.'),
        seenSample(page, 'The last sample of its page.'),
      ],
    };
  }
  const isDown = connection?.event.state === 'disconnected' || connection?.event.state === 'failed';
  if (isDown && connection !== undefined && trace.now - connection.at >= 1_000) {
    const at = Math.min(connection.at, last ?? connection.at);
    return { since: at, evidence: [seenEntry(connection, `The browser's connection is ${connection.event.state}.`)] };
  }
  return undefined;
}

/** Whether the page was there all the time, and went on sending: its outbound-rtp grows, its transport gets nothing. */
function stillSends(
  trace: CallTrace,
  { browser, signaling, signalingLost, socketLost }: LegTrace,
  since: Millis,
): boolean {
  if (signalingLost !== undefined || (socketLost !== undefined && socketLost.at >= since - 2_000)) return false;
  // It came back after that: it had been away.
  if (signaling?.event.state === 'resumed' && signaling.at >= since) return false;
  if (trace.sees('gateway') && browser.last !== undefined && trace.now - browser.last.at >= LATEST_MS) return false;
  const during = browser.all.filter(({ at, figures }) => at - figures.ms >= since - 250);
  return lengthOf(during) >= 900 && total(during, ({ packetsSent }) => packetsSent) > 0;
}

/** The relay that carried it stopped to: its refusal, or its end, came about then. */
function refusedRelay(trace: CallTrace, leg: LegTrace, since: Millis): Finding | undefined {
  const { relayRefusal, relayClosed, pair } = leg;
  if (pair !== undefined && pair.event.local.type !== 'relay') return undefined;
  const isNear = (at: Millis): boolean => Math.abs(at - since) < 60_000;
  if (relayRefusal !== undefined && isNear(relayRefusal.at) && relayRefusal.event.method !== 'allocate') {
    const { code, method } = relayRefusal.event;
    return {
      code,
      side: leg.name,
      weight: 'fault',
      confidence: 0.85,
      since,
      text: `The relay that carried the sound of ${nameOf(trace, leg.name)} refused to go on.`,
      evidence: [seenEntry(relayRefusal, `The relay refused ${method}: ${code}.`)],
    };
  }
  const reason = relayClosed?.event.reason;
  if (relayClosed === undefined || !isNear(relayClosed.at)) return undefined;
  if (reason !== 'failed' && reason !== 'shutdown') return undefined;
  return {
    code: reason === 'failed' ? 'turn.worker_failed' : 'turn.draining',
    side: 'gateway',
    weight: 'fault',
    confidence: 0.85,
    since,
    text: `The relay that carried the sound of ${nameOf(trace, leg.name)} stopped.`,
    evidence: [seenEntry(relayClosed, `The allocation ended: ${reason}.`)],
  };
}

/** Media goes another way than before: a change of network, or of relay. Nothing is wrong once it does. */
export const pathSwitched: Rule = (trace) =>
  trace.browserLegs.flatMap(({ name, switched }) => {
    if (switched === undefined || trace.now - switched.at > SWITCH_SHOWN_MS) return [];
    return [
      {
        code: 'ice.path_switched',
        side: name,
        weight: 'hint',
        confidence: 0.9,
        since: switched.at,
        text: `The sound of ${nameOf(trace, name)} goes by another way than before.`,
        evidence: [seenEntry(switched, 'Another pair of addresses carries the media.')],
      } satisfies Finding,
    ];
  });

/** A switch is a moment: it is over after this. */
const SWITCH_SHOWN_MS = 10_000;
