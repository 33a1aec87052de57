import type { IceCredentials, LegMedia, TransportAddress } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import {
  OutgoingStream,
  ReceptionStatistics,
  RTP_FIXED_HEADER_LENGTH,
  RtcpReporter,
  rtpPayloadType,
  rtpSequenceNumber,
  rtpSsrc,
  rtpTimestamp,
  writeRtpHeader,
} from '@earshot/rtp';
import { DtlsClient } from '../../../packages/webrtc/src/dtls/testing/dtls-client.js';
import {
  classifyPacket,
  PACKET_DTLS,
  PACKET_RTCP,
  PACKET_RTP,
  PACKET_STUN,
} from '../../../packages/webrtc/src/session/index.js';
import { SRTP_MAX_OVERHEAD, SrtpReceiver, SrtpSender } from '../../../packages/webrtc/src/srtp/index.js';
import { BROWSER, FIRST } from '../../../packages/webrtc/src/testing/checks.js';
import { FullAgent } from '../../../packages/webrtc/src/testing/full-agent.js';
import { browserCertificate, GATEWAY, WIFI } from '../../../packages/webrtc/src/testing/virtual-call.js';
import { timerOf, type VirtualNetwork } from '../../../packages/webrtc/src/testing/virtual-network.js';
import type { World } from './world.js';

/** A packet as an end hears it. */
export interface Heard {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

/** RTP and RTCP of one end of a call, whatever carries them. */
abstract class TestEnd {
  readonly heard: Heard[] = [];
  /** Payload octets differ from packet to packet, so that a mix-up shows. */
  sent = 0;
  /** False: this end never speaks RTCP, as some phones. */
  speaksRtcp = true;
  rtcpHeard = 0;
  readonly stream: OutgoingStream;
  readonly reception = new ReceptionStatistics(new Uint32Array(128).fill(8000));
  readonly #reporter: RtcpReporter;
  protected readonly network: VirtualNetwork;

  constructor(network: VirtualNetwork, ssrc: number) {
    this.network = network;
    this.stream = new OutgoingStream(ssrc, 100, 1000);
    const { now } = network;
    this.#reporter = new RtcpReporter({
      ssrc,
      cname: 'end',
      now,
      random: () => 0.5,
      intervalMs: 500,
      firstReportMs: 300,
    });
  }

  protected abstract sendRtp(packet: Uint8Array, length: number): void;
  protected abstract sendRtcp(compound: Uint8Array): void;

  /** Lets packets of the stream be lost at the source. */
  skip(packets: number): void {
    this.sent += packets;
  }

  /** Sends the next packet of the stream. `ticks`: of its clock, until the next one. */
  speak(payloadType: number, payload: Uint8Array, ticks = 160): void {
    const packet = new Uint8Array(RTP_FIXED_HEADER_LENGTH + payload.length + SRTP_MAX_OVERHEAD);
    const timestamp = (1000 + this.sent * ticks) >>> 0;
    writeRtpHeader(packet, 0, payloadType, false, (100 + this.sent) & 0xffff, timestamp, this.stream.ssrc);
    packet.set(payload, RTP_FIXED_HEADER_LENGTH);
    this.sent += 1;
    this.stream.recordAudio(timestamp, 8000, payload.length, this.network.now);
    this.sendRtp(packet, RTP_FIXED_HEADER_LENGTH + payload.length);
    this.report();
  }

  report(): void {
    const compound = this.speaksRtcp ? this.#reporter.poll(this.network.now, this.stream, this.reception) : undefined;
    if (compound !== undefined) this.sendRtcp(compound);
  }

  protected hearRtcp(compound: Uint8Array): void {
    if (this.#reporter.handle(compound, this.network.now) !== undefined) this.rtcpHeard += 1;
  }

  protected hear(packet: Uint8Array): void {
    this.reception.receive(packet, packet.length, this.network.now);
    this.heard.push({
      payloadType: rtpPayloadType(packet),
      sequence: rtpSequenceNumber(packet),
      timestamp: rtpTimestamp(packet),
      ssrc: rtpSsrc(packet),
      payload: packet.slice(RTP_FIXED_HEADER_LENGTH),
    });
  }
}

/** A SIP phone's media. */
export class Phone extends TestEnd {
  readonly address: TransportAddress;
  readonly rtcpAddress: TransportAddress;
  readonly #gateway: TransportAddress;

  constructor(network: VirtualNetwork, address: TransportAddress, gateway: TransportAddress, ssrc = 0x500) {
    super(network, ssrc);
    this.address = address;
    this.rtcpAddress = { address: address.address, port: address.port + 1 };
    this.#gateway = gateway;
    network.attach(address, (packet) => this.hear(packet));
    network.attach(this.rtcpAddress, (packet) => this.hearRtcp(packet));
  }

  protected sendRtp(packet: Uint8Array, length: number): void {
    this.network.send(packet.slice(0, length), this.address, this.#gateway);
  }

  protected sendRtcp(compound: Uint8Array): void {
    const { address, port } = this.#gateway;
    this.network.send(compound, this.rtcpAddress, { address, port: port + 1 });
  }
}

/** A browser's media: checks, the handshake, then SRTP. */
export class Browser extends TestEnd {
  readonly ice: FullAgent;
  readonly dtls = new DtlsClient({ crypto, certificate: browserCertificate });
  readonly #arm: (() => void)[];
  readonly #home: TransportAddress;
  #peer: TransportAddress;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #hasStarted = false;

