import type { Millis } from '@earshot/base';
import { type Backlog, backlogOf } from '../features/backlog.js';
import type { CallTrace } from '../features/call-trace.js';
import type { LegTrace } from '../features/leg-trace.js';
import type { Kept } from '../features/window.js';

export interface Queue {
  readonly since: number;
  readonly shown: readonly Kept<Backlog>[];
}

/** Packets (of 20 ms) that wait where loss comes of a queue: of loss alone, the next packet shows the gap. */
const WAITING = 15;
/** So many wait that it is a queue before anything is lost, and it grew in so many intervals, by so many packets each. */
const LONG_QUEUE = 28;
const GROWING = 3;
const GROWN = 5;

/**
 * Whether packets queue up on the way to or from this browser. Before anything is lost a queue that goes on growing is
 * told from a delay, which comes in one step; where there is loss, that packets wait at all tells it from loss alone.
 */
export function queueOf({ stalledAt }: CallTrace, leg: LegTrace, isLossy: boolean): Queue | undefined {
  // What was counted while the gateway or the page stood still waits there, and not on the way.
  const from = Math.max(stalledAt ?? 0, leg.stalled?.at ?? 0);
  const found = (isLossy ? waiting(leg, from, WAITING, 1) : undefined) ?? waiting(leg, from, LONG_QUEUE, GROWING);
  if (found !== undefined) {
    leg.queuedSince ??= found.since;
    return { since: leg.queuedSince, shown: found.shown };
  }
  // Where the queue is full it grows no more, and what is too much for it is lost.
  if (!isLossy) leg.queuedSince = undefined;
  return leg.queuedSince === undefined ? undefined : { since: leg.queuedSince, shown: [] };
}

function waiting(leg: LegTrace, from: Millis, packets: number, growing: number): Queue | undefined {
  for (const backlog of [upwards(leg, from), downwards(leg, from)]) {
    // One interval can end in the middle of a run of losses: the next one shows it.
    const long = backlog.filter(
      ({ figures }, i) => figures.waiting >= packets && (backlog[i - 1]?.figures.waiting ?? 0) >= packets,
    );
    if (long.length === 0 || (growing > 1 && (backlog.at(-1)?.figures.waiting ?? 0) < packets)) continue;
    const grew = backlog.filter(({ figures: { grown, came } }) => grown >= GROWN && came > 0);
    const [first] = grew;
    if (first === undefined || grew.length < growing) continue;
    return { since: first.at - first.figures.ms, shown: long.slice(0, 3) };
  }
  return undefined;
}

const upwards = ({ browser, gateway }: LegTrace, from: Millis): readonly Kept<Backlog>[] =>
  backlogOf(
    browser.all.map(({ at, index, figures: { ms, packetsSent } }) => ({
      at,
      index,
      figures: { ms: packetsSent === undefined ? 0 : ms, packets: packetsSent ?? 0 },
    })),
    gateway.all.flatMap(({ at, index, figures: { ms, packetsReceived, packetsLost, packetsRefused = 0 } }) =>
      at - ms < from ? [] : [{ at, index, figures: { ms, packets: packetsReceived + packetsLost + packetsRefused } }],
    ),
  );

const downwards = ({ browser, gateway }: LegTrace, from: Millis): readonly Kept<Backlog>[] =>
  backlogOf(
    gateway.all.map(({ at, index, figures: { ms, packetsSent } }) => ({
      at,
      index,
      figures: { ms, packets: packetsSent },
    })),
    browser.all.flatMap(({ at, index, figures: { ms, packetsReceived, packetsLost } }) =>
      packetsReceived === undefined || at - ms < from
        ? []
        : [{ at, index, figures: { ms, packets: packetsReceived + (packetsLost ?? 0) } }],
    ),
  );
