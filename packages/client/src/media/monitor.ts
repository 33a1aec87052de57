import type { Millis } from '@earshot/base';
import type { Browser, Meter } from '../browser.js';
import type { AudioConnection } from './audio-connection.js';
import { Recovery } from './recovery.js';
import type { MediaFigures, MediaPath } from './stats.js';

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
  path(path: MediaPath): void;
  levels(levels: Levels): void;
  /** Whether audio is lost changed. */
  lost(lost: boolean): void;
  /** ICE should be restarted now. */
  restart(): void;
}

/** Watches the media of one call: by bytes, never by states alone. */
export class Monitor {
  readonly #browser: Browser;
  readonly #connection: AudioConnection;
  readonly #listener: MonitorListener;
  readonly #recovery: Recovery;
  readonly #startedAt: Millis;
  readonly #meters: { readonly microphone: Meter | undefined; readonly remote: Meter | undefined };
  readonly #cancel = new Map<'report' | 'levels', () => void>();
  #receiving = false;
  #lost = false;
  #path = '';
  #latest: MediaFigures | undefined;
  #stopped = false;

  constructor(browser: Browser, connection: AudioConnection, microphone: MediaStream, listener: MonitorListener) {
    this.#browser = browser;
    this.#connection = connection;
    this.#listener = listener;
    this.#startedAt = browser.now();
    this.#recovery = new Recovery(this.#startedAt);
    const { remote } = connection;
    this.#meters = {
      microphone: browser.createMeter(microphone),
      remote: remote === undefined ? undefined : browser.createMeter(remote),
    };
    this.#schedule('report', PACE.fast, () => void this.#report());
    this.#schedule('levels', PACE.levels, () => this.#measure());
  }

  /** Something outside hints at a changed network. */
  doubt(): void {
    this.#recovery.doubt(this.#browser.now());
  }

  /** Looks at once instead of at the next turn. */
  look(): void {
    if (!this.#stopped) this.#schedule('report', 0, () => void this.#report());
  }

  restarted(): void {
    this.#recovery.restarted(this.#browser.now());
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancel.values()) cancel();
    this.#meters.microphone?.close();
    this.#meters.remote?.close();
  }

  #schedule(what: 'report' | 'levels', delay: Millis, run: () => void): void {
    this.#cancel.get(what)?.();
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
    if (!this.#receiving && figures.bytesReceived > 0) {
      this.#receiving = true;
      this.#listener.receiving(figures);
    }
    this.#listener.figures(figures);
    const { codec, candidateType, protocol, roundTripMs } = figures.path;
    const path = [codec, candidateType, protocol, roundTripMs].join(' ');
    if (path !== this.#path) {
      this.#path = path;
      this.#listener.path(figures.path);
    }
    const restart = this.#recovery.observe(this.#browser.now(), this.#connection.state, figures.bytesReceived);
    if (this.#recovery.lost !== this.#lost) {
      this.#lost = this.#recovery.lost;
      this.#listener.lost(this.#lost);
    }
    if (restart) this.#listener.restart();
  }

  #measure(): void {
    this.#listener.levels({
      microphone: this.#meters.microphone?.level() ?? this.#latest?.microphoneLevel ?? 0,
      remote: this.#meters.remote?.level() ?? this.#latest?.remoteLevel ?? 0,
    });
    if (!this.#stopped) this.#schedule('levels', PACE.levels, () => this.#measure());
  }
}
