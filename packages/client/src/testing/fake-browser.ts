import type { Millis } from '@earshot/base';
import type { BrowserFacts, NetworkFacts } from '@earshot/telemetry';
import type {
  Browser,
  DeviceInfo,
  Meter,
  MicrophoneContext,
  PageEvent,
  Socket,
  SocketListener,
  Speaker,
} from '../browser.js';
import { asStream, FakePeer, FakeStream, type FakeTrack } from './fake-media.js';

interface Timer {
  readonly at: Millis;
  readonly order: number;
  readonly run: () => void;
}

export class FakeSpeaker implements Speaker {
  playing: MediaStream | undefined;
  blocked = false;
  /** Devices that it may use. */
  devices: readonly string[] = [''];
  deviceId = '';
  onChange: Speaker['onChange'];

  async useDevice(deviceId: string): Promise<void> {
    if (!this.devices.includes(deviceId)) throw new DOMException('no such device', 'NotFoundError');
    this.deviceId = deviceId;
  }

  async play(stream: MediaStream): Promise<void> {
    if (this.blocked) throw new DOMException('the user did not interact', 'NotAllowedError');
    this.playing = stream;
  }

  release(): void {
    this.playing = undefined;
    this.onChange = undefined;
  }
}

/** A browser on a virtual clock. */
export class FakeBrowser implements Browser {
  clock: Millis = 1_000_000;
  readonly peers: FakePeer[] = [];
  readonly streams: FakeStream[] = [];
  readonly speakers: FakeSpeaker[] = [];
  readonly meters: { closed: boolean }[] = [];
  microphone: (constraints: MediaStreamConstraints) => Promise<MediaStream>;
  context: MicrophoneContext = {
    secure: true,
    offered: true,
    permission: 'prompt',
    allowedByPolicy: true,
    listed: 1,
    managed: false,
    inApp: false,
    os: 'Linux',
  };
  hidden = false;
  /** Microphones and speakers that are plugged in. */
  listed: readonly DeviceInfo[] = [];
  devicesChange: () => void = () => undefined;
  /** What it keeps for the site. */
  readonly memory = new Map<string, string>();
  readonly posted: { readonly url: string; readonly text: string }[] = [];
  /** What a WebSocket leads to. */
  dial: (listener: SocketListener) => Socket = () => ({ send: () => undefined, close: () => undefined });
  blockPlayout = false;
  awake = 0;
  wake: (changed: boolean) => void = () => undefined;
  leave: () => void = () => undefined;
  /** What watches the page now. */
  readonly watchers = new Set<(event: PageEvent) => void>();
  #timers: Timer[] = [];
  #order = 0;
  #ids = 0;

  constructor() {
    this.microphone = async () => {
      const stream = new FakeStream();
      this.streams.push(stream);
      return asStream(stream);
    };
  }

  /** Runs the clock and everything that was promised on the way. */
  async run(duration: Millis): Promise<void> {
    const end = this.clock + duration;
    await settle();
    for (;;) {
      const next = this.#timers[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.clock = Math.max(this.clock, next.at);
      next.run();
      await settle();
    }
    this.clock = end;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  now(): Millis {
    return this.clock;
  }

  random(): number {
    return 0.5;
  }

  randomBytes(length: number): Uint8Array {
    this.#ids += 1;
    return new Uint8Array(length).fill(this.#ids);
  }

  after(delay: Millis, run: () => void): () => void {
    this.#order += 1;
    const timer: Timer = { at: this.clock + delay, order: this.#order, run };
    this.#timers.push(timer);
    this.#timers.sort((a, b) => a.at - b.at || a.order - b.order);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  openSocket(_url: string, _protocol: string, listener: SocketListener): Socket {
    return this.dial(listener);
  }

  createPeer(configuration: RTCConfiguration): FakePeer {
    const peer = new FakePeer(configuration);
    this.peers.push(peer);
    return peer;
  }

  createStream(tracks: readonly MediaStreamTrack[]): MediaStream {
    return asStream(new FakeStream(tracks as unknown as readonly FakeTrack[]));
  }

  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    return this.microphone(constraints);
  }

  async microphoneContext(): Promise<MicrophoneContext> {
    return this.context;
  }

  async devices(): Promise<readonly DeviceInfo[]> {
    return this.listed;
  }

  onDevices(listener: () => void): void {
    this.devicesChange = listener;
  }

  remember(key: string, text: string): void {
    this.memory.set(key, text);
  }

  remembered(key: string): string | undefined {
    return this.memory.get(key);
  }

  createSpeaker(): Speaker {
    const speaker = new FakeSpeaker();
    speaker.blocked = this.blockPlayout;
    this.speakers.push(speaker);
    return speaker;
  }

  createMeter(): Meter {
    const meter = { closed: false };
    this.meters.push(meter);
    return {
      level: () => undefined,
      close: () => {
        meter.closed = true;
      },
    };
  }

  onWake(listener: (changed: boolean) => void): () => void {
    this.wake = listener;
    return () => undefined;
  }

  onLeave(listener: () => void): () => void {
    this.leave = listener;
    return () => undefined;
  }

  watchPage(listener: (event: PageEvent) => void): () => void {
    this.watchers.add(listener);
    return () => this.watchers.delete(listener);
  }

  /** Something happens to the page. */
  happens(event: PageEvent): void {
    for (const watcher of [...this.watchers]) watcher(event);
  }

  isHidden(): boolean {
    return this.hidden;
  }

  facts(): BrowserFacts {
    return { name: 'Fake', version: '1', os: 'Linux', mobile: false };
  }

  network(): NetworkFacts {
    return { online: true };
  }

  post(url: string, text: string): void {
    this.posted.push({ url, text });
  }

  /** sessionStorage: what is left of the page before. */
  readonly storage = new Map<string, string>();

  keep(key: string, text: string | undefined): void {
    if (text === undefined) this.storage.delete(key);
    else this.storage.set(key, text);
  }

  kept(key: string): string | undefined {
    return this.storage.get(key);
  }

  stayAwake(): () => void {
    this.awake += 1;
    return () => {
      this.awake -= 1;
    };
  }
}

/** Lets promises run that wait for nothing but each other. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}
