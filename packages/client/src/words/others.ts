import type { Party } from '@earshot/signaling';

/** What to call the other side: a title known for it, the name it gives itself, or the user of its address. */
export function partyName(
  { uri, displayName }: Party,
  titles: readonly { name: string; title: string }[] = [],
): string {
  const line = titles.find(({ name }) => name === uri);
  return line?.title ?? displayName ?? /^sips?:([^@;?]+)@/i.exec(uri)?.[1] ?? uri;
}

/** Loudness as a share of the meter: -60 dB and less is empty, 0 dB is full. `level`: root mean square, 0 to 1. */
export function meterShare(level: number): number {
  if (!(level > 0)) return 0;
  return Math.min(1, Math.max(0, 1 + (20 * Math.log10(level)) / 60));
}
