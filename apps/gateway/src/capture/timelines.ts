import type { GatewayEvent, LegName, Sample, TimelineEntry } from '@earshot/telemetry';
import { type CallTimeline, TELEMETRY_VERSION } from '@earshot/telemetry';
import type { BrowserCall } from './browser-flows.js';
import { type LegFlows, legSamples } from './leg-samples.js';
import type { RtpFlow } from './rtp-flows.js';
import { type Dialog, type DialogMessage, mediaEnds } from './sip-dialogs.js';

interface Timed {
  readonly at: number;
  readonly event: GatewayEvent;
}

/** Media may go on for a moment after a BYE, and begin a moment before an answer. */
const MARGIN_MS = 2_000;

const other = (leg: LegName): LegName => (leg === 'caller' ? 'callee' : 'caller');

/**
 * A call of SIP, told as if whoever captured were a B2BUA in the middle: of one dialog, its messages stand at the callee's
 * leg, `in` from the end that was invited; of two that carry one Session-ID, each stands at its own leg. Media from a party
 * is what its leg received, and what passed on towards a party is what its leg was sent.
 */
export function sipTimeline(dialogs: readonly Dialog[], flows: readonly RtpFlow[], endOfCapture: number): CallTimeline {
  const [first, ...more] = dialogs as [Dialog, ...Dialog[]];
  const legs: readonly (readonly [Dialog, LegName])[] =
    more.length === 0 ? [[first, 'callee']] : [[first, 'caller'], ...more.map((dialog) => [dialog, 'callee'] as const)];
  const decisive = more.findLast(({ answeredAt }) => answeredAt !== undefined) ?? more.at(-1) ?? first;
  const ended = first.endedAt === undefined ? decisive : first;
  const events = legs.flatMap(([dialog, leg]) =>
    dialog.messages.flatMap((message) => tell(message, leg, more.length === 0)),
  );
  if (ended.endedAt !== undefined) {
    const by = ended.endedBy === 'inviter' ? 'caller' : 'callee';
    events.push({ at: ended.endedAt, event: { type: 'call.ended', result: ended.result ?? 'completed', by } });
  }
  const media = legsOf(first, decisive, flows);
  return {
    version: TELEMETRY_VERSION,
    callId: first.callId,
    startedAt: first.startedAt,
    ...(ended.endedAt === undefined ? {} : { endedAt: ended.endedAt }),
    caller: 'sip',
    callee: 'sip',
    vantages: ['capture'],
    clocks: [],
    entries: inOrder(events),
    samples: samplesOf(media, decisive.answeredAt, ended.endedAt, endOfCapture),
    omitted: dialogs.reduce((total, { omitted }) => total + omitted, 0),
    omittedSamples: 0,
  };
}

/** `isAlone`: the dialog is the whole call, so both parties' descriptions are in it. */
function tell(message: DialogMessage, leg: LegName, isAlone: boolean): Timed[] {
  const { at, by, method, status, phrase, cseq, bytes, isRetransmission, reason, agent, described, from, to } = message;
  const fromRemote = (by === 'invited') === (leg === 'callee');
  const audio = described?.audio;
  const events: Timed[] = [
    {
      at,
      event: {
        type: 'sip.message',
        leg,
        direction: fromRemote ? 'in' : 'out',
        method,
        ...(status === undefined ? {} : { status }),
        ...(phrase === undefined ? {} : { phrase }),
        cseq,
        retransmission: isRetransmission,
        bytes,
        remote: fromRemote ? from : to,
        ...(reason === undefined ? {} : { reason }),
        ...(agent === undefined ? {} : { agent }),
        ...(audio === undefined ? {} : { audio }),
      },
    },
  ];
  if (audio === undefined || isRetransmission) return events;
  const kind = status === undefined && method !== 'ACK' && method !== 'PRACK' ? 'offer' : 'answer';
  const set = (whose: LegName, side: 'local' | 'remote'): Timed => ({
    at,
    event: { type: 'sdp.set', leg: whose, side, kind, audio },
  });
  events.push(set(leg, fromRemote ? 'remote' : 'local'));
  if (isAlone) events.push(set(other(leg), fromRemote ? 'local' : 'remote'));
  return events;
}

