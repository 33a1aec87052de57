import type { TurnTransport } from '@earshot/telemetry';
import type { TurnCounters } from '@earshot/turn';

type Counts<Key extends string> = Readonly<Partial<Record<Key, number>>>;

const NONE = { udp: 0, tcp: 0, tls: 0 } satisfies Record<TurnTransport, number>;

export const NO_COUNTERS: TurnCounters = {
  active: NONE,
  allocated: NONE,
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
  },
  refused: {},
  challenged: 0,
  bindings: 0,
  suppressed: 0,
};

function addCounts<Key extends string>(a: Counts<Key>, b: Counts<Key>): Record<Key, number> {
  const sum: Partial<Record<Key, number>> = { ...a };
  for (const key of Object.keys(b) as Key[]) sum[key] = (sum[key] ?? 0) + (b[key] ?? 0);
  return sum as Record<Key, number>;
}

/** Of several threads together. */
export const addCounters = (a: TurnCounters, b: TurnCounters): TurnCounters => ({
  active: addCounts(a.active, b.active),
  allocated: addCounts(a.allocated, b.allocated),
  streams: a.streams + b.streams,
  packetsUp: a.packetsUp + b.packetsUp,
  packetsDown: a.packetsDown + b.packetsDown,
  bytesUp: a.bytesUp + b.bytesUp,
  bytesDown: a.bytesDown + b.bytesDown,
  dropped: addCounts(a.dropped, b.dropped),
  refused: addCounts(a.refused, b.refused),
  challenged: a.challenged + b.challenged,
  bindings: a.bindings + b.bindings,
  suppressed: a.suppressed + b.suppressed,
});

/** What remains of a thread that is gone: what was there is there no more. */
export const settled = (counters: TurnCounters): TurnCounters => ({ ...counters, active: NONE, streams: 0 });
