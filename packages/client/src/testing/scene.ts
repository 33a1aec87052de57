import type { BrowserEvent, BrowserSample } from '@earshot/telemetry';
import type { Call } from '../call.js';
import { Phone, type PhoneOptions } from '../phone.js';
import { FakeBrowser } from './fake-browser.js';
import { FakeGateway } from './fake-gateway.js';
import type { FakePeer } from './fake-media.js';

/** A phone in a page, with its gateway. */
export class PhoneScene {
  readonly browser = new FakeBrowser();
  readonly gateway = new FakeGateway(this.browser);
  phone: Phone;
  readonly #options: PhoneOptions;
  /** Characters that the page sent over its sockets. */
  bytes = 0;

  constructor(options: Partial<PhoneOptions> = {}) {
    this.#options = { url: 'wss://example.test/voice/earshot', token: 'token', ...options };
    this.phone = new Phone(this.#options, this.browser);
    const { dial } = this.browser;
    this.browser.dial = (listener) => {
      const socket = dial(listener);
      return {
        ...socket,
        send: (text) => {
          this.bytes += text.length;
          socket.send(text);
        },
      };
    };
  }

  /** The page goes, with a word or by a crash, and is loaded again after a while. Its phone is not connected yet. */
  async reload(says = true): Promise<Phone> {
    if (says) this.browser.leave();
    this.gateway.cut();
    await this.browser.run(200);
    this.phone = new Phone(this.#options, this.browser);
    return this.phone;
  }

  static async connected(options: Partial<PhoneOptions> = {}): Promise<PhoneScene> {
    const scene = new PhoneScene(options);
    const connected = scene.phone.connect();
    await scene.browser.run(10);
    await connected;
    return scene;
  }

  get peer(): FakePeer {
    const peer = this.browser.peers.at(-1);
    if (peer === undefined) throw new Error('no peer connection');
    return peer;
  }

  /** A call that is heard both ways, or as far as it gets. */
  async call(to = 'echo'): Promise<Call> {
    const call = this.phone.call(to);
    await this.browser.run(10);
    this.gateway.say({ type: 'call.answer', callId: call.id, sdp: 'answer' });
    await this.browser.run(10);
    this.peer.become('connected');
    this.gateway.say({ type: 'call.state', callId: call.id, state: 'connected', at: 1 });
    return call;
  }

  /** Has audio flow both ways for `duration` ms, 50 packets a second, as Chromium counts it. */
  async talk(duration: number, change: (packets: Record<string, number>) => void = () => undefined): Promise<void> {
    for (let passed = 0; passed < duration; passed += 100) {
      this.#flow(change);
      await this.browser.run(100);
    }
  }

  /** What the gateway was told, in order. */
  get events(): readonly BrowserEvent[] {
    return this.gateway.sent('call.evidence').flatMap(({ events }) => events);
  }

  get samples(): readonly BrowserSample[] {
    return this.gateway.sent('call.evidence').flatMap(({ samples }) => samples ?? []);
  }

  /** The events of one type, without their time. */
  said<Type extends BrowserEvent['type']>(type: Type): object[] {
    return this.events.filter((event) => event.type === type).map(({ atMs: _atMs, type: _type, ...rest }) => rest);
  }

  readonly #counts: Record<string, number> = {};

  #flow(change: (counts: Record<string, number>) => void): void {
    const counts = this.#counts;
    const add = (name: string, value: number): void => {
      counts[name] = (counts[name] ?? 0) + value;
    };
    add('packetsReceived', 5);
    add('packetsSent', 5);
    add('seconds', 0.1);
    add('energy', 0.0012345678);
    add('samples', 4_800);
    change(counts);
    const { peer } = this;
    peer.bytesReceived += 800;
    peer.packetsSent = counts.packetsSent ?? 0;
    const timestamp = this.browser.clock + 0.125;
    const { packetsReceived, packetsLost = 0, concealed = 0, energy, seconds, samples } = counts;
    peer.stats = {
      'inbound-rtp': {
        timestamp,
        playoutId: 'playout',
        packetsReceived,
        packetsLost,
        packetsDiscarded: 0,
        jitter: 0.0042,
        totalSamplesReceived: samples,
        concealedSamples: concealed,
        silentConcealedSamples: 0,
        concealmentEvents: 0,
        jitterBufferDelay: (samples ?? 0) * 0.0601,
        jitterBufferEmittedCount: samples,
        totalAudioEnergy: energy,
        totalSamplesDuration: seconds,
      },
      'outbound-rtp': { timestamp, bytesSent: packetsReceived, targetBitrate: 32_000, remoteId: 'remote-in' },
      'media-source': { timestamp, totalAudioEnergy: counts.micEnergy ?? energy, totalSamplesDuration: seconds },
      transport: { timestamp, bytesSent: samples, bytesReceived: samples },
      'candidate-pair': {
        timestamp,
        requestsSent: seconds,
        responsesReceived: seconds,
        availableOutgoingBitrate: 300_123,
      },
    };
  }
}
