import { type Millis, type RtpRemote, sameAddress, type TransportAddress } from '@earshot/base';
import { isRtcp, rtpHeaderLength, rtpPayloadType, rtpSequenceNumber, rtpSsrc } from '@earshot/rtp';
import type { LegTransport, MediaLeg } from './leg.js';
import { RemoteLock } from './remote-lock.js';
import type { RtpSockets } from './udp.js';

const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** RTP and RTCP without protection, on a pair of sockets of its own, towards a remote learnt by `RemoteLock`. */
export class PlainRtpTransport implements LegTransport {
  readonly srtpAuthFailures = 0;
  readonly srtpReplays = 0;
  packetsForeign = 0;
  /** RFC 3550 section 6.2. */
  readonly reportIntervalMs = 5000;
  readonly #leg: MediaLeg;
  readonly #clock: () => Millis;
  #sockets: RtpSockets | undefined;
  #closed = false;
  #signalled: RtpRemote | undefined;
  /** The last signalled address that can be sent to. */
  #place: TransportAddress | undefined;
  #lock: RemoteLock | undefined;
  #rtcpTo: TransportAddress | undefined;

  constructor(leg: MediaLeg, clock: () => Millis) {
    this.#leg = leg;
    this.#clock = clock;
  }

  /** Takes over the sockets once they are open, and returns the local address; undefined when the leg is gone. */
  attach(sockets: RtpSockets): TransportAddress | undefined {
    const { rtp, rtcp } = sockets;
    if (this.#closed) {
      rtp.close();
      rtcp.close();
      return undefined;
    }
    this.#sockets = sockets;
    rtp.onPacket = (packet, from) => this.#receive(packet, from);
    rtp.onRefused = () => this.#leg.refused(this.#clock());
    rtcp.onPacket = (packet, from) => this.#receiveRtcp(packet, from);
    return rtp.local;
  }

  get remote(): TransportAddress | undefined {
    return this.#lock?.current;
  }

  get local(): TransportAddress | undefined {
    return this.#sockets?.rtp.local;
  }

  /** The remote's addresses as signalled. A change, as by a re-INVITE, begins to learn anew. */
  setRemote(remote: RtpRemote): void {
    const before = this.#signalled;
    this.#signalled = remote;
    this.#rtcpTo = remote.rtcp;
    if (before !== undefined && sameAddress(before.rtp, remote.rtp)) return;
    // Hold by the unspecified address is no move: the remote comes back to where it was.
    if (!UNSPECIFIED.has(remote.rtp.address)) {
      if (this.#place !== undefined && !sameAddress(this.#place, remote.rtp)) this.#leg.proveAfresh();
      this.#place = remote.rtp;
    }
    this.#sockets?.rtp.disconnect();
    this.#lock = new RemoteLock(remote.rtp);
  }

  #receive(packet: Uint8Array, from: TransportAddress): void {
    const { length } = packet;
    if (isRtcp(packet, length)) {
      this.#receiveRtcp(packet, from);
      return;
    }
    const lock = this.#lock;
    if (lock === undefined || rtpHeaderLength(packet, length) < 0) return;
    if (!this.#leg.accepts(rtpPayloadType(packet))) {
      // From wherever: a payload type that was not agreed on teaches nothing about its sender.
      this.#leg.packetsRefused += 1;
      return;
    }
    const wasFinal = lock.final;
    const verdict = lock.judge(from, rtpSsrc(packet), rtpSequenceNumber(packet));
    if (verdict === 'foreign' || verdict === 'waiting') {
      this.packetsForeign += 1;
      return;
    }
    if (verdict === 'moved') this.#tellMove(lock.current);
    if (!wasFinal && lock.final) this.#sockets?.rtp.connect(lock.current);
    this.#leg.receiveRtp(packet, length, this.#clock());
  }

  #tellMove({ address, port }: TransportAddress): void {
    this.#leg.emitEvent({ type: 'leg.moved', legId: this.#leg.id, remote: { address, port } });
  }

  /** Nothing authenticates RTCP: it must come from the host that RTP goes to, or from where it was signalled. */
  #receiveRtcp(packet: Uint8Array, from: TransportAddress): void {
    const lock = this.#lock;
    const signalled = this.#signalled?.rtcp;
    if (lock === undefined || signalled === undefined) return;
    const known = sameAddress(from, signalled);
    if (!known && from.address !== lock.current.address) return;
    // Behind a NAT the signalled address leads nowhere.
    if (!known && lock.locked && !lock.final) this.#rtcpTo = { address: from.address, port: from.port };
    this.#leg.receiveRtcp(packet, this.#clock());
  }

  sendRtp(buffer: Uint8Array, offset: number, length: number): boolean {
    if (this.#lock === undefined || this.#sockets === undefined) return false;
    this.#sockets.rtp.send(buffer, offset, length, this.#lock.current);
    return true;
  }

  sendRtcp(compound: Uint8Array): void {
    if (this.#rtcpTo === undefined || this.#signalled === undefined || this.#sockets === undefined) return;
    const multiplexed = sameAddress(this.#signalled.rtcp, this.#signalled.rtp);
    const socket = multiplexed ? this.#sockets.rtp : this.#sockets.rtcp;
    const to = multiplexed ? (this.#lock?.current ?? this.#rtcpTo) : this.#rtcpTo;
    socket.send(compound, 0, compound.length, to);
  }

  tick(): void {
    // Time changes nothing here.
  }

  close(): void {
    this.#closed = true;
    this.#sockets?.rtp.close();
    this.#sockets?.rtcp.close();
  }
}
