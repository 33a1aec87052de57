/** Whole seconds as `0:07`, `12:34`, `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (part: number): string => String(part).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const rest = pad(whole % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${rest}`;
}

/** As a person would say it: "1 second", "12 Sekunden", "3 minutes". */
export function spoken(seconds: number, locale: string): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [value, unit] = whole < 120 ? ([whole, 'second'] as const) : ([Math.floor(whole / 60), 'minute'] as const);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}
