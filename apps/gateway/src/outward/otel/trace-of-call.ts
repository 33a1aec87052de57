import type { CallState, Millis } from '@earshot/base';
import type { BrowserLegFacts, CallRecord, CallTimeline, LegName, Verdict } from '@earshot/telemetry';
import { gatewayEvents, outcomeOf } from '../facts.js';

/** SIP transactions of one call that become spans. */
const MOST_TRANSACTIONS = 64;

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** One span, before anybody's library. Times in ms since the Unix epoch. */
export interface SpanFacts {
  readonly name: string;
  readonly kind: 'internal' | 'client' | 'server';
  readonly start: Millis;
  readonly end: Millis;
  readonly attributes: SpanAttributes;
  readonly events: readonly { readonly name: string; readonly at: Millis; readonly attributes: SpanAttributes }[];
  /** A code of the error table, or a SIP status. */
  readonly error?: string;
  readonly children: readonly SpanFacts[];
}

/**
 * A call as a tree of spans. Attributes follow the semantic conventions where there are some (error.type, network.*,
 * user_agent.*) and begin with `earshot.` elsewhere. It holds no addresses, names or numbers.
 */
export function traceOfCall(timeline: CallTimeline, record: CallRecord, verdicts: readonly Verdict[]): SpanFacts {
  const { startedAt: start } = timeline;
  const end = Math.max(start, timeline.endedAt ?? record.endedAt);
  const error = outcomeOf(record) === 'failed' ? (record.cause?.code ?? record.code ?? 'failed') : undefined;
  return {
    ...span('call', start, end, {
      'earshot.call.id': record.callId,
      'earshot.call.result': record.result,
      'earshot.call.ended_by': record.by,
      ...given('earshot.call.direction', record.direction),
      ...given('earshot.trunk', record.trunk),
      ...given('earshot.cause', record.cause?.code),
      ...given('earshot.side', record.cause?.side),
    }),
    events: verdicts.flatMap((verdict) => verdictEvents(verdict)),
    ...(error === undefined ? {} : { error }),
    children: [
      ...phases(timeline, end),
      ...(['caller', 'callee'] as const).flatMap((leg) => legSpans(timeline, record, leg, end)),
    ],
  };
}

const span = (name: string, start: Millis, end: Millis, attributes: SpanAttributes = {}): SpanFacts => ({
  name,
  kind: 'internal',
  start,
  end: Math.max(start, end),
  attributes,
  events: [],
  children: [],
});

const given = (name: string, value: string | number | undefined): SpanAttributes =>
  value === undefined ? {} : { [name]: value };

function verdictEvents({ code, layer, side, weight, confidence, since, until }: Verdict): SpanFacts['events'] {
  const attributes = {
    'error.type': code,
    'earshot.layer': layer,
    'earshot.side': side,
    'earshot.weight': weight,
    'earshot.confidence': confidence,
  };
  const raised = { name: 'earshot.verdict', at: since, attributes };
  return until === undefined ? [raised] : [raised, { name: 'earshot.verdict.over', at: until, attributes }];
}

/** Ringing, from the answer to audio, and connected, as far as the call came. */
function phases(timeline: CallTimeline, end: Millis): SpanFacts[] {
  const reached = (...states: readonly CallState[]): Millis | undefined => {
    for (const { at, event } of gatewayEvents(timeline, 'call.state')) if (states.includes(event.state)) return at;
    return undefined;
  };
  const ringing = reached('ringing', 'early');
  const answered = reached('answered');
  const connected = reached('connected');
  return [
    ...(ringing === undefined ? [] : [span('ringing', ringing, answered ?? end)]),
    ...(answered === undefined ? [] : [span('answer to audio', answered, connected ?? end)]),
    ...(connected === undefined ? [] : [span('connected', connected, end)]),
  ];
}

function legSpans(timeline: CallTimeline, record: CallRecord, leg: LegName, end: Millis): SpanFacts[] {
  const kind = record[leg];
  if (kind === undefined) return [];
  const browser = record.browsers.find((facts) => facts.leg === leg);
  const quality = record.quality.find((facts) => facts.leg === leg);
  const start = leg === 'caller' ? timeline.startedAt : firstOf(timeline, leg);
  const whole = span(`${leg} leg`, start, end, {
    'earshot.leg': leg,
    'earshot.leg.kind': kind,
    ...given('earshot.mos', quality?.mos),
    ...given('earshot.mos.scale', quality?.scale),
    ...(browser === undefined ? {} : browserAttributes(browser)),
  });
  const children = kind === 'browser' ? pathSpans(timeline, leg, end) : transactions(timeline, leg, end);
  return [{ ...whole, children }];
}

