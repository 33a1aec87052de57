import { Headers } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { decodeUtf8, encodeUtf8 } from '../message/utf8.js';
import { SDP_TYPE } from './capabilities.js';

const mediaType = (message: SipMessage): string =>
  (message.headers.get('Content-Type') ?? SDP_TYPE).split(';', 1).join('').trim().toLowerCase();

/** The session description a message carries, or undefined. */
export const sdpOf = (message: SipMessage): string | undefined =>
  message.body.length > 0 && mediaType(message) === SDP_TYPE ? decodeUtf8(message.body) : undefined;

/** A body that is not plain SDP: answer 415 (section 8.2.3). */
export const hasForeignBody = (message: SipMessage): boolean =>
  message.body.length > 0 && (mediaType(message) !== SDP_TYPE || message.headers.has('Content-Encoding'));

/** Body and Content-Type for a description, or neither. */
export function sdpParts(sdp: string | undefined): { readonly headers: Headers; readonly body: Uint8Array } {
  return sdp === undefined
    ? { headers: Headers.EMPTY, body: new Uint8Array(0) }
    : { headers: Headers.of({ 'Content-Type': SDP_TYPE }), body: encodeUtf8(sdp) };
}
