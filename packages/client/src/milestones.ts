import type { Millis } from '@earshot/base';
import type { CallReport } from '@earshot/signaling';

type Milestone = 'microphoneMs' | 'offerMs' | 'answerMs' | 'mediaPathMs' | 'firstAudioMs';

/** How far a call came and when, counted from the moment it was asked for. */
export class Milestones {
  readonly startedAt: Millis;
  readonly #now: () => Millis;
  #report: CallReport = {};

  constructor(now: () => Millis, startedAt = now()) {
    this.#now = now;
    this.startedAt = startedAt;
  }

  get report(): CallReport {
    return this.#report;
  }

  get elapsed(): Millis {
    return Math.round(this.#now() - this.startedAt);
  }

  /** `more`: what is known besides. */
  reach(milestone: Milestone, more: CallReport = {}): void {
    this.#report = { ...this.#report, ...more, [milestone]: this.elapsed };
  }
}
