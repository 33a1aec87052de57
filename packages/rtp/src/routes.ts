import type { AudioCodec, LegMedia, TelephoneEventFormat } from '@earshot/base';

/** What becomes of one payload type of the source. */
export type Route =
  | { readonly kind: 'pass'; readonly source: AudioCodec; readonly target: AudioCodec }
  | {
      readonly kind: 'convert';
      readonly source: AudioCodec;
      readonly target: AudioCodec;
      readonly law: 'PCMU' | 'PCMA';
    }
  | { readonly kind: 'transcode'; readonly source: AudioCodec; readonly target: AudioCodec }
  | { readonly kind: 'event'; readonly source: TelephoneEventFormat }
  /** Frames of other payload types are inside (RFC 2198). */
  | { readonly kind: 'red' }
  | { readonly kind: 'none'; readonly source: AudioCodec };

const isG711 = (codec: AudioCodec): boolean => codec.name === 'PCMU' || codec.name === 'PCMA';

/** Whether the transcoder can decode and encode it. */
const isTranscodable = (codec: AudioCodec, opus: boolean): boolean => isG711(codec) || (codec.name === 'opus' && opus);

/**
 * Routes by the source's payload type (an array of 128): the same codec passes; PCMU and PCMA are converted into each
 * other; else the destination's first codec that can be encoded is transcoded to. `opus`: libopus is at hand.
 */
export function planRoutes(source: LegMedia, destination: LegMedia, opus: boolean): readonly (Route | undefined)[] {
  const routes = new Array<Route | undefined>(128).fill(undefined);
  for (const codec of source.codecs) routes[codec.payloadType & 0x7f] = routeOf(codec, destination, opus);
  for (const format of source.telephoneEvents) routes[format.payloadType & 0x7f] = { kind: 'event', source: format };
  if (source.red !== undefined) routes[source.red.payloadType & 0x7f] = { kind: 'red' };
  return routes;
}

function routeOf(source: AudioCodec, destination: LegMedia, opus: boolean): Route {
  const same = destination.codecs.find((codec) => codec.name === source.name);
  if (same !== undefined) return { kind: 'pass', source, target: same };
  const target = destination.codecs.find((codec) => isTranscodable(codec, opus));
  if (target === undefined || !isTranscodable(source, opus)) return { kind: 'none', source };
  if (isG711(target) && (source.name === 'PCMU' || source.name === 'PCMA')) {
    return { kind: 'convert', source, target, law: source.name };
  }
  return { kind: 'transcode', source, target };
}

/** RFC 3264 section 5.1, as seen from here: whether anything may be taken from the source and sent on. */
export const mayForward = (source: LegMedia, destination: LegMedia): boolean =>
  (source.direction === 'sendrecv' || source.direction === 'recvonly') &&
  (destination.direction === 'sendrecv' || destination.direction === 'sendonly');