  /** `peer`: the address of the gateway that it is told, with the credentials `to`; `local`: its own. */
  constructor(network: VirtualNetwork, ssrc = 0xb00, peer: TransportAddress = GATEWAY, local = WIFI, to = FIRST) {
    super(network, ssrc);
    this.#peer = peer;
    this.#home = local;
    this.ice = new FullAgent({ peer, to, addresses: [local] });
    this.#arm = [
      timerOf(network, this.ice, () => this.#sendChecks(this.ice.handleTimeout(network.now))),
      timerOf(network, this.dtls, () => this.#sendAll(this.dtls.handleTimeout(network.now))),
    ];
    network.attach(local, (packet) => this.#receive(packet, local));
    this.#rearm();
  }

  /** Turns to another address of the gateway, as if its checks had found it better. */
  reach(peer: TransportAddress): void {
    this.#peer = peer;
  }

  get isReady(): boolean {
    return this.#sender !== undefined;
  }

  protected sendRtp(packet: Uint8Array, length: number): void {
    const size = this.#sender?.protectRtp(packet, length) ?? 0;
    if (size > 0) this.network.send(packet.slice(0, size), this.#local, this.#peer);
  }

  protected sendRtcp(compound: Uint8Array): void {
    const packet = new Uint8Array(compound.length + SRTP_MAX_OVERHEAD);
    packet.set(compound);
    const size = this.#sender?.protectRtcp(packet, compound.length) ?? 0;
    if (size > 0) this.network.send(packet.slice(0, size), this.#local, this.#peer);
  }

  /** Restarts ICE from another network. */
  move(to: IceCredentials, address: TransportAddress): void {
    this.network.attach(address, (packet) => this.#receive(packet, address));
    this.ice.restart(this.network.now, to, [address]);
    this.#rearm();
  }

  get #local(): TransportAddress {
    return this.ice.selected ?? this.#home;
  }

  #receive(datagram: Uint8Array, local: TransportAddress): void {
    const { now } = this.network;
    const kind = classifyPacket(datagram[0], datagram[1]);
    if (kind === PACKET_STUN) this.#sendChecks(this.ice.receive(now, datagram, local));
    if (kind === PACKET_DTLS) this.#sendAll(this.dtls.receive(now, datagram));
    if (kind === PACKET_RTP) {
      const packet = datagram.slice();
      const length = this.#receiver?.unprotectRtp(packet, packet.length) ?? 0;
      if (length > 0) this.hear(packet.slice(0, length));
    }
    if (kind === PACKET_RTCP) {
      const packet = datagram.slice();
      const length = this.#receiver?.unprotectRtcp(packet, packet.length) ?? 0;
      if (length > 0) this.hearRtcp(packet.slice(0, length));
    }
    if (this.ice.selected !== undefined && !this.#hasStarted) {
      this.#hasStarted = true;
      this.#sendAll(this.dtls.start(now));
    }
    const { keys } = this.dtls;
    if (keys !== undefined && this.#sender === undefined) {
      this.#sender = new SrtpSender(crypto, keys.profile, keys.local.key, keys.local.salt);
      this.#receiver = new SrtpReceiver(crypto, keys.profile, keys.remote.key, keys.remote.salt);
    }
    this.#rearm();
  }

  #sendChecks(checks: readonly { datagram: Uint8Array; from: TransportAddress }[]): void {
    for (const { datagram, from } of checks) this.network.send(datagram, from, this.#peer);
  }

  #sendAll(datagrams: readonly Uint8Array[]): void {
    for (const datagram of datagrams) this.network.send(datagram, this.#local, this.#peer);
  }

  #rearm(): void {
    for (const arm of this.#arm) arm();
  }
}

export const PHONE: TransportAddress = { address: '198.51.100.20', port: 7000 };

export interface TestCall {
  readonly world: World;
  readonly browser: Browser;
  readonly phone: Phone;
}

/** A browser and a phone, bridged, the browser's handshake complete. */
export async function bridgedCall(
  world: World,
  browserMedia: LegMedia,
  phoneMedia: LegMedia,
  browser = new Browser(world.network),
): Promise<TestCall> {
  const { worker, network } = world;
  worker.handle({ type: 'webrtc.open', callId: 'call', legId: 'browser', ice: FIRST });
  const gateway = await world.openRtp('phone');
  const fingerprints = [{ algorithm: 'sha-256', value: browserCertificate.fingerprint }];
  worker.handle({
    type: 'webrtc.remote',
    legId: 'browser',
    remote: { ice: BROWSER, fingerprints },
    media: browserMedia,
  });
  const phone = new Phone(network, PHONE, gateway);
  worker.handle({
    type: 'rtp.remote',
    legId: 'phone',
    remote: { rtp: phone.address, rtcp: phone.rtcpAddress },
    media: phoneMedia,
  });
  worker.handle({ type: 'bridge', legIds: ['browser', 'phone'] });
  world.run(200);
  if (!browser.isReady) throw new Error(`no keys: ${world.story('browser').join()}`);
  return { world, browser, phone };
}
