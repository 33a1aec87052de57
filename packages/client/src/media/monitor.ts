import type { Millis } from '@earshot/base';
import type { Browser, Meter, StatsReport } from '../browser.js';
import type { AudioConnection } from './audio-connection.js';
import { type MediaFigures, readFigures } from './stats.js';

/** Between reports while the first audio is awaited. */
const FAST_MS = 100;
const FAST_FOR_MS = 15_000;
const STEADY_MS = 500;
/** Where the browser says besides, and for nothing, whether sound still comes. */
const CALM_MS = 1_000;
/** Between looks at that, and between reports while it does not, for as long as a path may take to be replaced. */
const PULSE_MS = 150;
const SILENT_FOR_MS = 4_000;
const LEVELS_MS = 60;
/** Between looks whether somebody wants levels by now. */
const UNWANTED_MS = 250;
/** How long the last report may keep a call from letting go of what it holds. */
const LAST_MS = 250;

export interface Levels {
  /** Root mean square, 0 to 1. */
  readonly microphone: number;
  readonly remote: number;
}

export interface MonitorListener {
  /** Audio bytes arrived for the first time. */
  receiving(figures: MediaFigures): void;
  /** `lateMs`: how much later than planned the browser was asked. `last`: nothing comes after it. */
  figures(figures: MediaFigures, report: StatsReport, lateMs: Millis, last: boolean): void;
  /** Whether somebody wants levels. Web Audio costs more than all the rest of this. */
  wantsLevels(): boolean;
  levels(levels: Levels): void;
}

/** Measures the media of one call, often while the first audio is awaited. Whoever needs figures has them from here. */
export class Monitor {
  readonly #browser: Browser;
  readonly #connection: AudioConnection;
  readonly #listener: MonitorListener;
  readonly #startedAt: Millis;
  #microphone: MediaStream;
  readonly #cancel = new Map<'report' | 'levels' | 'pulse', () => void>();
  #meters: { readonly microphone: Meter | undefined; readonly remote: Meter | undefined } | undefined;
  #receiving = false;
  #latest: MediaFigures | undefined;
  #playedAt: number | undefined;
  #changedAt: Millis;
  #stopped = false;

  constructor(browser: Browser, connection: AudioConnection, microphone: MediaStream, listener: MonitorListener) {
    this.#browser = browser;
    this.#connection = connection;
    this.#listener = listener;
    this.#startedAt = browser.now();
    this.#microphone = microphone;
    this.#changedAt = this.#startedAt;
    this.look();
    this.#schedule('pulse', PULSE_MS, () => this.#feel());
    this.#schedule('levels', LEVELS_MS, () => this.#measure());
  }

  /** Another microphone is used from now on. */
  measure(microphone: MediaStream): void {
    this.#microphone = microphone;
    this.#closeMeters();
  }

  /** Looks at once instead of at the next turn. */
  look(): void {
    this.#scheduleReport(0);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancel.values()) cancel();
    this.#closeMeters();
  }

  /** Stops after one more report, which must be asked for while the connection is open. */
  async finish(): Promise<void> {
    this.stop();
    const report = this.#connection.getStats().catch(() => undefined);
    const late = new Promise<undefined>((resolve) => {
      this.#cancel.set(
        'report',
        this.#browser.after(LAST_MS, () => resolve(undefined)),
      );
    });
    const last = await Promise.race([report, late]);
    this.#cancel.get('report')?.();
    if (last !== undefined) this.#listener.figures(readFigures(last), last, 0, true);
  }

  /** Reports cost too much to be asked for as often as a break should be noticed. */
  #feel(): void {
    const { playedAt } = this.#connection;
    const now = this.#browser.now();
    const isPlayed = playedAt !== this.#playedAt;
    if (isPlayed) this.#changedAt = now;
    this.#playedAt = playedAt;
    const isMissed = playedAt !== undefined && playedAt > 0 && !isPlayed && now - this.#changedAt < SILENT_FOR_MS;
    if (isMissed) this.look();
    this.#schedule('pulse', PULSE_MS, () => this.#feel());
  }

  #schedule(what: 'report' | 'levels' | 'pulse', delay: Millis, run: () => void): void {
    this.#cancel.get(what)?.();
    if (this.#stopped) return;
    this.#cancel.set(what, this.#browser.after(delay, run));
  }

  #scheduleReport(delay: Millis): void {
    const dueAt = this.#browser.now() + delay;
    this.#schedule('report', delay, () => void this.#report(Math.max(0, this.#browser.now() - dueAt)));
  }

  async #report(lateMs: Millis): Promise<void> {
    const report = await this.#connection.getStats().catch(() => undefined);
    if (this.#stopped) return;
    if (report !== undefined) this.#take(readFigures(report), report, lateMs);
    const awaited = !this.#receiving && this.#browser.now() - this.#startedAt < FAST_FOR_MS;
    const steady = this.#playedAt === undefined ? STEADY_MS : CALM_MS;
    this.#scheduleReport(awaited ? FAST_MS : steady);
  }

  #take(figures: MediaFigures, report: StatsReport, lateMs: Millis): void {
    this.#latest = figures;
    this.#listener.figures(figures, report, lateMs, false);
    if (this.#receiving || figures.bytesReceived === 0) return;
    this.#receiving = true;
    this.#listener.receiving(figures);
  }

  #measure(): void {
    const wanted = this.#listener.wantsLevels();
    if (wanted) {
      this.#meters ??= this.#openMeters();
      const { microphone, remote } = this.#meters;
      this.#listener.levels({
        microphone: microphone?.level() ?? this.#latest?.microphoneLevel ?? 0,
        remote: remote?.level() ?? this.#latest?.remoteLevel ?? 0,
      });
    }
    this.#schedule('levels', wanted ? LEVELS_MS : UNWANTED_MS, () => this.#measure());
  }

  #closeMeters(): void {
    this.#meters?.microphone?.close();
    this.#meters?.remote?.close();
    this.#meters = undefined;
  }

  #openMeters() {
    const { remote } = this.#connection;
    return {
      microphone: this.#browser.createMeter(this.#microphone),
      remote: remote === undefined ? undefined : this.#browser.createMeter(remote),
    };
  }
}
