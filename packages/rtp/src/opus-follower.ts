import type { Millis } from '@earshot/base';
import { Adaptation } from './adaptation.js';
import type { SendingPlan } from './audio-forwarder.js';
import type { ReceiverView } from './rtcp/reporter.js';

/**
 * From best to least. It is the packets that cost: 50 a second carry 20 kbit/s of headers, so that they get longer first.
 * Below 24 kbit/s there is no error correction at this rate and complexity; 10 kbit/s is what narrowband speech still bears.
 */
const RUNGS: readonly Pick<SendingPlan, 'bitrate' | 'ptimeMs'>[] = [
  { bitrate: 24_000, ptimeMs: 20 },
  { bitrate: 24_000, ptimeMs: 40 },
  { bitrate: 16_000, ptimeMs: 60 },
  { bitrate: 10_000, ptimeMs: 60 },
];

/** Without counts by signalling for so long, those of RTCP serve. */
const COUNTED_MS = 6_000;

/** What the receiver of our stream counted since it was asked before. */
export interface ReceivedOfUs {
  readonly received: number;
  readonly lost: number;
  /** By checks, and by RTCP; as its receiver measured them last. */
  readonly pairTripMs?: number | undefined;
  readonly roundTripMs?: number | undefined;
}

/**
 * How Opus is sent to one browser, by what that says of our stream: in its RTCP reports, every few seconds, and by
 * signalling where it reports there, oftener. Either alone is enough.
 */
export class OpusFollower {
  readonly #policy = new Adaptation(RUNGS.length);
  readonly #bitrate: number;
  #highest: number | undefined;
  #lost = 0;
  #countedAt: Millis = Number.NEGATIVE_INFINITY;

  /** `bitrate`: the most, in bit/s. */
  constructor(bitrate: number = (RUNGS[0] as SendingPlan).bitrate) {
    this.#bitrate = bitrate;
  }

  /** `ptimeMs`: what was negotiated; packets are never shorter. */
  plan(ptimeMs: number): SendingPlan {
    const { rung, red, lossPercent } = this.#policy;
    const step = RUNGS[rung] as SendingPlan;
    return {
      bitrate: rung === 0 ? this.#bitrate : Math.min(step.bitrate, this.#bitrate),
      ptimeMs: Math.max(step.ptimeMs, ptimeMs),
      lossPercent,
      red,
    };
  }

  /** A receiver report (RFC 3550 section 6.4.2); true when the plan has changed. */
  reported(view: ReceiverView, now: Millis): boolean {
    const highest = this.#highest;
    const expected = highest === undefined ? 0 : (view.highestSequence - highest) | 0;
    const lost = view.cumulativeLost - this.#lost;
    this.#highest = view.highestSequence;
    this.#lost = view.cumulativeLost;
    // What was counted by signalling meanwhile is the same packets.
    const isKnown = expected <= 0 || now - this.#countedAt < COUNTED_MS;
    return this.#policy.report({
      at: now,
      received: isKnown ? 0 : expected - lost,
      lost: isKnown ? 0 : lost,
      trips: [view.roundTripMs],
    });
  }

  /** What the browser counted, by signalling; true when the plan has changed. */
  counted({ received, lost, pairTripMs, roundTripMs }: ReceivedOfUs, now: Millis): boolean {
    this.#countedAt = now;
    return this.#policy.report({ at: now, received, lost, trips: [undefined, pairTripMs, roundTripMs] });
  }
}
