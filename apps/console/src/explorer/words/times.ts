import { formatDuration } from '@earshot/client/words';

const pad = (part: number, length = 2): string => String(part).padStart(length, '0');

/** `2026-11-22 13:44:05`, by the clock of whoever reads it. */
export function dateTime(at: number): string {
  const date = new Date(at);
  return `${dateOnly(at)} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

export function dateOnly(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** `13:44`, with the day where a span is longer than one. */
export function stepTime(at: number, spanMs: number): string {
  const date = new Date(at);
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  if (spanMs <= 36 * 3_600_000) return time;
  const day = dateOnly(at).slice(5);
  return spanMs <= 10 * 86_400_000 ? `${day} ${time}` : day;
}

/** A moment of a call, from its beginning: `0:07.3`. Before it: `-0:00.2`. */
export function offset(ms: number): string {
  const tenths = Math.round(Math.abs(ms) / 100);
  const sign = ms < 0 && tenths > 0 ? '-' : '';
  return `${sign}${formatDuration(Math.floor(tenths / 10))}.${tenths % 10}`;
}

/** In a sentence: `7 seconds`, `1:02 minutes`, `1:00:05 hours`. */
export function spoken(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${formatDuration(seconds)} ${seconds < 3_600 ? 'minutes' : 'hours'}`;
}

/** Of a call: `0:42`. Less than a second is said as that. */
export const duration = (ms: number): string => (ms < 1_000 ? 'under 1 s' : formatDuration(ms / 1_000));
