import type { ParsedMedia } from 'sdp-transform';
import { STATIC_PAYLOAD_TYPES } from './payload-types.js';
import type { AudioFormat, Candidate } from './session-description.js';

type Value = string | number | undefined;

/** A value as text; undefined where it is missing or empty. */
export const toText = (value: Value): string | undefined =>
  value === undefined || value === '' ? undefined : String(value);

/** A whole number from 0 to `max`, or undefined. */
export function toInteger(value: Value, max: number): number | undefined {
  const text = toText(value);
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= max ? number : undefined;
}

/**
 * The formats of an m= line with their a=rtpmap and a=fmtp; undefined when a payload type is not 0 to 127.
 * A dynamic payload type without a usable rtpmap means nothing and is left out.
 */
export function readFormats(media: ParsedMedia): readonly AudioFormat[] | undefined {
  const formats = new Map<number, AudioFormat>();
  for (const text of String(media.payloads ?? '').split(' ')) {
    if (text === '') continue;
    const payloadType = toInteger(text, 127);
    if (payloadType === undefined) return undefined;
    if (formats.has(payloadType)) continue;
    const encoding = readRtpmap(media, payloadType);
    if (encoding === undefined) continue;
    const fmtp = toText(media.fmtp.find(({ payload }) => toInteger(payload, 127) === payloadType)?.config);
    formats.set(payloadType, { payloadType, ...encoding, ...(fmtp === undefined ? {} : { fmtp }) });
  }
  return [...formats.values()];
}

function readRtpmap(media: ParsedMedia, payloadType: number): Omit<AudioFormat, 'payloadType' | 'fmtp'> | undefined {
  const rtpmap = media.rtp.find(({ payload }) => toInteger(payload, 127) === payloadType);
  const name = toText(rtpmap?.codec);
  const clockRate = toInteger(rtpmap?.rate, 1_000_000);
  if (name !== undefined && clockRate !== undefined && clockRate > 0) {
    return { name, clockRate, channels: toInteger(rtpmap?.encoding, 255) || 1 };
  }
  const fixed = STATIC_PAYLOAD_TYPES.get(payloadType);
  return fixed === undefined ? undefined : { ...fixed, channels: 1 };
}

const MAX_CANDIDATES = 64;

/** What is no candidate as RFC 8839 section 5.1 writes it is left out, as that section asks. */
export function readCandidates(media: ParsedMedia): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const candidate of (media.candidates ?? []).slice(0, MAX_CANDIDATES)) {
    const foundation = toText(candidate.foundation);
    const component = toInteger(candidate.component, 256);
    const transport = toText(candidate.transport)?.toLowerCase();
    const priority = toInteger(candidate.priority, 0xffff_ffff);
    const address = toText(candidate.ip);
    const port = toInteger(candidate.port, 65_535);
    const type = toText(candidate.type);
    if (
      foundation === undefined ||
      component === undefined ||
      transport === undefined ||
      priority === undefined ||
      address === undefined ||
      port === undefined ||
      type === undefined
    ) {
      continue;
    }
    candidates.push({ foundation, component, transport, priority, address, port, type });
  }
  return candidates;
}
