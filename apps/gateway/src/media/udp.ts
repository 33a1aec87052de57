import type { Result, TransportAddress } from '@earshot/base';

/** A bound UDP socket as the media logic sees it: `dgram` behind it in a worker, a script in a test. */
export interface UdpSocket {
  readonly local: TransportAddress;
  /** Set by the owner. `packet` is the receiver's to keep and to change; `from` must be copied to be kept. */
  onPacket: (packet: Uint8Array, from: TransportAddress) => void;
  /** Set by the owner: the connected remote answered by ICMP that nobody listens there. */
  onRefused: () => void;
  /** Sends `bytes[offset, offset + length)` before it returns, or drops it. After `connect`, only to that remote. */
  send(bytes: Uint8Array, offset: number, length: number, to: TransportAddress): void;
  /** From now on the system itself drops what comes from elsewhere. */
  connect(to: TransportAddress): void;
  /** Takes packets from anywhere again. The socket must have been bound to a port of the owner's choice. */
  disconnect(): void;
  close(): void;
}

/** The pair of sockets of a plain RTP leg: RTP on an even port, RTCP on the next one (RFC 3550 section 11). */
export interface RtpSockets {
  readonly rtp: UdpSocket;
  readonly rtcp: UdpSocket;
}

/** Opens a pair; fails with `media.ports_exhausted`. */
export type OpenRtpSockets = () => Promise<Result<RtpSockets>>;
