import { formatAddress } from '@earshot/base';
import type { AudioSection } from './browser-event.js';
import type { CandidateFacts } from './candidate.js';

export function describeCandidate(candidate: CandidateFacts): string {
  const { type, protocol, relayProtocol, url } = candidate;
  const how = type === 'relay' ? (relayProtocol ?? protocol) : protocol;
  return `${type} ${describePlace(candidate)} over ${how.toUpperCase()}${url === undefined ? '' : ` by ${url}`}`;
}

export function describePlace({ address, port }: CandidateFacts): string {
  if (address === undefined) return 'an unknown address';
  return port === undefined ? address : formatAddress({ address, port });
}

/** `: sendrecv, opus, PCMA, with telephone-events, at 192.0.2.1:4000`, to follow what is said of a description. */
export function describeAudio(audio: AudioSection | undefined): string {
  if (audio === undefined) return '';
  const { direction, codecs, telephoneEvents, address, port } = audio;
  const parts = [direction, codecs.length === 0 ? 'no codec' : codecs.join(', ')];
  if (telephoneEvents) parts.push('with telephone-events');
  if (address !== undefined) parts.push(`at ${port === undefined ? address : formatAddress({ address, port })}`);
  return `: ${parts.join(', ')}`;
}

/** How sound is sent: `24 kbit/s, 20 ms a packet, FEC, RED`. */
export function describeSending({
  bitrate,
  ptimeMs,
  fec,
  red,
}: {
  readonly bitrate: number;
  readonly ptimeMs: number;
  readonly fec: boolean;
  readonly red: boolean;
}): string {
  const parts = [`${Math.round(bitrate / 1000)} kbit/s`, `${ptimeMs} ms a packet`];
  return [...parts, ...(fec ? ['FEC'] : []), ...(red ? ['RED'] : [])].join(', ');
}
