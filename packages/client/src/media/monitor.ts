import type { Millis } from '@earshot/base';
import type { Browser, Meter } from '../browser.js';
import type { AudioConnection } from './audio-connection.js';
import type { MediaFigures } from './stats.js';

/** In milliseconds. */
const PACE = {
  /** Between reports while the first audio is awaited. */
  fast: 100,
  fastFor: 15_000,
  steady: 500,
  levels: 60,
} as const;

export interface Levels {
  /** Root mean square, 0 to 1. */
  readonly microphone: number;
  readonly remote: number;
}

export interface MonitorListener {
  /** Audio bytes arrived for the first time. */
  receiving(figures: MediaFigures): void;
  figures(figures: MediaFigures): void;
  levels(levels: Levels): void;
}

/** Measures the media of one call, often while the first audio is awaited. */
export class Monitor {
  readonly #browser: Browser;
  readonly #connection: AudioConnection;
  readonly #listener: MonitorListener;
  readonly #startedAt: Millis;
  readonly #meters: { readonly microphone: Meter | undefined; readonly remote: Meter | undefined };
  readonly #cancel = new Map<'report' | 'levels', () => void>();
  #receiving = false;
  #latest: MediaFigures | undefined;
  #stopped = false;

  constructor(browser: Browser, connection: AudioConnection, microphone: MediaStream, listener: MonitorListener) {
    this.#browser = browser;
    this.#connection = connection;
    this.#listener = listener;
    this.#startedAt = browser.now();
    const { remote } = connection;
    this.#meters = {
      microphone: browser.createMeter(microphone),
      remote: remote === undefined ? undefined : browser.createMeter(remote),
    };
    this.#schedule('report', PACE.fast, () => void this.#report());
    this.#schedule('levels', PACE.levels, () => this.#measure());
  }

  /** Looks at once instead of at the next turn. */
  look(): void {
    this.#schedule('report', 0, () => void this.#report());
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancel.values()) cancel();
    this.#meters.microphone?.close();
    this.#meters.remote?.close();
  }

  #schedule(what: 'report' | 'levels', delay: Millis, run: () => void): void {
    this.#cancel.get(what)?.();
    if (this.#stopped) return;
    this.#cancel.set(what, this.#browser.after(delay, run));
  }

  async #report(): Promise<void> {
    const figures = await this.#connection.figures().catch(() => undefined);
    if (this.#stopped) return;
    if (figures !== undefined) this.#take(figures);
    const awaited = !this.#receiving && this.#browser.now() - this.#startedAt < PACE.fastFor;
    this.#schedule('report', awaited ? PACE.fast : PACE.steady, () => void this.#report());
  }

  #take(figures: MediaFigures): void {
    this.#latest = figures;
    this.#listener.figures(figures);
    if (this.#receiving || figures.bytesReceived === 0) return;
    this.#receiving = true;
    this.#listener.receiving(figures);
  }

  #measure(): void {
    this.#listener.levels({
      microphone: this.#meters.microphone?.level() ?? this.#latest?.microphoneLevel ?? 0,
      remote: this.#meters.remote?.level() ?? this.#latest?.remoteLevel ?? 0,
    });
    this.#schedule('levels', PACE.levels, () => this.#measure());
  }
}
