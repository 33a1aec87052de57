import {
  type AudioCodec,
  hostCandidatePriority,
  type LegMedia,
  ok,
  sameAddress,
  type TransportAddress,
} from '@earshot/base';
import type { MediaEvent } from '@earshot/calls';
import { createCertificate, loadCertificate, nodeCrypto } from '@earshot/crypto';
import type { OpusLibrary } from '@earshot/rtp';
import { BrowserPort } from '../../../apps/gateway/src/media/browser-port.js';
import { MediaWorker } from '../../../apps/gateway/src/media/media-worker.js';
import type { UdpSocket } from '../../../apps/gateway/src/media/udp.js';
import { GATEWAY } from '../../../packages/webrtc/src/testing/virtual-call.js';
import { VirtualNetwork } from '../../../packages/webrtc/src/testing/virtual-network.js';

const certificate = loadCertificate(await createCertificate(1_700_000_000_000));
const EVIDENCE = new Set(['leg.stats', 'leg.check', 'leg.flight', 'leg.partial_flight', 'leg.alert', 'leg.stalled']);
const TICK_MS = 20;
const STEP_MS = 20;

export const PCMA: AudioCodec = { name: 'PCMA', payloadType: 8, clockRate: 8000 };
export const PCMU: AudioCodec = { name: 'PCMU', payloadType: 0, clockRate: 8000 };
export const OPUS: AudioCodec = { name: 'opus', payloadType: 111, clockRate: 48000 };

export const legMedia = (codecs: readonly AudioCodec[], event?: number, clockRate = 8000): LegMedia => ({
  codecs,
  telephoneEvents: event === undefined ? [] : [{ payloadType: event, clockRate }],
  direction: 'sendrecv',
  ptimeMs: 20,
});

/** A UDP socket on the virtual network. */
class VirtualSocket implements UdpSocket {
  readonly local: TransportAddress;
  onPacket: (packet: Uint8Array, from: TransportAddress) => void = () => {};
  onRefused: () => void = () => {};
  remote: TransportAddress | undefined;
  #closed = false;
  readonly #network: VirtualNetwork;

  constructor(network: VirtualNetwork, local: TransportAddress) {
    this.#network = network;
    this.local = local;
    network.attach(local, (datagram, from) => {
      if (this.remote === undefined || sameAddress(from, this.remote)) this.onPacket(datagram.slice(), from);
    });
  }

  send(bytes: Uint8Array, offset: number, length: number, to: TransportAddress): void {
    if (this.#closed) return;
    this.#network.send(bytes.slice(offset, offset + length), this.local, this.remote ?? to);
  }

  connect(to: TransportAddress): void {
    this.remote = to;
  }

  disconnect(): void {
    this.remote = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#network.attach(this.local, () => {});
  }
}

/** A media worker on a virtual network and clock. */
export class World {
  readonly network = new VirtualNetwork();
  readonly events: MediaEvent[] = [];
  readonly closed: string[] = [];
  readonly worker: MediaWorker;
  readonly sockets: VirtualSocket[] = [];
  readonly browserPort = new BrowserPort();
  /** Sockets for browsers, in the order of `hosts`. */
  readonly browserSockets: VirtualSocket[] = [];
  #nextPort = 41_000;

  /** `hosts`: addresses of the gateway for browsers, best first. */
  constructor(opus?: OpusLibrary, hosts: readonly TransportAddress[] = [GATEWAY]) {
    this.network.now = 1_700_000_000_000;
    this.network.latencyMs = 1;
    for (const host of hosts) this.listen(host);
    this.worker = new MediaWorker({
      crypto: nodeCrypto,
      certificate,
      browserPort: this.browserPort,
      openRtpSockets: async () => {
        const [rtp, rtcp] = [this.#open(this.#nextPort), this.#open(this.#nextPort + 1)];
        this.#nextPort += 2;
        return ok({ rtp, rtcp });
      },
      clock: () => this.network.now,
      emit: (event) => this.events.push(event),
      onLegClosed: (legId) => this.closed.push(legId),
      ...(opus === undefined ? {} : { opus }),
    });
    const tick = (): void => {
      this.worker.tick(this.network.now);
      this.network.after(TICK_MS, tick);
    };
    this.network.after(TICK_MS, tick);
  }

  /** Opens another socket for browsers. */
  listen(host: TransportAddress): VirtualSocket {
    const socket = new VirtualSocket(this.network, host);
    this.browserPort.open(socket, hostCandidatePriority(this.browserSockets.length));
    this.browserSockets.push(socket);
    return socket;
  }

  #open(port: number): VirtualSocket {
    const socket = new VirtualSocket(this.network, { address: GATEWAY.address, port });
    this.sockets.push(socket);
    return socket;
  }

  get fingerprint(): string {
    return certificate.fingerprint;
  }

  /** Opens a plain RTP leg and resolves with its address. */
  async openRtp(legId: string): Promise<TransportAddress> {
    this.worker.handle({ type: 'rtp.open', callId: 'call', legId });
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    const opened = this.events.find((event) => event.type === 'rtp.opened' && event.legId === legId);
    if (opened?.type !== 'rtp.opened') throw new Error('not opened');
    return opened.local;
  }

  /** Lets time pass in packet times, with `each` before each of them. */
  run(ms: number, each: (step: number) => void = () => {}): void {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      each(passed / STEP_MS);
      this.network.runFor(STEP_MS);
    }
  }

  /** Types of events of a leg but its figures and evidence, with what tells them apart. */
  story(legId: string): string[] {
    return this.events.flatMap((event) => {
      if (event.legId !== legId || EVIDENCE.has(event.type)) return [];
      if (event.type === 'leg.delivered') return [`delivered ${event.evidence}`];
      if (event.type === 'leg.ice' || event.type === 'leg.dtls') return [`${event.type.slice(4)} ${event.state}`];
      if (event.type === 'leg.dtmf') return [`dtmf ${event.digit}`];
      return [event.type.replace('leg.', '')];
    });
  }
}
