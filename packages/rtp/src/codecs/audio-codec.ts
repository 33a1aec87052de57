/**
 * Audio codecs over 16-bit mono PCM in the caller's buffers. All are synchronous. A length of 0 means that nothing
 * was decoded or needs to be sent; nothing throws on malformed payload.
 */
export interface AudioDecoder {
  /** Of the PCM, in Hz. */
  readonly sampleRate: number;
  /** Decodes `payload[start, end)` to `pcm[at...]`; returns samples written. */
  decode(payload: Uint8Array, start: number, end: number, pcm: Int16Array, at: number): number;
  /**
   * Fills in for `samples` lost ones right before `payload[start, end)`, with whatever that payload and the past
   * tell; returns samples written. `samples` is a multiple of 2.5 ms and at most 120 ms.
   */
  conceal(payload: Uint8Array, start: number, end: number, samples: number, pcm: Int16Array, at: number): number;
  /** Whether the payload carries the end of the gap before it once more, so that `conceal` finds it there. */
  recovers?(payload: Uint8Array, start: number, end: number): boolean;
  /** Frees memory outside the JavaScript heap. Afterwards `decode` returns 0. Idempotent. */
  free(): void;
}

/** How an encoder is to follow its path. */
export interface EncoderPlan {
  /** bit/s. */
  readonly bitrate: number;
  /** Which share of packets, in percent, error correction is to expect to be lost. */
  readonly lossPercent: number;
}

export interface AudioEncoder {
  readonly sampleRate: number;
  /** Missing where there is nothing to be changed (G.711). */
  follow?(plan: EncoderPlan): void;
  /** Encodes `pcm[at, at + samples)` to `payload[start...]`; returns bytes written, 0 for a frame that need not be sent (DTX). */
  encode(pcm: Int16Array, at: number, samples: number, payload: Uint8Array, start: number): number;
  free(): void;
}
