import type { Millis } from '@earshot/base';
import type { StatsReport } from '../browser.js';

/** In ms. */
const PATIENCE = {
  /** No sample at all, or nothing but zeros, which no microphone gives. */
  dead: 3_000,
  /** Nothing heard from the beginning: some headsets take a while to wake up. */
  silent: 6_000,
  /** Nothing heard any more: the switch of a headset, or somebody who listens while noise is taken away. */
  silentAgain: 15_000,
} as const;

/** Energy of a second: that of a quiet room is more. */
const SILENCE = 1e-8;

/** What the browser counts of its source (webrtc-stats, RTCAudioSourceStats). */
export interface SourceFigures {
  /** Of samples. */
  readonly seconds: number;
  readonly energy: number;
}

export interface Ailment {
  readonly code: 'mic.interrupted' | 'mic.silent';
  /** Whether a microphone opened anew may help. */
  readonly curable: boolean;
  /** How often it was found since all was well. */
  readonly times: number;
}

/**
 * Finds a microphone that is dead though its track is live: readyState and muted lie after a phone call on iOS, samples
 * and their energy do not.
 */
export class MicrophoneHealth {
  #figures: SourceFigures | undefined;
  #movedAt: Millis | undefined;
  #soundAt: Millis | undefined;
  #heardAt: Millis | undefined;
  #mutedAt: Millis | undefined;
  #wasHeard = false;
  #isSilenceNamed = false;
  #times = 0;
  #nextAt = 0;

  /** Another track, or a person who mutes: what was counted before says nothing any more. */
  begin(): void {
    this.#figures = undefined;
    this.#movedAt = this.#soundAt = this.#heardAt = this.#mutedAt = undefined;
  }

  look(now: Millis, figures: SourceFigures | undefined, isMuted: boolean): Ailment | undefined {
    this.#count(now, figures);
    this.#mutedAt = isMuted ? (this.#mutedAt ?? now) : undefined;
    const since = figures === undefined ? this.#mutedAt : this.#movedAt;
    if (since !== undefined && now - since >= PATIENCE.dead) return this.#found(now, 'mic.interrupted');
    if (figures === undefined) return undefined;
    const isZero = now - (this.#soundAt ?? now) >= PATIENCE.dead;
    if (isZero && isMuted) return this.#found(now, 'mic.interrupted');
    const patience = this.#wasHeard ? PATIENCE.silentAgain : PATIENCE.silent;
    if (!this.#isSilenceNamed && now - (this.#heardAt ?? now) >= patience) {
      this.#isSilenceNamed = true;
      return { code: 'mic.silent', curable: false, times: 2 };
    }
    // Once: a switch gives zeros as well, and no new track changes that.
    if (isZero && !this.#wasHeard && this.#times === 0) return this.#found(now, 'mic.silent');
    return undefined;
  }

  #count(now: Millis, figures: SourceFigures | undefined): void {
    const before = this.#figures;
    this.#figures = figures;
    if (figures === undefined) return;
    const seconds = figures.seconds - (before?.seconds ?? figures.seconds);
    const energy = figures.energy - (before?.energy ?? figures.energy);
    this.#movedAt = seconds > 0 ? now : (this.#movedAt ?? now);
    this.#soundAt = energy > 0 ? now : (this.#soundAt ?? now);
    if (energy <= SILENCE * seconds) {
      this.#heardAt ??= now;
      return;
    }
    this.#heardAt = now;
    this.#wasHeard = true;
    this.#isSilenceNamed = false;
    this.#times = 0;
    this.#nextAt = 0;
  }

  /** Less and less often. */
  #found(now: Millis, code: Ailment['code']): Ailment | undefined {
    if (now < this.#nextAt) return undefined;
    this.#times += 1;
    this.#nextAt = now + PATIENCE.dead * 2 ** Math.min(this.#times, 5);
    return { code, curable: true, times: this.#times };
  }
}

/** Of the one source of a call; undefined where this browser does not count it. */
export function sourceFigures(report: StatsReport): SourceFigures | undefined {
  let found: SourceFigures | undefined;
  report.forEach((stats) => {
    if (Reflect.get(stats, 'type') !== 'media-source') return;
    const [seconds, energy] = ['totalSamplesDuration', 'totalAudioEnergy'].map((name) => Reflect.get(stats, name));
    if (typeof seconds === 'number' && typeof energy === 'number') found = { seconds, energy };
  });
  return found;
}
