import {
  Application,
  createDecoder,
  createEncoder,
  loadLibopus,
  type OpusDecoderHandle,
  type OpusEncoderHandle,
  Signal,
} from 'libopus-wasm';
import type { AudioDecoder, AudioEncoder, EncoderPlan } from './audio-codec.js';

/** The rates an Opus codec is opened at here: the phone side's own, so that nothing is resampled. */
export type OpusRate = 8000 | 16000;

export interface OpusEncoderOptions {
  /** bit/s; 24000 is transparent for speech of a phone's bandwidth. */
  readonly bitrate?: number;
  /** 0 to 10. */
  readonly complexity?: number;
  /** In-band forward error correction (RFC 6716 section 2.1.7), sized for this expected loss. */
  readonly fec?: boolean;
  readonly lossPercent?: number;
  /** Sends next to nothing during silence. */
  readonly dtx?: boolean;
}

/** Why these: docs/decisions/0005-opus-complexity.md. Below 10% loss this complexity sends no error correction. */
const DEFAULTS = { bitrate: 24_000, complexity: 1, fec: true, lossPercent: 10, dtx: false };
/** RFC 6716 section 3.2.1: a larger frame does not exist; 20 ms at phone rates is far below it. */
const MAX_PACKET_BYTES = 1275;
/** A DTX frame is one or two bytes and need not be sent (RFC 6716 section 2.1.9). */
const DTX_BYTES = 2;
const MAX_MS = 120;

/**
 * libopus, loaded. WebAssembly instances are made asynchronously, calls come synchronously: so a few fresh handles
 * wait in reserve, and each one taken is replaced in the background. Handles are never used twice: concealment of one
 * call must not draw on the sound of another.
 */
export class OpusLibrary {
  readonly version: string;
  readonly #reserve: number;
  readonly #encoders = new Map<OpusRate, OpusEncoderHandle[]>();
  readonly #decoders = new Map<OpusRate, OpusDecoderHandle[]>();
  readonly #filling = new Map<OpusRate, Promise<void>>();

  constructor(version: string, reserve: number) {
    this.version = version;
    this.#reserve = reserve;
  }

  /** Puts handles for `rate` in reserve. Until it resolves, codecs of that rate start late (see `encoder`). */
  prepare(rate: OpusRate): Promise<void> {
    const running = this.#filling.get(rate);
    if (running !== undefined) return running;
    const filling = this.#fill(rate).finally(() => this.#filling.delete(rate));
    this.#filling.set(rate, filling);
    return filling;
  }

