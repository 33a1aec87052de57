import { readFileSync, writeFileSync } from 'node:fs';
import { Caller } from '../../faults/caller.js';
import { Wire, type WireGateway } from '../../faults/wire.js';
import type { Chromium } from '../../harness/chromium.js';
import { until } from '../../harness/process.js';
import { sine } from '../../harness/tones.js';
import { type Ear, type PageEar, pageEar, peerEar, TONES } from './ears.js';
import { type PageNote, watchRecovery } from './in-page.js';
import { LINE } from './scenarios.js';

/** A gateway, a SIP peer and a browser with two uplinks, for as many calls as are wanted. */
export class Rig {
  readonly wire: Wire;
  readonly #gateway: WireGateway;
  readonly #browser: Chromium;
  #calls = 0;
  #restarts = 0;

  private constructor(wire: Wire, gateway: WireGateway, browser: Chromium) {
    this.wire = wire;
    this.#gateway = gateway;
    this.#browser = browser;
  }

  static async start(): Promise<Rig> {
    const wire = await Wire.start();
    try {
      await wire.impair(LINE, LINE);
      const gateway = await wire.gateway('relay', { graceSeconds: 30 });
      const browser = await wire.launch({
        microphone: sine({ frequencyHz: TONES.microphoneHz, seconds: 10 }),
        untouched: true,
      });
      return new Rig(wire, gateway, browser);
    } catch (error) {
      await wire.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.wire.stop();
  }

  async call(): Promise<RunningCall> {
    this.#calls += 1;
    const user = `peer-recovery-${this.#calls}`;
    await this.wire.peer.expect(user, { mode: 'steady' });
    const caller = await Caller.open({
      browser: this.#browser,
      url: this.#gateway.url,
      before: [`(${watchRecovery.toString()})()`],
      // For the worklet that listens: what the page itself loads is as ever.
      prepare: async (page) => {
        const session = await page.context().newCDPSession(page);
        await session.send('Page.setBypassCSP', { enabled: true });
      },
    });
    try {
      const callId = await caller.connect(user);
      const far = await peerEar(this.wire.peer, user);
      const near = await pageEar(caller.page);
      return new RunningCall({ wire: this.wire, gateway: this.#gateway, caller, callId, user, near, far });
    } catch (error) {
      await caller.close();
      throw error;
    }
  }

  /** Has the gateway read its configuration again, which changed, so that its front is started anew. */
  async restartFront(): Promise<void> {
    this.#restarts += 1;
    const { config, pid, records } = this.#gateway.gateway;
    const settings = JSON.parse(readFileSync(config, 'utf8'));
    settings.http.allowedOrigins = ['self', `https://restart-${this.#restarts}.earshot.test`];
    writeFileSync(config, JSON.stringify(settings));
    const restarted = (): number => records().filter(({ msg }) => msg === FRONT_RESTARTED).length;
    const before = restarted();
    process.kill(pid, 'SIGHUP');
    await until('the restart of the front', () => (restarted() > before ? true : undefined));
  }
}

const FRONT_RESTARTED = 'the front was started anew';

/** One call, and what both of its ends hear. */
export class RunningCall {
  readonly near: PageEar;
  readonly far: Ear;
  readonly callId: string;
  readonly #wire: Wire;
  readonly #gateway: WireGateway;
  readonly #caller: Caller;
  readonly #user: string;

  constructor(parts: {
    readonly wire: Wire;
    readonly gateway: WireGateway;
    readonly caller: Caller;
    readonly callId: string;
    readonly user: string;
    readonly near: PageEar;
    readonly far: Ear;
  }) {
    this.near = parts.near;
    this.far = parts.far;
    this.callId = parts.callId;
    this.#wire = parts.wire;
    this.#gateway = parts.gateway;
    this.#caller = parts.caller;
    this.#user = parts.user;
  }

  isEnded(): Promise<boolean> {
    return this.#caller.isEnded();
  }

  /** Whether the page has a signaling connection that was made since a moment. */
  async hasConnectedSince(since: number): Promise<boolean> {
    const isReady = (await this.#caller.evaluate('globalThis.earshot.phone.state')) === 'ready';
    return isReady && (await this.notes(since)).some(({ what }) => what === 'socket open');
  }

  /** Messages that the SIP peer got since the call was set up: there is no reason for any. */
  async sipMessages(): Promise<number> {
    const { invites, byes, cancels, others } = await this.#wire.peer.count(this.#user);
    return invites - 1 + byes + cancels + others;
  }

  /** What the page's connection went through since a moment. */
  async notes(since: number): Promise<readonly PageNote[]> {
    const notes = (await this.#caller.evaluate('globalThis.recoveryLog')) as readonly PageNote[];
    return notes.filter(({ at }) => at >= since);
  }

  /** What the browser knows of its candidate pairs. */
  pairs(): Promise<unknown> {
    return this.#caller.evaluate(PAIRS);
  }

  /** What the gateway noted since a moment. */
  async gatewayEvents(since: number): Promise<readonly object[]> {
    const details = await this.#gateway.admin.details(this.callId);
    return (details?.timeline.entries ?? []).filter(({ at }) => at >= since);
  }

  async hangUp(): Promise<void> {
    await this.#caller.hangUp();
    await until('the end', async () => ((await this.isEnded()) ? true : undefined)).catch(() => undefined);
    await this.#caller.close();
  }
}

const PAIRS = `(async () => {
  const report = await globalThis.earshotPeers.at(-1).getStats();
  const all = [...report.values()];
  const named = (id) => {
    const { candidateType, address, port, protocol } = report.get(id) ?? {};
    return [candidateType, address, port, protocol].join(' ');
  };
  const selected = all.find(({ type }) => type === 'transport')?.selectedCandidatePairId;
  return all.filter(({ type }) => type === 'candidate-pair').map((pair) => ({
    pair: named(pair.localCandidateId) + ' -> ' + named(pair.remoteCandidateId),
    selected: pair.id === selected, state: pair.state, nominated: pair.nominated, writable: pair.writable,
    requestsSent: pair.requestsSent, responsesReceived: pair.responsesReceived,
    bytesReceived: pair.bytesReceived, roundTrip: pair.currentRoundTripTime,
  }));
})()`;
