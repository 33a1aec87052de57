/** Part of a whole, 0 to 1. */
export const share = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole)));

/** `12%`; `under 1%` for what is little, and not nothing. */
export function sharePercent(part: number, whole: number): string {
  const percent = 100 * share(part, whole);
  if (percent === 0) return '0%';
  if (percent < 1) return 'under 1%';
  return percent > 99 && percent < 100 ? 'over 99%' : `${Math.round(percent)}%`;
}