  /** A reserve that cannot be filled shows when the next codec is asked for. */
  #refill(rate: OpusRate): void {
    this.prepare(rate).catch(() => {});
  }

  async #fill(rate: OpusRate): Promise<void> {
    const encoders = pool(this.#encoders, rate);
    const decoders = pool(this.#decoders, rate);
    while (encoders.length < this.#reserve) encoders.push(await openEncoder(rate));
    while (decoders.length < this.#reserve) decoders.push(await openDecoder(rate));
  }

  /**
   * An encoder, ready at once while the reserve lasts; beyond it, one that returns 0 until the event loop has turned.
   * It holds memory outside the JavaScript heap: `free` it.
   */
  encoder(rate: OpusRate, options: OpusEncoderOptions = {}): AudioEncoder {
    const handle = pool(this.#encoders, rate).pop();
    this.#refill(rate);
    return new OpusEncoder(rate, handle ?? openEncoder(rate), { ...DEFAULTS, ...options });
  }

  /** A decoder that mixes stereo packets down to mono. Readiness and `free` as for `encoder`. */
  decoder(rate: OpusRate): AudioDecoder {
    const handle = pool(this.#decoders, rate).pop();
    this.#refill(rate);
    return new OpusDecoder(rate, handle ?? openDecoder(rate));
  }
}

/** Loads libopus once for this thread, with `reserve` codecs at 8 kHz at hand. Rejects when WebAssembly is refused. */
export async function loadOpus(reserve = 4): Promise<OpusLibrary> {
  const { version } = await loadLibopus();
  const library = new OpusLibrary(version, reserve);
  await library.prepare(8000);
  return library;
}

function pool<T>(pools: Map<OpusRate, T[]>, rate: OpusRate): T[] {
  const existing = pools.get(rate);
  if (existing !== undefined) return existing;
  const fresh: T[] = [];
  pools.set(rate, fresh);
  return fresh;
}

const openEncoder = (rate: OpusRate): Promise<OpusEncoderHandle> =>
  createEncoder({ sampleRate: rate, channels: 1, application: Application.Voip, signal: Signal.Voice });

const openDecoder = (rate: OpusRate): Promise<OpusDecoderHandle> => createDecoder({ sampleRate: rate, channels: 1 });

/** Waits for a handle that is not there yet, and frees it on arrival if it is no longer wanted. */
class Handle<T extends { free(): void }> {
  current: T | undefined;
  #freed = false;

  constructor(source: T | Promise<T>, prepare: (handle: T) => void) {
    const arrive = (handle: T): void => {
      if (this.#freed) {
        handle.free();
        return;
      }
      prepare(handle);
      this.current = handle;
    };
    // Refused only when WebAssembly is out of memory: the codec stays mute, and the call shows no audio.
    if (source instanceof Promise) source.then(arrive, () => {});
    else arrive(source);
  }

  free(): void {
    this.#freed = true;
    this.current?.free();
    this.current = undefined;
  }
}

/** libopus copies in and out of its own memory: each call costs one short-lived array, the library's only way. */
class OpusEncoder implements AudioEncoder {
  readonly sampleRate: OpusRate;
  readonly #handle: Handle<OpusEncoderHandle>;
  readonly #dtx: boolean;
  readonly #call = { frameSize: 0, maxPacketBytes: MAX_PACKET_BYTES };
  #frame = new Int16Array(0);
  readonly #fec: boolean;
  #plan: EncoderPlan;

  constructor(
    rate: OpusRate,
    handle: OpusEncoderHandle | Promise<OpusEncoderHandle>,
    options: Required<OpusEncoderOptions>,
  ) {
    this.sampleRate = rate;
    this.#fec = options.fec;
    this.#plan = options;
    this.#dtx = options.dtx;
    this.#handle = new Handle(handle, (encoder) => {
      encoder.setComplexity(options.complexity);
      encoder.setFec(options.fec);
      encoder.setDtx(options.dtx);
      this.#apply(encoder);
    });
  }

  follow(plan: EncoderPlan): void {
    this.#plan = plan;
    if (this.#handle.current !== undefined) this.#apply(this.#handle.current);
  }

  #apply(encoder: OpusEncoderHandle): void {
    encoder.setBitrate(this.#plan.bitrate);
    encoder.setPacketLossPercent(this.#fec ? this.#plan.lossPercent : 0);
  }

  encode(pcm: Int16Array, at: number, samples: number, payload: Uint8Array, start: number): number {
    const encoder = this.#handle.current;
    if (encoder === undefined) return 0;
    if (this.#frame.length !== samples) this.#frame = new Int16Array(samples);
    for (let index = 0; index < samples; index += 1) this.#frame[index] = pcm[at + index] as number;
    this.#call.frameSize = samples;
    const packet = encoder.encode(this.#frame, this.#call);
    if (this.#dtx && packet.length <= DTX_BYTES) return 0;
    if (start + packet.length > payload.length) return 0;
    payload.set(packet, start);
    return packet.length;
  }

  free(): void {
    this.#handle.free();
  }
}

class OpusDecoder implements AudioDecoder {
  readonly sampleRate: OpusRate;
  readonly #handle: Handle<OpusDecoderHandle>;
  readonly #recovery = { decodeFec: true, frameSize: 0 };

  constructor(rate: OpusRate, handle: OpusDecoderHandle | Promise<OpusDecoderHandle>) {
    this.sampleRate = rate;
    this.#handle = new Handle(handle, () => {});
  }

  decode(payload: Uint8Array, start: number, end: number, pcm: Int16Array, at: number): number {
    const decoder = this.#handle.current;
    if (decoder === undefined || end <= start || at + (this.sampleRate * MAX_MS) / 1000 > pcm.length) return 0;
    try {
      return put(decoder.decode(payload.subarray(start, end)), pcm, at);
    } catch {
      // libopus refuses a payload that breaks RFC 6716 section 3.4.
      return 0;
    }
  }

  /** The end of the gap comes from in-band FEC where the next packet carries it; libopus conceals the rest (RFC 6716 section 4.4). */
  conceal(payload: Uint8Array, start: number, end: number, samples: number, pcm: Int16Array, at: number): number {
    const decoder = this.#handle.current;
    if (decoder === undefined || end <= start || at + samples > pcm.length) return 0;
    this.#recovery.frameSize = samples;
    try {
      return put(decoder.decode(payload.subarray(start, end), this.#recovery), pcm, at);
    } catch {
      return 0;
    }
  }

  recovers(payload: Uint8Array, start: number, end: number): boolean {
    return hasErrorCorrection(payload, start, end);
  }

  free(): void {
    this.#handle.free();
  }
}

/**
 * Whether the first frame carries the one before it (LBRR, RFC 6716 section 4.2.4): flags of voice activity, one for
 * each 20 ms, come first in a SILK frame, and then this one. They have even odds, and so stand there as plain bits. Of
 * packets with several frames (never made of SILK up to 60 ms) it is not told.
 */
export function hasErrorCorrection(payload: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2) return false;
  const toc = payload[start] as number;
  const config = toc >> 3;
  if (config >= 16 || (toc & 3) !== 0) return false;
  const frames = config < 12 ? Math.max(1, config & 3) : 1;
  return (((payload[start + 1] as number) >> (7 - frames)) & 1) === 1;
}

function put(samples: Int16Array, pcm: Int16Array, at: number): number {
  pcm.set(samples, at);
  return samples.length;
}
