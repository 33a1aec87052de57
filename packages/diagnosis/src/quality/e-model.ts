/**
 * The E-model, as far as what a call shows decides: R = Ro - Id - Ie,eff (ITU-T G.107 for narrowband telephony, G.107.2
 * for fullband), and the MOS that listeners would give (G.107 annex B). The two scales are never mixed: what was telephone
 * speech anywhere on its way is judged as that.
 */
export type Scale = 'narrowband' | 'fullband';

/** R of an undisturbed call: of G.711 on the narrowband scale, of all that can be heard on the fullband scale. */
const BEST: Readonly<Record<Scale, number>> = { narrowband: 93.2, fullband: 148 };

/** How one codec stands loss: impairment without any, and robustness against random and against bursty loss. */
interface Impairment {
  readonly ie: number;
  readonly bpl: number;
  readonly bplBursty: number;
}

/** G.711 with packet loss concealment (ITU-T G.113 appendix I). */
const G711: Impairment = { ie: 0, bpl: 25.1, bplBursty: 25.1 };
/** G.711 whose receiver conceals nothing. */
export const G711_PLAIN: Impairment = { ie: 0, bpl: 4.3, bplBursty: 4.3 };

/** Opus by bit rate (kbit/s), on the fullband scale. */
const OPUS: readonly (Impairment & { readonly kbits: number })[] = [
  { kbits: 16, ie: 30.2, bpl: 11.8, bplBursty: 10.1 },
  { kbits: 25, ie: 20.2, bpl: 11.3, bplBursty: 9.2 },
  { kbits: 31, ie: 16.8, bpl: 10.4, bplBursty: 8.8 },
  { kbits: 40, ie: 10.7, bpl: 9.8, bplBursty: 8.0 },
];

/** Between the rates of the table, in a straight line; beyond its ends, its ends. */
export function opusAt(kbits: number): Impairment {
  const [first] = OPUS;
  const last = OPUS[OPUS.length - 1];
  if (first === undefined || last === undefined || kbits <= first.kbits) return first ?? G711;
  const above = OPUS.findIndex((row) => row.kbits >= kbits);
  const [low, high] = [OPUS[above - 1], OPUS[above]];
  if (low === undefined || high === undefined) return last;
  const share = (kbits - low.kbits) / (high.kbits - low.kbits);
  const between = (a: number, b: number): number => a + share * (b - a);
  return {
    ie: between(low.ie, high.ie),
    bpl: between(low.bpl, high.bpl),
    bplBursty: between(low.bplBursty, high.bplBursty),
  };
}

export interface Conditions {
  readonly scale: Scale;
  /** Of Opus; G.711 needs none. */
  readonly kbits?: number;
  /** Share of what was to be heard that is missing, in percent. */
  readonly lossPercent: number;
  readonly bursty: boolean;
  /** From mouth to ear, in ms. */
  readonly delayMs: number;
  readonly plain?: boolean;
}

/** Ie,eff = Ie + (95 - Ie) Ppl / (Ppl + Bpl), with a Bpl that holds for the kind of loss (G.107 section 7.5, BurstR 1). */
export function effectiveImpairment({ ie, bpl, bplBursty }: Impairment, lossPercent: number, bursty: boolean): number {
  const robustness = bursty ? bplBursty : bpl;
  return ie + (95 - ie) * (lossPercent / (lossPercent + robustness));
}

/** Id = 0.024 d + 0.11 (d - 177.3) beyond 177.3 ms. */
export const delayImpairment = (delayMs: number): number => 0.024 * delayMs + 0.11 * Math.max(0, delayMs - 177.3);

export function rating({ scale, kbits, lossPercent, bursty, delayMs, plain }: Conditions): number {
  const impairment = scale === 'fullband' ? opusAt(kbits ?? 31) : plain === true ? G711_PLAIN : G711;
  return BEST[scale] - delayImpairment(delayMs) - effectiveImpairment(impairment, lossPercent, bursty);
}

/** MOS of a rating on its own scale: 1 to 4.5. */
export function mosOf(r: number, scale: Scale): number {
  const onScale = scale === 'fullband' ? r / 1.48 : r;
  if (onScale <= 0) return 1;
  if (onScale >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * onScale + onScale * (onScale - 60) * (100 - onScale) * 7e-6);
}
