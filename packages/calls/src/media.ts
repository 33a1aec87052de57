import type { Fault, IceCredentials, LegMedia, RtpRemote, TransportAddress, WebRtcRemote } from '@earshot/base';

/**
 * What call control asks of a media worker, and what it hears back. Plain data: it crosses threads.
 * A leg is opened, told its remote side, bridged with another leg, and closed. Commands for one leg keep their order.
 */
export type MediaCommand =
  /** A WebRTC leg answers checks for these local credentials from now on. Opening needs no port: a worker has one. */
  | { readonly type: 'webrtc.open'; readonly callId: string; readonly legId: string; readonly ice: IceCredentials }
  /** Adds a generation for an ICE restart; the old one serves until the new one is nominated. DTLS and SRTP stay. */
  | {
      readonly type: 'webrtc.restart';
      readonly legId: string;
      readonly ice: IceCredentials;
      /** Checks of the old generations are refused from now on. */
      readonly abandons?: boolean;
      /** No restart is under way: these are for one to come. */
      readonly isSpare?: boolean;
    }
  /** The remote description: fingerprints before any key is used, credentials, and the negotiated media. */
  | {
      readonly type: 'webrtc.remote';
      readonly legId: string;
      readonly remote: WebRtcRemote;
      readonly media: LegMedia;
    }
  /** Allocates a UDP port pair for plain RTP; answered by `rtp.opened` or `leg.failed`. */
  | { readonly type: 'rtp.open'; readonly callId: string; readonly legId: string }
  | { readonly type: 'rtp.remote'; readonly legId: string; readonly remote: RtpRemote; readonly media: LegMedia }
  /** What the remote counted of our packets since it said so before, other than by RTCP. */
  | {
      readonly type: 'leg.counted';
      readonly legId: string;
      readonly received: number;
      readonly lost: number;
      /** By checks, and by RTCP. */
      readonly pairTripMs?: number;
      readonly roundTripMs?: number;
    }
  /** Joins two legs: what one sends, the other hears. */
  | { readonly type: 'bridge'; readonly legIds: readonly [string, string] }
  /** Idempotent. The last `leg.stats` follows. */
  | { readonly type: 'close'; readonly legId: string };

export type MediaEvent =
  | { readonly type: 'rtp.opened'; readonly legId: string; readonly local: TransportAddress }
  /**
   * Connectivity of a WebRTC leg. `lost`: consent expired (RFC 7675) or was never regained; `connected` may follow, and
   * comes again for each move to another path. `remote` and `local` are the two ends of the path as seen from here:
   * behind a relay, `remote` is the relay's; behind 1:1 NAT, `local` is the inner address.
   */
  | {
      readonly type: 'leg.ice';
      readonly legId: string;
      readonly state: 'checking' | 'connected' | 'lost';
      readonly remote?: TransportAddress;
      readonly local?: TransportAddress;
    }
  /** `durationMs`: of the handshake; `profile`: of SRTP, by its IANA name. */
  | {
      readonly type: 'leg.dtls';
      readonly legId: string;
      readonly state: 'connected' | 'closed';
      readonly profile?: string;
      readonly durationMs?: number;
    }
  /**
   * Evidence for diagnosis: connectivity checks that came from one address to one of ours with one outcome (`valid`,
   * `nominating`, `bad-integrity`, and what else `CheckOutcome` of the media stack says), the first and each doubling.
   */
  | {
      readonly type: 'leg.check';
      readonly legId: string;
      readonly outcome: string;
      readonly from: TransportAddress;
      /** The address of ours that they came to. */
      readonly local?: TransportAddress;
      readonly count: number;
    }
  /** Evidence for diagnosis: a flight of the DTLS handshake (RFC 6347 section 4.2.4), or an alert that came. */
  | {
      readonly type: 'leg.flight';
      readonly legId: string;
      readonly direction: 'in' | 'out';
      readonly flight: number;
      readonly bytes: number;
      readonly retransmission: boolean;
    }
  /**
   * Evidence for diagnosis: a part of a flight came, said once for each flight. Where the whole never follows, its
   * larger datagrams are lost on the way.
   */
  | { readonly type: 'leg.partial_flight'; readonly legId: string; readonly flight: number; readonly bytes: number }
  | { readonly type: 'leg.alert'; readonly legId: string; readonly level: string; readonly description: number }
  /**
   * The direction facts behind "connected means heard".
   * `received`: authenticated RTP arrived from this leg's remote.
   * `delivered`: the remote confirmed by RTCP that it receives ours ('reported'), or it sent media for a while without
   * ever speaking RTCP, so that receipt can only be presumed ('presumed'), or RTCP says it receives nothing ('denied').
   * Each is said when it becomes true or changes, and afresh after an `rtp.remote` with another address: a remote that
   * moved has confirmed nothing yet. One that stayed keeps what it said.
   */
  | { readonly type: 'leg.received'; readonly legId: string }
  | { readonly type: 'leg.delivered'; readonly legId: string; readonly evidence: 'reported' | 'presumed' | 'denied' }
  /** A telephone-event of this leg ended; it has been relayed to the bridged leg where that one negotiated it (`relayed`). */
  | {
      readonly type: 'leg.dtmf';
      readonly legId: string;
      readonly digit: string;
      readonly durationMs: number;
      readonly relayed?: boolean;
    }
  /** What is sent to a WebRTC leg follows its path: bit/s, ms of a packet, in-band error correction, RFC 2198. */
  | {
      readonly type: 'leg.adapted';
      readonly legId: string;
      readonly bitrate: number;
      readonly ptimeMs: number;
      readonly fec: boolean;
      readonly red: boolean;
    }
  /** Media of a plain RTP leg comes from elsewhere than signalled, and goes there from now on. */
  | { readonly type: 'leg.moved'; readonly legId: string; readonly remote: TransportAddress }
  /** The thread that carries this leg's media stood still for so long. */
  | { readonly type: 'leg.stalled'; readonly legId: string; readonly lateMs: number }
  /** Every second once described, and once on close. */
  | { readonly type: 'leg.stats'; readonly legId: string; readonly stats: LegStats }
  | { readonly type: 'leg.failed'; readonly legId: string; readonly fault: Fault };

/** Counters since the leg opened (packets, bytes of payload) and the current figures. */
export interface LegStats {
  readonly codec?: string;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  /** Of what we sent, by the remote's last report. */
  readonly remotePacketsLost?: number;
  readonly remoteJitterMs?: number;
  readonly roundTripMs?: number;
  readonly srtpAuthFailures: number;
  readonly srtpReplays: number;
  /** Since the leg opened, in ms. */
  readonly ageMs?: number;
  /** Losses that came in runs, since the leg opened. */
  readonly lossRuns?: number;
  /** Of payload types that were not agreed on. */
  readonly packetsRefused?: number;
  /** Lost ones whose sound came with later ones. */
  readonly packetsRecovered?: number;
  /** That no codec here could decode. */
  readonly packetsUndecodable?: number;
  /** From an address that the leg does not listen to. */
  readonly packetsForeign?: number;
  /** Since the figures before: the longest time between two packets in ms, and the longest run of losses in packets. */
  readonly maxGapMs?: number;
  readonly longestLoss?: number;
  /** Since the figures before: how much longer the quickest packet took than the first of all, by both ends' clocks. */
  readonly delayMs?: number;
  /** Since the figures before: mean level of what was received in dBov, of packets looked at now and then. */
  readonly levelDb?: number;
  /** Where media of a WebRTC leg goes to now. */
  readonly remote?: TransportAddress;
  /** And the address of ours that it leaves from. */
  readonly local?: TransportAddress;
}