function firstOf({ entries, startedAt }: CallTimeline, leg: LegName): Millis {
  const first = entries.find(({ source, event }) => source === 'gateway' && 'leg' in event && event.leg === leg);
  return Math.max(startedAt, first?.at ?? startedAt);
}

const browserAttributes = ({ browser, via, transport, family, networkType }: BrowserLegFacts): SpanAttributes => ({
  ...given('user_agent.name', browser?.name),
  ...given('user_agent.version', browser?.version),
  ...given('user_agent.os.name', browser?.os),
  ...given('earshot.media.via', via),
  ...given('network.transport', transport === 'tls' ? 'tcp' : transport),
  ...given('network.type', family),
  ...given('network.connection.type', networkType),
});

/** ICE, from the first check to a path, and DTLS, from the first flight to keys; until the end where they failed. */
function pathSpans(timeline: CallTimeline, leg: LegName, end: Millis): SpanFacts[] {
  const spans: SpanFacts[] = [];
  const check = firstAt(timeline, 'ice.check', leg);
  const path = firstAt(timeline, 'ice.state', leg, 'connected');
  const begun = check ?? path;
  if (begun !== undefined) {
    const ice = span('ICE', begun, path ?? end);
    spans.push(path === undefined ? { ...ice, error: 'no path' } : ice);
  }
  const flight = firstAt(timeline, 'dtls.flight', leg);
  const keys = firstAt(timeline, 'dtls.state', leg, 'connected');
  if (flight !== undefined) {
    const dtls = span('DTLS', flight, keys ?? end, { 'tls.protocol.name': 'dtls' });
    spans.push(keys === undefined ? { ...dtls, error: 'no handshake' } : dtls);
  }
  return spans;
}

/** When the gateway first noted such an event of a leg. */
function firstAt(
  { entries }: CallTimeline,
  type: 'ice.check' | 'ice.state' | 'dtls.flight' | 'dtls.state',
  leg: LegName,
  state?: string,
): Millis | undefined {
  return entries.find(
    ({ source, event }) =>
      source === 'gateway' &&
      event.type === type &&
      event.leg === leg &&
      (state === undefined || ('state' in event && event.state === state)),
  )?.at;
}

interface Transaction {
  readonly method: string;
  readonly direction: 'in' | 'out';
  readonly start: Millis;
  end: Millis;
  status: number | undefined;
  retransmissions: number;
}

/** SIP transactions (RFC 3261 section 17): a request, by CSeq and direction, until its final response. */
function transactions(timeline: CallTimeline, leg: LegName, end: Millis): SpanFacts[] {
  const open = new Map<string, Transaction>();
  for (const { at, event } of gatewayEvents(timeline, 'sip.message')) {
    if (event.leg !== leg || event.method === 'ACK') continue;
    const isRequest = event.status === undefined;
    const direction = isRequest === (event.direction === 'out') ? 'out' : 'in';
    const key = `${direction} ${event.method} ${event.cseq}`;
    const known = open.get(key);
    if (known === undefined) {
      if (!isRequest || open.size >= MOST_TRANSACTIONS) continue;
      open.set(key, { method: event.method, direction, start: at, end: at, status: undefined, retransmissions: 0 });
      continue;
    }
    if (event.retransmission) known.retransmissions += 1;
    if ((known.status ?? 0) >= 200) continue;
    known.end = at;
    known.status = event.status ?? known.status;
  }
  return [...open.values()].map((transaction) => transactionSpan(transaction, end));
}

function transactionSpan(
  { method, direction, start, end, status, retransmissions }: Transaction,
  last: Millis,
): SpanFacts {
  const isFinal = (status ?? 0) >= 200;
  const whole = span(`SIP ${method}`, start, isFinal ? end : last, {
    'network.protocol.name': 'sip',
    'network.transport': 'udp',
    'earshot.sip.method': method,
    ...given('earshot.sip.status_code', status),
    ...(retransmissions > 0 ? { 'earshot.sip.retransmissions': retransmissions } : {}),
  });
  // 401 and 407 ask for credentials, 487 ends what was cancelled: no errors.
  const isError = !isFinal || ((status ?? 0) >= 300 && status !== 401 && status !== 407 && status !== 487);
  const error = isFinal ? String(status) : 'no final response';
  return { ...whole, kind: direction === 'out' ? 'client' : 'server', ...(isError ? { error } : {}) };
}
