import type { ForwardSink } from '../audio-forwarder.js';
import {
  rtpHeaderLength,
  rtpMarker,
  rtpPayloadEnd,
  rtpPayloadType,
  rtpSequenceNumber,
  rtpSsrc,
  rtpTimestamp,
} from '../header.js';

/** One packet as a test wants to look at it. */
export interface CollectedPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

export function readPacket(bytes: Uint8Array, offset = 0, length = bytes.length - offset): CollectedPacket {
  const header = rtpHeaderLength(bytes, length, offset);
  if (header < 0) throw new Error(`not an RTP packet: ${header}`);
  return {
    payloadType: rtpPayloadType(bytes, offset),
    marker: rtpMarker(bytes, offset),
    sequence: rtpSequenceNumber(bytes, offset),
    timestamp: rtpTimestamp(bytes, offset),
    ssrc: rtpSsrc(bytes, offset),
    payload: bytes.slice(offset + header, rtpPayloadEnd(bytes, length, offset)),
  };
}

/** A sink that keeps a copy of everything. */
export class Collector implements ForwardSink {
  readonly packets: CollectedPacket[] = [];
  readonly digits: { readonly digit: string; readonly durationMs: number }[] = [];

  emit(buffer: Uint8Array, offset: number, length: number): void {
    this.packets.push(readPacket(buffer, offset, length));
  }

  digit(digit: string, durationMs: number): void {
    this.digits.push({ digit, durationMs });
  }

  get sequences(): number[] {
    return this.packets.map((packet) => packet.sequence);
  }

  get timestamps(): number[] {
    return this.packets.map((packet) => packet.timestamp);
  }
}
