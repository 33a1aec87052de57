import { readU16, writeU16 } from '../header.js';

/**
 * The payload of a telephone-event (RFC 4733 section 2.3), read and written in place.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |     event     |E|R| volume    |          duration             |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export const TELEPHONE_EVENT_LENGTH = 4;
/** The longest duration one segment can state, in timestamp units (section 2.5.1.3). */
export const MAX_EVENT_DURATION = 0xffff;

/** DTMF events by their code (RFC 4733 table 3). */
const DIGITS = '0123456789*#ABCD';

/** The digit of an event code; undefined for events that are not DTMF. */
export const digitOfEvent = (code: number): string | undefined => DIGITS[code];

/** The event code of a digit, letters in either case; -1 for anything else. */
export const eventOfDigit = (digit: string): number => (digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1);

/** True when `payload[start, end)` holds a whole event. More than four bytes are tolerated and ignored. */
export const isTelephoneEvent = (start: number, end: number): boolean => end - start >= TELEPHONE_EVENT_LENGTH;

export const eventCode = (payload: Uint8Array, start: number): number => payload[start] as number;

/** The E bit: the event is over. */
export const eventEnds = (payload: Uint8Array, start: number): boolean => ((payload[start + 1] as number) & 0x80) !== 0;

/** 0 to 63, in -dBm0. */
export const eventVolume = (payload: Uint8Array, start: number): number => (payload[start + 1] as number) & 0x3f;

/** Of this segment so far, in timestamp units. */
export const eventDuration = (payload: Uint8Array, start: number): number => readU16(payload, start + 2);

/** Writes the four bytes at `start`. The reserved bit stays 0. */
export function writeTelephoneEvent(
  payload: Uint8Array,
  start: number,
  code: number,
  ends: boolean,
  volume: number,
  duration: number,
): void {
  payload[start] = code;
  payload[start + 1] = (ends ? 0x80 : 0) | (volume & 0x3f);
  writeU16(payload, start + 2, duration);
}
