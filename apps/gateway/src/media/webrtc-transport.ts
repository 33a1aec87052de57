import type { IceCredentials, Millis, TransportAddress, WebRtcRemote } from '@earshot/base';
import { readU32 } from '@earshot/rtp';
import {
  classifyPacket,
  type DtlsSessionEvent,
  type LocalCandidate,
  PACKET_RTCP,
  PACKET_RTP,
  type SessionEvent,
  type SessionOutput,
  SRTP_AUTH_FAILED,
  SRTP_MAX_OVERHEAD,
  SRTP_REPLAYED,
  type WebRtcSession,
} from '@earshot/webrtc';
import type { BrowserPort, BrowserRoute } from './browser-port.js';
import type { LegTransport, MediaLeg } from './leg.js';
import type { UdpSocket } from './udp.js';

const MAX_RTCP = 1500;
/** In an RTP header (RFC 3550 section 5.1). */
const SSRC_OFFSET = 8;

/** SRTP behind ICE and DTLS, through the sockets that all browsers of a worker share. */
export class WebRtcTransport implements LegTransport, BrowserRoute {
  /** Below the five seconds of RFC 3550 section 6.2, as RFC 4585 allows: a browser's figures follow our reports. */
  readonly reportIntervalMs = 2000;
  srtpAuthFailures = 0;
  srtpReplays = 0;
  /** What comes from anywhere else is no packet of this leg until it has proved to be one. */
  readonly packetsForeign = 0;
  readonly #leg: MediaLeg;
  readonly #session: WebRtcSession;
  readonly #port: BrowserPort;
  readonly #clock: () => Millis;
  /** The socket that was sent from last, so that a packet costs no look-up. */
  #local: LocalCandidate | undefined;
  #socket: UdpSocket | undefined;
  /** Of the stream that was heard last. */
  #ssrc = -1;
  readonly #rtcpBuffer = new Uint8Array(MAX_RTCP + SRTP_MAX_OVERHEAD);
  /** The forwarder's buffer from a packet's offset on; it is the same one for every packet. */
  #view: Uint8Array = new Uint8Array(0);
  #viewOf: Uint8Array | undefined;
  #viewOffset = 0;

  constructor(leg: MediaLeg, session: WebRtcSession, port: BrowserPort, clock: () => Millis) {
    this.#leg = leg;
    this.#session = session;
    this.#port = port;
    this.#clock = clock;
    port.setUfrags(this, session.localUfrags());
  }

  get remote(): TransportAddress | undefined {
    return this.#session.path?.remote;
  }

  get local(): TransportAddress | undefined {
    return this.#session.path?.local;
  }

  setRemote(remote: WebRtcRemote): void {
    this.#perform(this.#session.setRemote(this.#clock(), remote));
  }

  restart(ice: IceCredentials, abandons = false): void {
    this.#perform(this.#session.restart(this.#clock(), ice, abandons));
    this.#port.setUfrags(this, this.#session.localUfrags());
  }

  receive(packet: Uint8Array, from: TransportAddress, local: LocalCandidate): void {
    const kind = classifyPacket(packet[0], packet[1]);
    if (kind === PACKET_RTP) this.#countFailure(this.#receiveRtp(packet, from, local));
    else if (kind === PACKET_RTCP) this.#receiveRtcp(packet, from);
    else this.#receiveControl(packet, from, local);
  }

