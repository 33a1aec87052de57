import type { StoredCertificate } from '@earshot/crypto';
import type { OpusEncoderOptions } from '@earshot/rtp';
import type { SrtpProfileName } from '@earshot/webrtc';

/** Settings of the media workers. Plain data: it crosses threads. */
export interface MediaOptions {
  /** Worker threads; one per core, less one for call control, unless told. */
  readonly workers?: number;
  /** The IPv4 address that sockets for browsers are bound to. */
  readonly browserHost: string;
  /** Worker N listens on `browserPort + N`; 0 lets the system choose. */
  readonly browserPort: number;
  /** The IPv4 address that sockets for the phone network are bound to. */
  readonly sipHost: string;
  /** First and last RTP port towards the phone network, shared out among the workers; [0, 0]: any that is free. */
  readonly sipPorts: readonly [number, number];
  /** What every WebRTC leg presents in its DTLS handshake. */
  readonly certificate: StoredCertificate;
  readonly opus?: OpusEncoderOptions;
  /** In order of preference; counter mode first unless told, since it costs a third of GCM here. */
  readonly srtpProfiles?: readonly SrtpProfileName[];
}

/** What one worker thread is started with. */
export interface WorkerOptions extends MediaOptions {
  /** From 0. */
  readonly index: number;
  readonly workers: number;
}

/** Of `sipPorts`, the share of worker `index`: whole pairs of an even and the next port, or [0, 0]. */
export function portShare(
  [first, last]: readonly [number, number],
  index: number,
  workers: number,
): readonly [number, number] {
  if (first === 0 && last === 0) return [0, 0];
  const even = first + (first % 2);
  const pairs = Math.floor((last - even + 1) / 2);
  const from = Math.floor((pairs * index) / workers);
  const to = Math.floor((pairs * (index + 1)) / workers);
  return [even + from * 2, even + to * 2 - 1];
}
