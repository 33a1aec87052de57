import type { SrtpSender } from '../../../packages/webrtc/src/srtp/index.js';
import { cpuMs } from './cpu.js';
import { LoadLeg } from './leg.js';
import { rtpPackets, type Stream, srtpPackets } from './packets.js';
import { FRAMES_PER_SECOND, type Speech, TICKS } from './speech.js';
import { type CallKeys, PAYLOAD_TYPES, PHONE_PAYLOAD_TYPE, type Scenario, type Target } from './target.js';
import { type Verdict, Verifier } from './verify.js';

export interface Window {
  readonly calls: number;
  /** CPU time of the engine for one second of one call, both directions, in ms. */
  readonly msPerCallSecond: number;
  /** Of one core, in percent. */
  readonly cpuPercent: number;
  readonly generatorCpuPercent: number;
  /** Of what was sent, in percent. */
  readonly lossPercent: number;
  /** The longest that the generator was behind its schedule, in ms. */
  readonly lateMs: number;
}

const FRAME_MS = 1000 / FRAMES_PER_SECOND;
/** Calls send in turns over a frame's time, as unrelated calls would. */
const SLOTS = 10;
const SLOT_MS = FRAME_MS / SLOTS;
const WARM_UP_SECONDS = 1;
/** A generator this far behind its schedule, in ms, will not catch up: the run is broken off. */
const HOPELESSLY_LATE_MS = 300;
/** One stream each way. */
const PACKETS_PER_CALL_SECOND = 2 * FRAMES_PER_SECOND;
const GRACE_MS = 300;
const VERIFIED_CALLS = 2;

interface Call {
  readonly browser: LoadLeg;
  readonly phone: LoadLeg;
  readonly keys: CallKeys;
}

/** The event loop's next turn, after what the sockets have received. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The calls of one scenario through one engine. */
export class Load {
  readonly #target: Target;
  readonly #scenario: Scenario;
  readonly #calls: Call[] = [];
  readonly #verifiers: Verifier[] = [];
  readonly #speech: Speech;
  #frame = 0;

  constructor(target: Target, scenario: Scenario, speech: Speech) {
    this.#target = target;
    this.#scenario = scenario;
    this.#speech = speech;
  }

  async grow(calls: number): Promise<void> {
    while (this.#calls.length < calls) {
      const [browser, phone] = [await LoadLeg.open(), await LoadLeg.open()];
      const keys = await this.#target.openCall(this.#scenario, browser, phone);
      if (this.#verifiers.length < VERIFIED_CALLS) {
        const verifier = await Verifier.create(this.#scenario, this.#speech);
        browser.onPacket = verifier.browser(keys.receiver);
        phone.onPacket = verifier.phone();
        this.#verifiers.push(verifier);
      }
      this.#calls.push({ browser, phone, keys });
    }
  }

  #received(): number {
    return this.#calls.reduce((sum, { browser, phone }) => sum + browser.received + phone.received, 0);
  }

  /** Both streams of every call, from the present frame on. */
  #packets(frames: number): { readonly browser: readonly (readonly Buffer[])[]; readonly phone: readonly Buffer[] } {
    const scenario = this.#scenario;
    const up: Stream = {
      payloadType: PAYLOAD_TYPES[scenario],
      ssrc: 0x0b0b0b0b,
      ticks: TICKS[scenario],
      frames: this.#speech[scenario],
    };
    const down: Stream = {
      payloadType: PHONE_PAYLOAD_TYPE,
      ssrc: 0x0a0a0a0a,
      ticks: TICKS.pcma,
      frames: this.#speech.pcma,
    };
    const plain = rtpPackets(up, this.#frame, frames);
    const bySender = new Map<SrtpSender, Buffer[]>();
    const browser = this.#calls.map(({ keys: { sender } }) => {
      const packets = bySender.get(sender) ?? srtpPackets(plain, sender);
      bySender.set(sender, packets);
      return packets;
    });
    return { browser, phone: rtpPackets(down, this.#frame, frames) };
  }

  /** Sends for a warm-up and then for `seconds`, which are measured. */
  async run(seconds: number): Promise<Window> {
    const frames = (WARM_UP_SECONDS + seconds) * FRAMES_PER_SECOND;
    const packets = this.#packets(frames);
    const warmUpSlots = WARM_UP_SECONDS * FRAMES_PER_SECOND * SLOTS;
    let before = this.#snapshot();
    let lateMs = 0;
    const started = performance.now();
    for (let slot = 0; slot < frames * SLOTS && lateMs < HOPELESSLY_LATE_MS; ) {
      if (slot === warmUpSlots) {
        before = this.#snapshot();
        for (const verifier of this.#verifiers) verifier.watching = true;
      }
      const elapsed = (performance.now() - started) / SLOT_MS;
      if (slot > warmUpSlots) lateMs = Math.max(lateMs, (elapsed - slot) * SLOT_MS);
      if (slot > elapsed) {
        await pause(1);
        continue;
      }
      const frame = Math.floor(slot / SLOTS);
      for (let index = slot % SLOTS; index < this.#calls.length; index += SLOTS) {
        this.#send(index, packets.browser[index]?.[frame], packets.phone[frame]);
      }
      if (slot % (FRAMES_PER_SECOND * SLOTS) === 0) this.#target.keepAlive();
      slot += 1;
      // Lets the sockets be read between the turns of sending.
      await nextTurn();
    }
    const after = this.#snapshot();
    for (const verifier of this.#verifiers) verifier.watching = false;
    this.#frame += frames;
    await pause(GRACE_MS);
    const sent = after.sent - before.sent;
    const received = this.#received() - before.received;
    const wallMs = after.at - before.at;
    const cpu = after.cpu - before.cpu;
    return {
      calls: this.#calls.length,
      msPerCallSecond: cpu / (sent / PACKETS_PER_CALL_SECOND),
      cpuPercent: (cpu * 100) / wallMs,
      generatorCpuPercent: ((after.generator - before.generator) * 100) / wallMs,
      lossPercent: Math.max(0, ((sent - received) * 100) / sent),
      lateMs,
    };
  }

  #sent = 0;

  #send(index: number, browserPacket: Buffer | undefined, phonePacket: Buffer | undefined): void {
    const call = this.#calls[index];
    if (call === undefined || browserPacket === undefined || phonePacket === undefined) return;
    call.browser.send(browserPacket);
    call.phone.send(phonePacket);
    this.#sent += 2;
  }

  #snapshot(): { at: number; cpu: number; generator: number; sent: number; received: number } {
    const { user, system } = process.cpuUsage();
    return {
      at: performance.now(),
      cpu: cpuMs(this.#target.pid),
      generator: (user + system) / 1000,
      sent: this.#sent,
      received: this.#received(),
    };
  }

  verdict(): Verdict {
    const all = this.#verifiers.map(({ verdict }) => verdict);
    return {
      checked: all.reduce((sum, { checked }) => sum + checked, 0),
      wrong: all.reduce((sum, { wrong }) => sum + wrong, 0),
    };
  }

  async close(): Promise<void> {
    await this.#target.closeCalls();
    for (const verifier of this.#verifiers) verifier.free();
    await Promise.all(this.#calls.splice(0).flatMap(({ browser, phone }) => [browser.close(), phone.close()]));
  }
}
