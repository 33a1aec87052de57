import type { TurnTransport } from '@earshot/telemetry';
import { createCounters, type TurnCounters } from '@earshot/turn';

type Counts<Key extends string> = Readonly<Partial<Record<Key, number>>>;

const NONE = { udp: 0, tcp: 0, tls: 0 } satisfies Record<TurnTransport, number>;

export const NO_COUNTERS: TurnCounters = createCounters();

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
