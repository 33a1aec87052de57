/** What decides how telephone speech sounds. */
export interface Conditions {
  readonly lossPercent: number;
  /** From mouth to ear, in ms. */
  readonly delayMs: number;
}

/** G.711 with concealment (ITU-T G.113 appendix I): robustness against loss. */
const BPL = 25.1;
const BEST = 93.2;

/**
 * Mean opinion score, 1 to 4.5, by the E-model (ITU-T G.107 with annex B) on the narrowband scale: the loop call goes
 * through a telephone line. For gateways that do not say it themselves.
 */
export function mosOf({ lossPercent, delayMs }: Conditions): number {
  const delay = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - 177.3);
  const r = Math.min(100, Math.max(0, BEST - delay - (95 * lossPercent) / (lossPercent + BPL)));
  return Math.min(4.5, Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6));
}
