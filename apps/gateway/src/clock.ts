const ORIGIN = Math.round(performance.timeOrigin);

/**
 * Whole milliseconds since the Unix epoch as of the start of the process, and monotonic from there: a clock that is set in
 * mid-call moves no timer. Only tokens and certificates, which speak of calendar time, ask `Date`.
 */
export const now = (): number => ORIGIN + Math.floor(performance.now());
