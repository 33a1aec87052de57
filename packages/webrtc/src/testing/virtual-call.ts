import { type Certificate, hostCandidatePriority, type IceCredentials, type TransportAddress } from '@earshot/base';
import { createCertificate, nodeCrypto as crypto, loadCertificate } from '@earshot/crypto';
import { DtlsClient } from '../dtls/testing/dtls-client.js';
import type { LocalCandidate } from '../ice/index.js';
import {
  classifyPacket,
  PACKET_DTLS,
  PACKET_RTP,
  PACKET_STUN,
  type SessionEvent,
  type SessionOutput,
  WebRtcSession,
} from '../session/index.js';
import { SRTP_MAX_OVERHEAD, SrtpReceiver, SrtpSender } from '../srtp/index.js';
import { BROWSER, FIRST } from './checks.js';
import { FullAgent, type FullAgentOptions } from './full-agent.js';
import { timerOf, VirtualNetwork } from './virtual-network.js';

export const GATEWAY: LocalCandidate = { address: '203.0.113.9', port: 40_000, priority: hostCandidatePriority(0) };
export const WIFI: TransportAddress = { address: '192.0.2.1', port: 50_000 };
export const CELLULAR: TransportAddress = { address: '198.51.100.7', port: 60_000 };

const gatewayCertificate = loadCertificate(await createCertificate(1_700_000_000_000));
export const browserCertificate = loadCertificate(await createCertificate(1_700_000_000_000));

/** A session behind a socket and a timer, as the gateway's shell runs it. */
export class GatewayEnd {
  readonly session: WebRtcSession;
  readonly events: SessionEvent[] = [];
  /** Sequence numbers of the RTP packets that were let in. */
  readonly heard: number[] = [];
  /** What the session returned for those that were not. */
  readonly refused: number[] = [];
  readonly #network: VirtualNetwork;
  readonly #arm: () => void;
  #sequence = 0;

