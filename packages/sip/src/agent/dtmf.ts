import type { SipRequest } from '../message/message.js';
import { decodeUtf8 } from '../message/utf8.js';

export interface Dtmf {
  /** One of 0-9, *, #, A-D. */
  readonly digit: string;
  readonly durationMs: number;
}

export const DTMF_RELAY = 'application/dtmf-relay';
const DEFAULT_DURATION_MS = 160;
const BY_EVENT: Readonly<Record<string, string>> = { 10: '*', 11: '#', 12: 'A', 13: 'B', 14: 'C', 15: 'D' };

function digitOf(text: string): string | undefined {
  const upper = text.trim().toUpperCase();
  if (/^[0-9*#A-D]$/.test(upper)) return upper;
  return Object.hasOwn(BY_EVENT, upper) ? BY_EVENT[upper] : undefined;
}

/** Reads the digit of an INFO: application/dtmf-relay, or application/dtmf with the digit alone. */
export function parseDtmf({ headers, body }: SipRequest): Dtmf | undefined {
  const type = (headers.get('Content-Type') ?? '').split(';', 1).join('').trim().toLowerCase();
  const text = decodeUtf8(body.subarray(0, 256));
  if (type === 'application/dtmf') {
    const digit = digitOf(text);
    return digit === undefined ? undefined : { digit, durationMs: DEFAULT_DURATION_MS };
  }
  if (type !== DTMF_RELAY) return undefined;
  const digit = digitOf(/^\s*Signal\s*=\s*(\S+)/im.exec(text)?.[1] ?? '');
  const duration = Number(/^\s*Duration\s*=\s*(\d{1,5})/im.exec(text)?.[1] ?? DEFAULT_DURATION_MS);
  return digit === undefined ? undefined : { digit, durationMs: duration };
}

export const printDtmf = ({ digit, durationMs }: Dtmf): string =>
  `Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`;
