import type { Millis } from '@earshot/base';
import type { StatsReport } from '../browser.js';

/** In ms. */
const PATIENCE = {
  /** Samples come a hundred times a second, but for machines that do much else. */
  still: 2_500,
  /** Zeros of a track that the system muted. */
  muted: 3_000,
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
  /** It did not help, or cannot: the person should know. Once. */
  readonly lasts: boolean;
}

/**
 * Finds a microphone that is dead though its track is live: readyState and muted lie after a phone call on iOS, samples
 * and their energy do not.
 */
export class MicrophoneHealth {
  #seconds = 0;
  #energy = 0;
  #movedAt: Millis | undefined;
  #heardAt: Millis | undefined;
  #wasHeard = false;
  #isZero = true;
  #isNamed = false;
  #times = 0;

  /** Another track, or a person who mutes: what was counted before says nothing any more. */
  begin(): void {
    this.#movedAt = this.#heardAt = undefined;
    this.#isZero = true;
  }

  /** `figures`: undefined in browsers that do not count. `isMuted`: as the browser says of the track. */
  look(now: Millis, figures: SourceFigures | undefined, isMuted: boolean): Ailment | undefined {
    const { seconds = 0, energy = 0 } = figures ?? {};
    const passed = seconds - this.#seconds;
    const gained = energy - this.#energy;
    this.#seconds = seconds;
    this.#energy = energy;
    const moved = figures === undefined ? !isMuted : passed > 0;
    if (moved || this.#movedAt === undefined) this.#movedAt = now;
    this.#heardAt ??= now;
    if (gained > 0) this.#isZero = false;
    if (figures === undefined ? moved : gained > SILENCE * passed) {
      this.#heardAt = now;
      this.#wasHeard = this.#isZero = true;
      this.#isNamed = false;
      this.#times = 0;
    }
    const silentMs = now - this.#heardAt;
    // Less and less often, since the next track may be as dead.
    const growth = 2 ** Math.min(this.#times, 5);
    const isTaken = isMuted && this.#isZero && silentMs >= PATIENCE.muted * growth;
    if (isTaken || now - this.#movedAt >= PATIENCE.still * growth) {
      this.#times += 1;
      this.#movedAt = this.#heardAt = now;
      this.#isNamed = true;
      return { code: 'mic.interrupted', curable: true, lasts: this.#times === 2 };
    }
    if (this.#isNamed || silentMs < (this.#wasHeard ? PATIENCE.silentAgain : PATIENCE.silent)) return undefined;
    this.#isNamed = true;
    // No microphone gives nothing but zeros. A switch does, and no new track changes that.
    return { code: 'mic.silent', curable: this.#isZero, lasts: true };
  }
}

/** Of the one source of a call; undefined where this browser does not count it. */
export function sourceFigures(report: StatsReport): SourceFigures | undefined {
  let found: SourceFigures | undefined;
  report.forEach((stats) => {
    const { type, totalSamplesDuration: seconds, totalAudioEnergy: energy } = stats as Record<string, unknown>;
    if (type === 'media-source' && typeof seconds === 'number' && typeof energy === 'number')
      found = { seconds, energy };
  });
  return found;
}
