import { type AudioDecoder, G711Decoder, loadOpus, tonePresence } from '@earshot/rtp';
import type { SrtpReceiver } from '../../../packages/webrtc/src/srtp/index.js';
import { readRtp } from './packets.js';
import { type Speech, VOICE_HZ } from './speech.js';
import { PAYLOAD_TYPES, PHONE_PAYLOAD_TYPE, type Scenario } from './target.js';

/** How many packets, or stretches of decoded sound, were looked at, and how many of them were wrong. */
export interface Verdict {
  checked: number;
  wrong: number;
}

/** Decoded sound is judged in stretches of this many frames: a whole swell of the test voice. */
const STRETCH_FRAMES = 25;
const SAMPLES_PER_FRAME = 160;
const MIN_PRESENCE = 0.3;

const textOf = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1');

/** Looks into what arrives at both ends of a few calls: nothing else shows that the work measured was really done. */
export class Verifier {
  readonly verdict: Verdict = { checked: 0, wrong: 0 };
  /** Off while nothing is sent: what engines do with silence (comfort noise) is not what was asked for. */
  watching = false;
  readonly #scenario: Scenario;
  readonly #payloads: ReadonlySet<string>;
  readonly #decoders: readonly AudioDecoder[];

  private constructor(scenario: Scenario, speech: Speech, decoders: readonly AudioDecoder[]) {
    this.#scenario = scenario;
    this.#payloads = new Set(speech.pcma.map(textOf));
    this.#decoders = decoders;
  }

  static async create(scenario: Scenario, speech: Speech): Promise<Verifier> {
    const opus = scenario === 'opus' ? (await loadOpus()).decoder(8000) : new G711Decoder('PCMA');
    return new Verifier(scenario, speech, [opus, new G711Decoder('PCMA')]);
  }

  #note(right: boolean): void {
    if (!this.watching) return;
    this.verdict.checked += 1;
    if (!right) this.verdict.wrong += 1;
  }

  /** Passed through, every payload is one that was sent; transcoded, the voice is still in it. */
  #judge(decoder: AudioDecoder): (payload: Uint8Array) => void {
    if (this.#scenario === 'pcma') return (payload) => this.#note(this.#payloads.has(textOf(payload)));
    const sound = new Int16Array(SAMPLES_PER_FRAME * STRETCH_FRAMES + SAMPLES_PER_FRAME);
    let length = 0;
    return (payload) => {
      length += decoder.decode(payload, 0, payload.length, sound, length);
      if (length < SAMPLES_PER_FRAME * STRETCH_FRAMES) return;
      this.#note(tonePresence(sound, VOICE_HZ, 8000, 0, length) >= MIN_PRESENCE);
      length = 0;
    };
  }

  /** A handler for SRTP packets at the browser's end. */
  browser(receiver: SrtpReceiver): (packet: Buffer) => void {
    const judge = this.#judge(this.#decoders[0] ?? new G711Decoder('PCMA'));
    return (packet) => {
      const length = receiver.unprotectRtp(packet, packet.length);
      if (length < 0) return this.#note(false);
      const { payloadType, payload } = readRtp(packet, length);
      return payloadType === PAYLOAD_TYPES[this.#scenario] ? judge(payload) : this.#note(false);
    };
  }

  /** A handler for RTP packets at the phone's end. */
  phone(): (packet: Buffer) => void {
    const judge = this.#judge(this.#decoders[1] ?? new G711Decoder('PCMA'));
    return (packet) => {
      const { payloadType, payload } = readRtp(packet, packet.length);
      return payloadType === PHONE_PAYLOAD_TYPE ? judge(payload) : this.#note(false);
    };
  }

  free(): void {
    for (const decoder of this.#decoders) decoder.free();
  }
}
