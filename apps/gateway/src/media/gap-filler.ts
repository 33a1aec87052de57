import type { LegMedia, Millis } from '@earshot/base';
import { ComfortNoise, G711Encoder, type OutgoingStream, RtpPacketizer, type RtpSink } from '@earshot/rtp';

/** A source that is silent for this long, in ms, has lost its path: jitter seldom reaches it. */
const GAP_MS = 200;
const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
/** A pause of this thread longer than this is not made up for. */
const MAX_BEHIND_MS = 100;

/**
 * Keeps a phone's stream alive with comfort noise while its browser cannot be heard: phones and trunks hang up on a
 * stream that stops, and a listener takes silence without noise for a dead line.
 */
export class GapFiller {
  readonly #packetizer: RtpPacketizer;
  readonly #encoder: G711Encoder;
  readonly #noise = new ComfortNoise();
  readonly #pcm = new Int16Array(FRAME_SAMPLES);
  /** When its owner's stream was last sent on before this source: a leg that takes another's place goes on with it. */
  readonly #sinceAt: Millis;
  #nextAt: Millis = -1;
  /** True from the first frame of a gap until its owner has taken note: the source is to be continued as a new one. */
  hasFilled = false;

  /** Undefined when the destination takes no G.711, or nothing at all. `buffer` from `createPacketBuffer`. */
  static create(
    stream: OutgoingStream,
    { codecs: [codec], direction }: LegMedia,
    sink: RtpSink,
    buffer: Uint8Array,
  ): GapFiller | undefined {
    if (codec === undefined || direction === 'recvonly' || direction === 'inactive') return undefined;
    if (codec.name !== 'PCMU' && codec.name !== 'PCMA') return undefined;
    const sinceAt = stream.packets > 0 ? stream.sentAt : -1;
    return new GapFiller(new RtpPacketizer(stream, codec, sink, buffer), new G711Encoder(codec.name), sinceAt);
  }

  private constructor(packetizer: RtpPacketizer, encoder: G711Encoder, sinceAt: Millis) {
    this.#packetizer = packetizer;
    this.#encoder = encoder;
    this.#sinceAt = sinceAt;
  }

  /**
   * `heardAt`: when the source was last heard; nothing is filled before somebody spoke on this stream. True while there is
   * a gap: then it wants to be called every 20 ms or so.
   */
  tick(now: Millis, heardAt: Millis): boolean {
    const spokeAt = Math.max(heardAt, this.#sinceAt);
    if (spokeAt < 0 || now - spokeAt < GAP_MS) {
      this.#nextAt = -1;
      return false;
    }
    if (this.#nextAt < 0 || now - this.#nextAt > MAX_BEHIND_MS) {
      this.#packetizer.resync();
      this.hasFilled = true;
      this.#nextAt = now;
    }
    for (; this.#nextAt <= now; this.#nextAt += FRAME_MS) {
      this.#noise.fill(this.#pcm, 0, FRAME_SAMPLES);
      this.#packetizer.sendPcm(this.#encoder, this.#pcm, 0, FRAME_SAMPLES, now);
    }
    return true;
  }
}
