import type { StoredCertificate } from '@earshot/crypto';
import type { OpusEncoderOptions } from '@earshot/rtp';
import type { SrtpProfileName } from '@earshot/webrtc';

/** An address of this machine that sockets for browsers are bound to. */
export interface MediaHost {
  readonly address: string;
  /** Somebody named it: that it cannot be bound is a fault. Others come and go. */
  readonly required: boolean;
  /** Of the candidate that leads there (RFC 8445 section 5.1.2). */
  readonly priority: number;
  /** By which address it is known outside, where that is another (1:1 NAT). */
  readonly outer?: string;
}

/** Settings of the media workers. Plain data: it crosses threads. */
export interface MediaOptions {
  /** Worker threads; one per core, less one for call control, unless told. */
  readonly workers?: number;
  /** What sockets for browsers are bound to, in each worker; `MediaPool.listen` changes it later. At least one. */
  readonly browserHosts: readonly MediaHost[];
  /** Worker N listens on `browserPort + N`, on every address; 0 lets the system choose. */
  readonly browserPort: number;
  /** The address that sockets for the phone network are bound to: IPv4, which is what trunks and phones speak. */
  readonly sipHost: string;
  /** First and last RTP port towards the phone network, shared out among the workers; [0, 0]: any that is free. */
  readonly sipPorts: readonly [number, number];
  /** What every WebRTC leg presents in its DTLS handshake. */
  readonly certificate: StoredCertificate;
  readonly opus?: OpusEncoderOptions;
  /** Whether what is encoded for browsers follows their paths; unless it is false. */
  readonly adapt?: boolean;
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
