import type { LegMedia, Millis } from '@earshot/base';
import type { OpusLibrary } from './codecs/opus.js';
import type { OutgoingStream, RtpSink } from './outgoing-stream.js';

/** Where a forwarder's packets and reports go. The object is fixed; its methods may not keep the buffer. */
export interface ForwardSink extends RtpSink {
  /** A telephone-event of the source ended (RFC 4733), once for each event: '0' to '9', '*', '#', 'A' to 'D'. */
  digit(digit: string, durationMs: number): void;
}

/**
 * What became of a packet. `passed`: payload untouched; `converted`: PCMU <-> PCMA byte by byte; `transcoded`;
 * `event`: a telephone-event, relayed where the destination negotiated it; `late`: duplicate, too late, or the first
 * of a jump; `held`: a direction forbids it; `unknown-payload-type`: not negotiated by the source;
 * `no-codec`: negotiated, but nothing here can turn it into what the destination takes; `invalid`: not RTP.
 */
export type ForwardResult =
  | 'passed'
  | 'converted'
  | 'transcoded'
  | 'event'
  | 'late'
  | 'held'
  | 'unknown-payload-type'
  | 'no-codec'
  | 'invalid';

export interface AudioForwarderOptions {
  /** The leg that packets come from, and the one they go to. */
  readonly source: LegMedia;
  readonly destination: LegMedia;
  /** Without it, Opus can only pass through. */
  readonly opus?: OpusLibrary;
  /** The destination leg's stream: one for the leg's whole life, handed to each forwarder that feeds it. */
  readonly stream: OutgoingStream;
  readonly sink: ForwardSink;
  /** From `createPacketBuffer`; forwarders of one thread can share it. */
  readonly buffer?: Uint8Array;
}

/** One direction of a bridge. */
export declare class AudioForwarder {
  constructor(options: AudioForwarderOptions);
  /** Forwards the RTP packet `packet[offset, offset + length)`. */
  forward(packet: Uint8Array, length: number, now: Millis, offset?: number): ForwardResult;
  /** Ends telephone-events whose last packets were lost. Every 100 ms or so. */
  tick(now: Millis): void;
  /** A renegotiation: stream, SSRC and numbering go on. */
  update(source: LegMedia, destination: LegMedia): void;
  /** Frees codecs. The stream stays usable by another forwarder. */
  close(): void;
}
