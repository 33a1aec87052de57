import type { Millis } from '@earshot/base';

const DELAYS: readonly Millis[] = [0, 300, 1_200, 2_700, 4_800];
const LONGEST: Millis = 7_000;

/**
 * How long to wait before the next attempt to connect. `attempt`: 0 for the first after a loss. `random`: in [0, 1);
 * it spreads the delay by a quarter either way, so that many browsers do not come back as one.
 */
export function reconnectDelay(attempt: number, random: number): Millis {
  const delay = DELAYS[attempt] ?? LONGEST;
  return Math.round(delay * (0.75 + random / 2));
}
