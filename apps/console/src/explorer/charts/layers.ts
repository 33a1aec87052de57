import type { Ends, LegName, TimelineEntry, VerdictLayer } from '@earshot/telemetry';

/** Layers of the timeline, from what people do down to what carries it. */
export const LAYERS = ['signaling', 'transport', 'network', 'audio', 'device'] as const;

export type LayerName = (typeof LAYERS)[number];

export const LAYER_TITLES: Readonly<Record<LayerName, string>> = {
  signaling: 'Signaling: how the call is set up',
  transport: 'Transport: finding and securing a way',
  network: 'Network: packets on their way',
  audio: 'Audio: what is said and heard',
  device: 'Devices: microphone, speaker, page',
};

/** Who saw something: the row it stands in. */
export type Row = LegName | 'gateway';

export const ROWS: readonly Row[] = ['caller', 'gateway', 'callee'];

export function rowName(row: Row, ends: Ends): string {
  if (row === 'gateway') return 'gateway';
  if (ends[row] === 'browser') return `${row}’s browser`;
  return row === 'caller' ? 'caller’s phone' : 'phone side';
}

const OF_VERDICT: Readonly<Record<VerdictLayer, LayerName>> = {
  network: 'network',
  transport: 'transport',
  audio: 'audio',
  signaling: 'signaling',
  device: 'device',
  'far-end': 'signaling',
  configuration: 'signaling',
};

/** What begins with these belongs there; the first that fits. */
const PREFIXES: readonly (readonly [string, LayerName])[] = [
  ['client.signaling', 'signaling'],
  ['client.network', 'network'],
  ['client.', 'device'],
  ['mic.', 'device'],
  ['playout.', 'audio'],
  ['media.', 'audio'],
  ['ice.', 'transport'],
  ['dtls.', 'transport'],
  ['turn.', 'transport'],
  ['leg.silence', 'transport'],
  ['gateway.', 'device'],
];

export function layerOf(entry: TimelineEntry): LayerName {
  if (entry.source === 'diagnosis') return OF_VERDICT[entry.event.layer];
  const { type } = entry.event;
  return PREFIXES.find(([prefix]) => type.startsWith(prefix))?.[1] ?? 'signaling';
}

/** What came from a far end stands in its row; what the gateway did, or saw of a browser, in its own. */
export function rowOf(entry: TimelineEntry): Row {
  if (entry.source === 'browser') return entry.leg;
  const { event } = entry;
  if (event.type === 'sip.message') return event.direction === 'in' ? event.leg : 'gateway';
  if (event.type === 'media.received' || event.type === 'leg.ended') return event.leg;
  return 'gateway';
}

const BAD: ReadonlySet<string> = new Set([
  'mic.failed',
  'sdp.refused',
  'ice.candidate_error',
  'turn.refused',
  'leg.failed',
  'leg.silence',
  'gateway.stalled',
]);

/** Whether an entry tells of something that did not work. */
export function isBad({ source, event }: TimelineEntry): boolean {
  if (source === 'diagnosis') return event.type === 'verdict.raised' && event.weight !== 'hint';
  if (BAD.has(event.type)) return true;
  switch (event.type) {
    case 'sip.message':
      return event.status !== undefined && event.status >= 400;
    case 'ice.connection':
    case 'playout.state':
    case 'dtls.connection':
      return event.state === 'failed';
    case 'ice.state':
      return event.state === 'lost';
    case 'dtls.alert':
      // close_notify (RFC 5246 section 7.2.1): a farewell.
      return event.description !== 0;
    default:
      return false;
  }
}
