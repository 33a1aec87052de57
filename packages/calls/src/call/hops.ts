import { type Fault, fault } from '@earshot/base';
import type { Direction } from '../sdp/session-description.js';

export type Side = 'caller' | 'callee';

/**
 * The four hops that RTP must be seen on before a call is connected: the gateway received from a side (`sends`), and
 * that side received from the gateway (`hears`).
 */
export type Hop = `${Side}-${'sends' | 'hears'}`;

/** In the order in which sound takes them: first to the callee, then back. */
const HOPS: readonly Hop[] = ['caller-sends', 'callee-hears', 'callee-sends', 'caller-hears'];

/** Which hops are confirmed. */
export class Confirmation {
  readonly #confirmed = new Set<Hop>();

  get missing(): readonly Hop[] {
    return HOPS.filter((hop) => !this.#confirmed.has(hop));
  }

  confirm(hop: Hop): void {
    this.#confirmed.add(hop);
  }

  revoke(hop: Hop): void {
    this.#confirmed.delete(hop);
  }

  /** The media of a side moved: what was confirmed held for another place. */
  forget(side: Side): void {
    this.#confirmed.delete(`${side}-sends`);
    this.#confirmed.delete(`${side}-hears`);
  }
}

/** Whether a phone holds, by the agreed direction as seen from the gateway: it takes nothing (RFC 3264 section 8.4). */
export const isHold = (direction: Direction | undefined): boolean =>
  direction === 'recvonly' || direction === 'inactive';

/** Without the hops that the agreed directions (as seen from the gateway) rule out: hold is no fault. */
export function withoutAgreedSilence(
  hops: readonly Hop[],
  directions: Readonly<Record<Side, Direction>>,
): readonly Hop[] {
  const sends = (side: Side): boolean => directions[side] === 'sendrecv' || directions[side] === 'recvonly';
  const hears = (side: Side): boolean => directions[side] === 'sendrecv' || directions[side] === 'sendonly';
  const expected: Readonly<Record<Hop, boolean>> = {
    'caller-sends': sends('caller'),
    'callee-hears': sends('caller') && hears('callee'),
    'callee-sends': sends('callee'),
    'caller-hears': sends('callee') && hears('caller'),
  };
  return hops.filter((hop) => expected[hop]);
}

/** Names why an answered call stays without sound though media can pass on both sides, by the direction it misses. */
export function faultOfSilence(missing: readonly Hop[]): Fault {
  const detail = `not confirmed: ${missing.join(', ')}`;
  if (missing.includes('callee-sends')) return fault('media.far_end_leg_dead', detail);
  if (missing.includes('caller-hears')) {
    const downOnly = !missing.includes('callee-hears') && !missing.includes('caller-sends');
    if (downOnly) return fault('media.one_way_downlink', detail);
  }
  return fault('media.one_way_uplink', detail);
}
