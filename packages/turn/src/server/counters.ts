import type { ErrorCode } from '@earshot/base';
import type { TurnCounters, TurnDrop } from './types.js';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends object ? Mutable<T[Key]> : T[Key] };

/** What the server writes; those who read it see `TurnCounters`. */
export type Counters = Mutable<TurnCounters>;

export const createCounters = (): Counters => ({
  active: { udp: 0, tcp: 0, tls: 0 },
  allocated: { udp: 0, tcp: 0, tls: 0 },
  streams: 0,
  packetsUp: 0,
  packetsDown: 0,
  bytesUp: 0,
  bytesDown: 0,
  dropped: {
    malformed: 0,
    'no-allocation': 0,
    'no-channel': 0,
    'no-permission': 0,
    forbidden: 0,
    bandwidth: 0,
    blocked: 0,
  } satisfies Record<TurnDrop, number>,
  refused: {},
  challenged: 0,
  bindings: 0,
  suppressed: 0,
});

export function countRefusal({ refused }: Counters, code: ErrorCode): void {
  refused[code] = (refused[code] ?? 0) + 1;
}
