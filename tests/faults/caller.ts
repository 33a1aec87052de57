import type { BrowserContext, Frame, Page } from 'playwright-core';
import type { Chromium } from '../harness/chromium.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

export interface CallerOptions {
  readonly browser: Chromium;
  readonly url: string;
  /** Scripts that run before those of the page. */
  readonly before?: readonly string[];
  /** Of the page's address, such as `?policy=relay`. */
  readonly query?: string;
  /** Done before the page is opened. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** Where the calling page is to be shown, if not in the page itself. */
  readonly within?: (page: Page) => Promise<Frame>;
}

/** What the browser itself counts of the newest connection. */
export interface PeerFigures {
  readonly connection: string;
  readonly sent: number;
  readonly received: number;
  readonly candidates: number;
  readonly micEnergy: number | undefined;
  readonly micSeconds: number | undefined;
  readonly remoteEnergy: number;
  readonly concealed: number;
  readonly discarded: number;
  readonly roundTripMs: number;
  readonly jitterMs: number;
  readonly localType: string;
  /** Of the browser's own candidate in use: another one after each restart. */
  readonly port: number;
  readonly relayProtocol: string;
}

const FIGURES = `(async () => {
  const peer = globalThis.earshotPeers?.at(-1);
  const all = peer === undefined ? [] : [...(await peer.getStats()).values()];
  const of = (type) => all.find((stats) => stats.type === type && (stats.kind ?? 'audio') === 'audio') ?? {};
  const transport = of('transport');
  const pair = all.find(({ id }) => id === transport.selectedCandidatePairId) ?? {};
  const local = all.find(({ id }) => id === pair.localCandidateId) ?? {};
  const [inbound, outbound, source] = [of('inbound-rtp'), of('outbound-rtp'), of('media-source')];
  return {
    connection: peer?.connectionState ?? 'none',
    sent: outbound.packetsSent ?? 0,
    received: inbound.packetsReceived ?? 0,
    candidates: all.filter(({ type }) => type === 'local-candidate').length,
    micEnergy: source.totalAudioEnergy,
    micSeconds: source.totalSamplesDuration,
    remoteEnergy: inbound.totalAudioEnergy ?? 0,
    concealed: (inbound.concealedSamples ?? 0) - (inbound.silentConcealedSamples ?? 0),
    discarded: inbound.packetsDiscarded ?? 0,
    roundTripMs: (pair.currentRoundTripTime ?? 0) * 1000,
    jitterMs: (inbound.jitter ?? 0) * 1000,
    localType: local.candidateType ?? '',
    port: local.port ?? 0,
    relayProtocol: local.relayProtocol ?? local.protocol ?? '',
  };
})()`;

/** A person at the built-in page. */
export class Caller {
  readonly page: Page;
  readonly phone: Softphone;
  readonly context: BrowserContext;
  readonly #place: Page | Frame;

  private constructor(page: Page, place: Page | Frame, phone: Softphone) {
    this.page = page;
    this.#place = place;
    this.phone = phone;
    this.context = page.context();
  }

  static async open({ browser, url, before = [], query = '', prepare, within }: CallerOptions): Promise<Caller> {
    const page = await browser.newPage();
    try {
      for (const content of before) await page.addInitScript({ content });
      await prepare?.(page);
      const place = (await within?.(page)) ?? page;
      return new Caller(page, place, await Softphone.open(place, `${url}/${query}`));
    } catch (error) {
      await page.close();
      throw error;
    }
  }

  /** Calls, and gives the id of the call. */
  async call(destination: string): Promise<string> {
    await this.phone.call(destination);
    return await this.callId();
  }

  /** Calls with options of the SDK that the page has no button for. */
  async callWith(destination: string, options: object): Promise<string> {
    const call = `globalThis.earshot.call = globalThis.earshot.phone.call(${JSON.stringify(destination)}, ${JSON.stringify(options)})`;
    return String(await this.#place.evaluate(`(${call}).id`));
  }

  callId(): Promise<string> {
    return until('a call', async () => {
      const id = await this.#place.evaluate(`globalThis.earshot?.call?.id ?? ''`);
      return id === '' ? undefined : String(id);
    });
  }

  /** Calls, and waits until both sides are heard. `options`: of the SDK's call. */
  async connect(destination: string, options?: object): Promise<string> {
    if (options === undefined) {
      const id = await this.call(destination);
      await this.phone.reaches('connected');
      return id;
    }
    const id = await this.callWith(destination, options);
    const isConnected = `globalThis.earshot.call.state === 'connected'`;
    await until('connected', async () => ((await this.evaluate(isConnected)) === true ? true : undefined), 15_000);
    return id;
  }

  /** Waits until there is an answer and no audio yet, or the call has ended; gives the moment. */
  async waitsForAudio(timeoutMs = 15_000): Promise<number> {
    const isThere = `['answered', 'connected', 'ended'].some((state) => globalThis.shownStates?.includes(state))`;
    await until('an answer', async () => ((await this.evaluate(isThere)) === true ? true : undefined), timeoutMs);
    return Date.now();
  }

  /** Waits until the browser's own figures are as wanted; gives them. */
  figures(what?: string, wanted: (figures: PeerFigures) => boolean = () => true): Promise<PeerFigures> {
    return until(what ?? 'figures', async () => {
      const figures = (await this.#place.evaluate(FIGURES)) as PeerFigures;
      return wanted(figures) ? figures : undefined;
    });
  }

  /** The figures when the page can be asked at all. */
  async figuresNow(): Promise<PeerFigures | undefined> {
    return (await this.#place.evaluate(FIGURES).catch(() => undefined)) as PeerFigures | undefined;
  }

  /** What an expression is in the page. */
  evaluate(expression: string): Promise<unknown> {
    return this.#place.evaluate(expression);
  }

  async isEnded(): Promise<boolean> {
    return (await this.#place.evaluate(`globalThis.earshot?.call?.end !== undefined`).catch(() => true)) === true;
  }

  async hangUp(): Promise<void> {
    await this.#place.evaluate('globalThis.earshot?.call?.hangUp()').catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.page.close().catch(() => undefined);
  }
}