  receiveForeign(packet: Uint8Array, from: TransportAddress, local: LocalCandidate): boolean {
    // Strangers who guess do not count as failures of this leg.
    if (this.#receiveRtp(packet, from, local) <= 0) return false;
    // It costs a look-up less from now on, and our question is answered from there.
    this.#port.addAddress(this, from);
    return true;
  }

  #receiveRtp(packet: Uint8Array, from: TransportAddress, local: LocalCandidate): number {
    const now = this.#clock();
    const length = this.#session.unprotectRtp(packet, packet.length, from, local, now);
    if (length <= 0) return length;
    const ssrc = readU32(packet, SSRC_OFFSET);
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc;
      this.#port.addSsrc(this, ssrc);
    }
    const followed = this.#session.take();
    if (followed.length > 0) this.#perform(followed);
    this.#leg.receiveRtp(packet, length, now);
    return length;
  }

  #receiveRtcp(packet: Uint8Array, from: TransportAddress): void {
    const length = this.#session.unprotectRtcp(packet, packet.length, from);
    if (length > 0) this.#leg.receiveRtcp(packet.subarray(0, length), this.#clock());
    else this.#countFailure(length);
  }

  #countFailure(code: number): void {
    if (code === SRTP_AUTH_FAILED) this.srtpAuthFailures += 1;
    else if (code === SRTP_REPLAYED) this.srtpReplays += 1;
  }

  #receiveControl(packet: Uint8Array, from: TransportAddress, local: LocalCandidate): void {
    this.#perform(this.#session.receive(this.#clock(), packet, from, local));
    if (this.#session.isValidated(from)) this.#port.addAddress(this, from);
  }

  sendRtp(buffer: Uint8Array, offset: number, length: number): boolean {
    const path = this.#session.pathFor(length + SRTP_MAX_OVERHEAD);
    if (path === undefined) return false;
    if (buffer !== this.#viewOf || offset !== this.#viewOffset) {
      this.#view = buffer.subarray(offset);
      this.#viewOf = buffer;
      this.#viewOffset = offset;
    }
    const size = this.#session.protectRtp(this.#view, length);
    if (size < 0) return false;
    this.#send(this.#view, size, path.local, path.remote);
    return true;
  }

  sendRtcp(compound: Uint8Array): void {
    const path = this.#session.pathFor(compound.length + SRTP_MAX_OVERHEAD);
    if (path === undefined || compound.length > MAX_RTCP) return;
    this.#rtcpBuffer.set(compound);
    const size = this.#session.protectRtcp(this.#rtcpBuffer, compound.length);
    if (size > 0) this.#send(this.#rtcpBuffer, size, path.local, path.remote);
  }

  /** The first `length` bytes. From an address that is gone nothing can be sent. */
  #send(bytes: Uint8Array, length: number, from: LocalCandidate, to: TransportAddress): void {
    if (from !== this.#local) {
      this.#local = from;
      this.#socket = this.#port.socketOf(from);
    }
    this.#socket?.send(bytes, 0, length, to);
  }

  tick(now: Millis): void {
    const { nextTimeout } = this.#session;
    if (nextTimeout !== undefined && now >= nextTimeout) this.#perform(this.#session.handleTimeout(now));
  }

  close(now: Millis): void {
    this.#perform(this.#session.close(now));
    this.#port.remove(this);
  }

  #perform(outputs: readonly SessionOutput[]): void {
    for (const output of outputs) {
      if (output.type === 'send') this.#send(output.datagram, output.datagram.length, output.from, output.to);
      else this.#report(output.event);
    }
  }

  #report(event: SessionEvent): void {
    const { id: legId, emitEvent } = this.#leg;
    switch (event.type) {
      case 'ice':
        emitEvent({ type: 'leg.ice', legId, state: event.state, ...plainPath(event) });
        break;
      case 'path':
        // The first path comes with the state; a later one is a move within it.
        if (event.previous === undefined) break;
        emitEvent({ type: 'leg.ice', legId, state: 'connected', ...plainPath(event) });
        break;
      case 'check': {
        const { outcome, from, local, count } = event;
        emitEvent({ type: 'leg.check', legId, outcome, from, local, count });
        break;
      }
      case 'ready': {
        const { profile, durationMs } = event;
        emitEvent({ type: 'leg.dtls', legId, state: 'connected', profile, durationMs });
        break;
      }
      case 'dtls':
        this.#reportDtls(event.event);
        break;
      case 'failed':
        emitEvent({ type: 'leg.failed', legId, fault: event.fault });
        break;
    }
  }

  #reportDtls(event: DtlsSessionEvent): void {
    const { id: legId, emitEvent } = this.#leg;
    if (event.type === 'flight') {
      const { direction, flight, bytes, retransmission } = event;
      emitEvent({ type: 'leg.flight', legId, direction, flight, bytes, retransmission });
    } else if (event.type === 'partial-flight') {
      emitEvent({ type: 'leg.partial_flight', legId, flight: event.flight, bytes: event.bytes });
    } else if (event.type === 'alert') {
      emitEvent({ type: 'leg.alert', legId, level: event.level, description: event.description });
    } else {
      emitEvent({ type: 'leg.dtls', legId, state: 'closed' });
    }
  }
}

/** Without what a socket says besides, since it crosses threads. */
const plain = ({ address, port }: TransportAddress): TransportAddress => ({ address, port });

const plainPath = ({ local, remote }: { readonly local: TransportAddress; readonly remote: TransportAddress }) => ({
  remote: plain(remote),
  local: plain(local),
});