  constructor(network: VirtualNetwork, ice: IceCredentials, remoteCertificate: Certificate, consentTimeoutMs = 15_000) {
    this.#network = network;
    this.session = new WebRtcSession({ crypto, certificate: gatewayCertificate, ice, consentTimeoutMs });
    this.#arm = timerOf(network, this.session, () => this.apply(this.session.handleTimeout(network.now)));
    network.attach(GATEWAY, (datagram, from) => this.#receive(datagram, from));
    const fingerprints = [{ algorithm: 'sha-256', value: remoteCertificate.fingerprint }];
    this.apply(this.session.setRemote(network.now, { ice: BROWSER, fingerprints }));
  }

  apply(outputs: readonly SessionOutput[]): void {
    for (const output of outputs) {
      if (output.type === 'event') this.events.push(output.event);
      else this.#network.send(output.datagram, output.from, output.to);
    }
    this.#arm();
  }

  /** Sends one RTP packet to the nominated pair. */
  speak(): void {
    const { packet, length } = rtpPacket(0x11111111, this.#sequence);
    this.#sequence += 1;
    const size = this.session.protectRtp(packet, length);
    const path = this.session.pathFor(size);
    if (path !== undefined && size > 0) this.#network.send(packet.slice(0, size), path.local, path.remote);
  }

  /** Events without evidence of single checks and flights, in short. */
  story(): string[] {
    return this.events.flatMap((event) => {
      if (event.type === 'ice') return [event.state];
      if (event.type === 'path') return [`path ${event.remote.address}`];
      return event.type === 'ready' || event.type === 'failed' ? [event.type] : [];
    });
  }

  #receive(datagram: Uint8Array, from: TransportAddress): void {
    const kind = classifyPacket(datagram[0], datagram[1]);
    if (kind === PACKET_STUN || kind === PACKET_DTLS) {
      this.apply(this.session.receive(this.#network.now, datagram, from, GATEWAY));
    } else if (kind === PACKET_RTP) {
      const packet = datagram.slice();
      const result = this.session.unprotectRtp(packet, packet.length, from, GATEWAY, this.#network.now);
      this.apply(this.session.take());
      if (result < 0) this.refused.push(result);
      else this.heard.push(sequenceOf(packet));
    }
  }
}

/** A browser: full ICE agent, DTLS client, and an RTP stream once it has keys. */
export class VirtualBrowser {
  readonly ice: FullAgent;
  readonly dtls: DtlsClient;
  readonly heard: number[] = [];
  sent = 0;
  readonly #network: VirtualNetwork;
  readonly #arm: (() => void)[];
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #hasStarted = false;

  constructor(
    network: VirtualNetwork,
    addresses: readonly TransportAddress[],
    nomination: Pick<FullAgentOptions, 'nomination' | 'nominatesAfterMs'> = {},
  ) {
    this.#network = network;
    this.ice = new FullAgent({ peer: GATEWAY, to: FIRST, addresses, ...nomination });
    this.dtls = new DtlsClient({ crypto, certificate: browserCertificate });
    this.#arm = [
      timerOf(network, this.ice, () => this.#sendChecks(this.ice.handleTimeout(network.now))),
      timerOf(network, this.dtls, () => this.#sendDtls(this.dtls.handleTimeout(network.now))),
    ];
    for (const address of addresses) this.open(address);
    this.#rearm();
  }

  /** Listens on a local address. */
  open(address: TransportAddress): void {
    this.#network.attach(address, (datagram) => this.#receive(datagram, address));
  }

  restart(to: IceCredentials, addresses: readonly TransportAddress[]): void {
    for (const address of addresses) this.open(address);
    this.ice.restart(this.#network.now, to, addresses);
    this.#rearm();
  }

  /** Sends the next RTP packet from the chosen pair. */
  speak(): void {
    const packet = this.protect(this.sent);
    if (packet === undefined || this.ice.selected === undefined) return;
    this.sent += 1;
    this.#network.send(packet, this.ice.selected, GATEWAY);
  }

  protect(sequence: number, ssrc = 0x22222222): Uint8Array | undefined {
    const { packet, length } = rtpPacket(ssrc, sequence);
    const size = this.#sender?.protectRtp(packet, length) ?? 0;
    return size > 0 ? packet.slice(0, size) : undefined;
  }

  #receive(datagram: Uint8Array, local: TransportAddress): void {
    const { now } = this.#network;
    const kind = classifyPacket(datagram[0], datagram[1]);
    if (kind === PACKET_STUN) this.#sendChecks(this.ice.receive(now, datagram, local));
    if (kind === PACKET_DTLS) this.#sendDtls(this.dtls.receive(now, datagram));
    if (kind === PACKET_RTP) {
      const packet = datagram.slice();
      if ((this.#receiver?.unprotectRtp(packet, packet.length) ?? -1) > 0) this.heard.push(sequenceOf(packet));
    }
    if (this.ice.selected !== undefined && !this.#hasStarted) {
      this.#hasStarted = true;
      this.#sendDtls(this.dtls.start(now));
    }
    this.#takeKeys();
    this.#rearm();
  }

  #takeKeys(): void {
    const { keys } = this.dtls;
    if (keys === undefined || this.#sender !== undefined) return;
    this.#sender = new SrtpSender(crypto, keys.profile, keys.local.key, keys.local.salt);
    this.#receiver = new SrtpReceiver(crypto, keys.profile, keys.remote.key, keys.remote.salt);
  }

  #sendChecks(checks: readonly { datagram: Uint8Array; from: TransportAddress }[]): void {
    for (const { datagram, from } of checks) this.#network.send(datagram, from, GATEWAY);
  }

  #sendDtls(datagrams: readonly Uint8Array[]): void {
    for (const datagram of datagrams) {
      if (this.ice.selected !== undefined) this.#network.send(datagram, this.ice.selected, GATEWAY);
    }
  }

  #rearm(): void {
    for (const arm of this.#arm) arm();
  }
}

export interface VirtualCall {
  readonly network: VirtualNetwork;
  readonly gateway: GatewayEnd;
  readonly browser: VirtualBrowser;
  /** Lets both sides send a packet every 20 ms while time passes. */
  talkFor(ms: number): void;
}

export interface VirtualCallOptions extends Pick<FullAgentOptions, 'nomination' | 'nominatesAfterMs'> {
  readonly addresses?: readonly TransportAddress[];
  readonly expectedCertificate?: Certificate;
  readonly consentTimeoutMs?: number;
}

export function virtualCall(options: VirtualCallOptions = {}): VirtualCall {
  const { addresses = [WIFI], expectedCertificate = browserCertificate, consentTimeoutMs, ...nomination } = options;
  const network = new VirtualNetwork();
  const gateway = new GatewayEnd(network, FIRST, expectedCertificate, consentTimeoutMs);
  const browser = new VirtualBrowser(network, addresses, nomination);
  const talkFor = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 20) {
      browser.speak();
      gateway.speak();
      network.runFor(20);
    }
  };
  return { network, gateway, browser, talkFor };
}

function rtpPacket(ssrc: number, sequence: number): { packet: Uint8Array; length: number } {
  const length = 12 + 160;
  const packet = new Uint8Array(length + SRTP_MAX_OVERHEAD);
  const view = new DataView(packet.buffer);
  view.setUint16(0, 0x8000);
  view.setUint16(2, sequence);
  view.setUint32(4, sequence * 160);
  view.setUint32(8, ssrc);
  return { packet, length };
}

const sequenceOf = (packet: Uint8Array): number => ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
