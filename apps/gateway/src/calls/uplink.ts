import type { Millis } from '@earshot/base';
import type { LegStats } from '@earshot/calls';
import { Adaptation } from '@earshot/rtp';
import type { Sending } from '@earshot/signaling';

/**
 * From what browsers do by themselves down to what speech still bears. It is the packets that cost: 50 a second carry
 * 20 kbit/s of headers, so that they get longer first.
 */
const RUNGS: readonly Omit<Sending, 'red'>[] = [
  { bitrate: 32_000, ptimeMs: 20 },
  { bitrate: 24_000, ptimeMs: 40 },
  { bitrate: 16_000, ptimeMs: 60 },
  { bitrate: 10_000, ptimeMs: 60 },
];

/** How a browser is to send, by what arrives of it here each second. */
export class Uplink {
  readonly #policy = new Adaptation(RUNGS.length);
  #received = 0;
  #lost = 0;
  #pairTripMs: Millis | undefined;
  #reportedTripMs: Millis | undefined;

  /** The round trips that the browser measured: by checks and by RTCP. */
  measured(pairTripMs: Millis | undefined, roundTripMs: Millis | undefined): void {
    this.#pairTripMs = pairTripMs;
    this.#reportedTripMs = roundTripMs;
  }

  /** The figures of its leg so far; undefined: it is to send as it does by itself. Of other codecs than Opus nothing is asked. */
  take(at: Millis, { codec, packetsReceived, packetsLost, roundTripMs, delayMs }: LegStats): Sending | undefined {
    const [received, lost] = [packetsReceived - this.#received, packetsLost - this.#lost];
    this.#received = packetsReceived;
    this.#lost = packetsLost;
    this.#policy.report({ at, received, lost, trips: [delayMs, roundTripMs, this.#pairTripMs, this.#reportedTripMs] });
    const { rung, red } = this.#policy;
    if (codec !== 'opus' || (rung === 0 && red === 0)) return undefined;
    return { ...(RUNGS[rung] as (typeof RUNGS)[number]), red: red > 0 };
  }
}
