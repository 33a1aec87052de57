import type { CallTrace } from '../features/call-trace.js';
import type { LegTrace } from '../features/leg-trace.js';
import { type Finding, type Rule, seenAt, seenEntry } from './finding.js';
import { capitalized, nameOf } from './sides.js';

/** The socket never came up: said by the SDK, of a call that never reached the gateway. */
export const unreachable: Rule = (trace) =>
  trace.browserLegs.flatMap(({ name, unreachable: said }) =>
    said === undefined
      ? []
      : [
          {
            code: 'signaling.ws_unreachable',
            side: name,
            weight: 'fault',
            confidence: 0.9,
            since: said.at,
            text: `The browser of ${nameOf(trace, name)} could not reach the calling service.`,
            evidence: [seenEntry(said, 'No signalling socket came up.')],
          },
        ],
  );

/** How close together socket and media must go for it to be the page that went. */
const TOGETHER_MS = 4_000;

/** Whether the socket of this leg was closed, not just silent, about when its media stopped, and nobody hung up. */
export function pageIsGone(trace: CallTrace, leg: LegTrace): boolean {
  const { signalingLost: signaling, lifecycle, arrived, transportIn } = leg;
  if (signaling === undefined) return false;
  if (lifecycle?.event.state === 'leaving' && Math.abs(lifecycle.at - signaling.at) < TOGETHER_MS) return true;
  const lastMedia = arrived.last ?? transportIn.last;
  if (lastMedia === undefined) return false;
  const isStill = arrived.stillFor(trace.startedAt) >= 1_000 || leg.gatewayIce?.event.state === 'lost';
  return isStill && Math.abs(signaling.at - lastMedia) < TOGETHER_MS;
}

/** Socket and media ended together, and nobody hung up. */
export const clientGone: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    const { name, signalingLost: signaling, lifecycle, gatewayIce } = leg;
    if (signaling === undefined || trace.answeredAt === undefined || !pageIsGone(trace, leg)) return [];
    if (trace.ended !== undefined && trace.ended.event.code === undefined) return [];
    const lastMedia = leg.arrived.last ?? signaling.at;
    const left = lifecycle?.event.state === 'leaving' ? lifecycle : undefined;
    return [
      {
        code: 'signaling.client_gone',
        side: name,
        weight: 'fault',
        confidence: left === undefined ? 0.75 : 0.95,
        since: Math.min(signaling.at, lastMedia),
        text: `The page of ${nameOf(trace, name)} went away in the middle of the call.`,
        evidence: [
          seenEntry(signaling, 'The signalling socket closed.'),
          seenAt(lastMedia, 'The last packet of this browser came.'),
          ...(gatewayIce?.event.state === 'lost'
            ? [seenEntry(gatewayIce, 'Its connectivity checks stopped too.')]
            : []),
          ...(left === undefined ? [] : [seenEntry(left, 'The page said that it was leaving.')]),
        ],
      } satisfies Finding,
    ];
  });

/** How long a lost socket may take to come back unnoticed: a reconnection takes about a second. */
const RECONNECT_MS = 3_000;

/** Samples of the gateway are a second apart: media that goes on was seen this shortly before the socket was silent. */
const STILL_MEDIA_MS = 2_000;

/** The socket is away, or swallowed by the network, while audio goes on. */
export const socketDropped: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    const { name, signalingLost, signalingSilent, arrived } = leg;
    const signaling = signalingSilent ?? signalingLost;
    if (signaling === undefined || arrived.last === undefined || trace.ended !== undefined) return [];
    const { quietMs = 0 } = signaling.event;
    if (signalingSilent === undefined) {
      if (trace.now - signaling.at < RECONNECT_MS) return [];
      if (arrived.last < signaling.at + RECONNECT_MS - 1_500) return [];
    } else if (arrived.last < signaling.at - STILL_MEDIA_MS) return [];
    return [
      {
        code: 'signaling.ws_dropped',
        side: name,
        weight: 'degraded',
        confidence: 0.9,
        since: signaling.at - quietMs,
        text: `${capitalized(nameOf(trace, name))} lost the connection to the calling service; the sound goes on.`,
        evidence: [
          seenEntry(
            signaling,
            signalingSilent === undefined
              ? 'The signalling socket was lost.'
              : `Nothing came over the signalling socket for ${(quietMs / 1000).toFixed(1)} s, and a ping was not answered.`,
          ),
          seenAt(arrived.last, 'Audio of this browser still comes.'),
        ],
      },
    ];
  });