/** The RTP of both legs. Of one dialog, what one party sends is what the other is sent. */
function legsOf(first: Dialog, last: Dialog, flows: readonly RtpFlow[]): Readonly<Record<LegName, LegFlows>> {
  const passing = flows.filter(
    ({ firstAt, lastAt }) =>
      firstAt <= (last.endedAt ?? Number.POSITIVE_INFINITY) + MARGIN_MS && lastAt >= first.startedAt - MARGIN_MS,
  );
  const between = (dialog: Dialog, sender: 'inviter' | 'invited'): RtpFlow[] => {
    const from = mediaEnds(dialog, sender);
    const to = mediaEnds(dialog, sender === 'inviter' ? 'invited' : 'inviter');
    // Behind NAT a party sends from elsewhere than it said; where it is sent to is sure.
    return passing.filter(
      (flow) => (to.has(flow.to) || from.has(flow.from)) && !(from.has(flow.to) && !to.has(flow.to)),
    );
  };
  const payloads = (dialog: Dialog): ReadonlyMap<number, string> =>
    new Map(dialog.messages.flatMap(({ described }) => [...(described?.payloads ?? [])]));
  return {
    caller: { received: between(first, 'inviter'), sent: between(first, 'invited'), payloads: payloads(first) },
    callee: { received: between(last, 'invited'), sent: between(last, 'inviter'), payloads: payloads(last) },
  };
}

/**
 * Samples from the answer to the end. A capture without any media of the call says nothing about media: whoever made it
 * may have kept SIP alone.
 */
function samplesOf(
  legs: Readonly<Record<LegName, LegFlows>>,
  answeredAt: number | undefined,
  endedAt: number | undefined,
  endOfCapture: number,
): Sample[] {
  const flows = [legs.caller, legs.callee].flatMap(({ received, sent }) => [...received, ...sent]);
  const firstAt = flows.reduce((least, flow) => Math.min(least, flow.firstAt), Number.POSITIVE_INFINITY);
  if (flows.length === 0) return [];
  const from = Math.min(answeredAt ?? firstAt, firstAt);
  const until = endedAt ?? endOfCapture;
  return (['caller', 'callee'] as const)
    .flatMap((leg) => legSamples(leg, legs[leg], from, until))
    .sort((a, b) => a.at - b.at);
}

/** A browser and its media server, without the SIP of their call. */
export function browserTimeline(call: BrowserCall, flows: readonly RtpFlow[], endOfCapture: number): CallTimeline {
  const isOwn = ({ from, to }: RtpFlow): boolean => call.paths.has(`${from} ${to}`);
  const received = flows.filter(isOwn);
  const sent = flows.filter(({ from, to }) => call.paths.has(`${to} ${from}`));
  const events: Timed[] = call.checks.map(({ outcome, from, local, at, until, count }) => ({
    at,
    event: { type: 'ice.check', leg: 'caller', outcome, from, local, count, until },
  }));
  if (call.nominated !== undefined && call.nominatedAt !== undefined) {
    const { from, local } = call.nominated;
    events.push({
      at: call.nominatedAt,
      event: { type: 'ice.state', leg: 'caller', state: 'connected', remote: from, local },
    });
  }
  const { flights, alerts, connectedAt } = call.dtls;
  for (const { at, ...flight } of flights)
    events.push({ at, event: { type: 'dtls.flight', leg: 'caller', ...flight } });
  for (const { at, level, description } of alerts) {
    events.push({ at, event: { type: 'dtls.alert', leg: 'caller', level, description } });
  }
  if (connectedAt !== undefined) {
    const durationMs = connectedAt - (flights[0]?.at ?? connectedAt);
    events.push({ at: connectedAt, event: { type: 'dtls.state', leg: 'caller', state: 'connected', durationMs } });
  }
  const until = Math.min(endOfCapture, Math.max(call.lastAt, ...[...received, ...sent].map(({ lastAt }) => lastAt)));
  const legs = {
    caller: { received, sent, payloads: new Map() },
    callee: { received: [], sent: [], payloads: new Map() },
  };
  return {
    version: TELEMETRY_VERSION,
    callId: call.id,
    startedAt: call.startedAt,
    caller: 'browser',
    vantages: ['capture'],
    clocks: [],
    entries: inOrder(events),
    samples: samplesOf(legs, connectedAt, until, endOfCapture).filter(({ leg }) => leg === 'caller'),
    omitted: 0,
    omittedSamples: 0,
  };
}

/** RTP that no SIP and no browser explains: two ends, the one that spoke first as the caller. */
export function rtpTimeline(there: RtpFlow, back: RtpFlow | undefined): CallTimeline {
  const received = [there];
  const sent = back === undefined ? [] : [back];
  const payloads = new Map<number, string>();
  const legs = { caller: { received, sent, payloads }, callee: { received: sent, sent: received, payloads } };
  const until = Math.max(there.lastAt, back?.lastAt ?? 0);
  return {
    version: TELEMETRY_VERSION,
    callId: `${there.from.replace(' ', ':')} to ${there.to.replace(' ', ':')}`,
    startedAt: there.firstAt,
    endedAt: until,
    caller: 'sip',
    callee: 'sip',
    vantages: ['capture'],
    clocks: [],
    entries: [],
    samples: samplesOf(legs, undefined, until, until),
    omitted: 0,
    omittedSamples: 0,
  };
}

const inOrder = (events: readonly Timed[]): TimelineEntry[] =>
  events.map(({ at, event }): TimelineEntry => ({ at, source: 'gateway', event })).sort((a, b) => a.at - b.at);
