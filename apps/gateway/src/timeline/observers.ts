import type { ErrorCode, Millis } from '@earshot/base';
import {
  type CallRecord,
  type CallTimeline,
  type GatewayEvent,
  type LegName,
  type PrivacyLevel,
  privateEntry,
  type Sample,
  shortenText,
  type Verdict,
  type VerdictEvent,
} from '@earshot/telemetry';
import type { Log } from '../log.js';
import type { CallNow, CallObserver } from './observer.js';

/** Tells all observers, each as much as may leave the gateway. One that throws is said so once, and hurts nobody. */
export class Observers {
  readonly #observers: readonly CallObserver[];
  readonly #level: PrivacyLevel;
  readonly #log: Log | undefined;
  readonly #broken = new Set<CallObserver>();

  constructor(observers: readonly CallObserver[], level: PrivacyLevel, log?: Log) {
    this.#observers = observers;
    this.#level = level;
    this.#log = log;
  }

  event(at: Millis, event: GatewayEvent, call: CallNow): void {
    const entry = privateEntry({ at, source: 'gateway', event }, this.#level);
    if (entry.source === 'gateway') this.#tell((observer) => observer.event?.(at, entry.event, call));
  }

  sample(at: Millis, leg: LegName, sample: Sample, call: CallNow): void {
    this.#tell((observer) => observer.sample?.(at, leg, sample, call));
  }

  verdict(at: Millis, event: VerdictEvent, call: CallNow): void {
    const shown = { ...event, text: shortenText(event.text, this.#level) };
    this.#tell((observer) => observer.verdict?.(at, shown, call));
  }

  turnedAway(code: ErrorCode): void {
    this.#tell((observer) => observer.turnedAway?.(code));
  }

  closed(timeline: CallTimeline, record: CallRecord, verdicts: readonly Verdict[]): void {
    this.#tell((observer) => observer.closed?.(timeline, record, verdicts));
  }

  ticked(tookMs: Millis): void {
    this.#tell((observer) => observer.ticked?.(tookMs));
  }

  #tell(say: (observer: CallObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        say(observer);
      } catch (error) {
        if (this.#broken.has(observer)) continue;
        this.#broken.add(observer);
        this.#log?.error({ err: error, code: 'internal.bug' }, 'an observer of calls failed');
      }
    }
  }
}
