import type { Millis } from '@earshot/base';
import { LIMITS } from '@earshot/signaling';
import { type BrowserEvent, type BrowserSample, type PrivacyLevel, privateBrowserEvent } from '@earshot/telemetry';
import type { Browser } from '../browser.js';

/** In milliseconds: what happens together travels together. A sample waits least: verdicts of running calls rest on it. */
const PACE = { first: 250, change: 1_000, sample: 250 } as const;

/** Samples that wait to be sent: four minutes of them. */
const MOST_SAMPLES = 240;

const GATHERING: ReadonlySet<BrowserEvent['type']> = new Set(['ice.gathering', 'ice.candidate', 'ice.candidate_error']);

export type Untimed<Event> = Event extends unknown ? Omit<Event, 'atMs'> : never;

/** Takes down what happened, now or `at` an earlier time. */
export type Note = (event: Untimed<BrowserEvent>, at?: Millis) => void;

export interface EvidenceBatch {
  readonly events: readonly BrowserEvent[];
  readonly samples: readonly BrowserSample[];
}

export interface EvidenceLine {
  /** Whether what is sent now goes out now. */
  isOpen(): boolean;
  send(batch: EvidenceBatch): void;
}

/**
 * What the browser sees and measures of one call, told to the gateway in few messages. It waits here while the gateway
 * does not know the call or cannot be reached; where too much waits, the oldest samples go first.
 */
export class Evidence {
  readonly #browser: Browser;
  readonly #line: EvidenceLine;
  readonly #startedAt: Millis;
  readonly #privacy: PrivacyLevel;
  readonly #events: BrowserEvent[] = [];
  #told = 0;
  #samples: BrowserSample[] = [];
  #shed = 0;
  #open = false;
  #stopped = false;
  #dueAt = Infinity;
  #cancel: (() => void) | undefined;

  /** `startedAt`: when the call was asked for. */
  constructor(browser: Browser, startedAt: Millis, privacy: PrivacyLevel, line: EvidenceLine) {
    this.#browser = browser;
    this.#line = line;
    this.#startedAt = startedAt;
    this.#privacy = privacy;
  }

  /** Whether the gateway knows the call. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Every event so far, told or not. */
  get events(): readonly BrowserEvent[] {
    return this.#events;
  }

  /** Past the limit of a call nothing is noted any more; what gathering says again and again may use half of it. */
  readonly note: Note = (event, at) => {
    const room = GATHERING.has(event.type) ? LIMITS.evidenceOfCall / 2 : LIMITS.evidenceOfCall;
    if (this.#stopped || this.#events.length >= room) return;
    const timed = { ...event, atMs: this.sinceStart(at) } as BrowserEvent;
    this.#events.push(privateBrowserEvent(timed, this.#privacy));
    if (isUrgent(timed)) this.flush();
    else this.#schedule(PACE.change);
  };

  add(sample: BrowserSample): void {
    if (this.#stopped) return;
    this.#samples.push(sample);
    if (this.#samples.length > MOST_SAMPLES) {
      this.#samples.shift();
      this.#shed += 1;
    }
    this.#schedule(PACE.sample);
  }

  /** Milliseconds since the call was asked for. A clock that was set back counts as one that stands. */
  sinceStart(at: Millis = this.#browser.now()): Millis {
    return Math.max(0, Math.round(at - this.#startedAt));
  }

  /** The gateway knows the call from here on. */
  open(): void {
    this.#open = true;
    this.#schedule(PACE.first);
  }

  /** Tells the rest at once, as far as the gateway can be reached. */
  flush(): void {
    this.#disarm();
    if (!this.#open || !this.#line.isOpen()) return;
    const { events, samples } = this.take();
    for (const batch of batchesOf(events, samples)) this.#line.send(batch);
  }

  /** Everything that was not told yet, which counts as told from here on. */
  take(): EvidenceBatch {
    if (this.#shed > 0) {
      const shed = this.#shed;
      this.#shed = 0;
      this.note({ type: 'client.shed', samples: shed });
      this.#disarm();
    }
    const events = this.#events.slice(this.#told);
    this.#told = this.#events.length;
    const samples = this.#samples;
    this.#samples = [];
    return { events, samples };
  }

  /** Nothing is noted or told any more; call `flush` or `take` before for the rest. */
  stop(): void {
    this.#stopped = true;
    this.#open = false;
    this.#disarm();
  }

  #schedule(delay: Millis): void {
    const dueAt = this.#browser.now() + delay;
    if (!this.#open || this.#stopped || dueAt >= this.#dueAt) return;
    this.#disarm();
    this.#dueAt = dueAt;
    this.#cancel = this.#browser.after(delay, () => this.flush());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dueAt = Infinity;
  }
}

/** What a verdict waits for, and what the page may not live to say later. */
function isUrgent(event: BrowserEvent): boolean {
  switch (event.type) {
    case 'mic.failed':
    case 'sdp.refused':
      return true;
    case 'playout.state':
    case 'ice.connection':
      return event.state === 'failed';
    case 'client.lifecycle':
      return event.state === 'hidden' || event.state === 'frozen' || event.state === 'leaving';
    default:
      return false;
  }
}

/** As many messages as their limits ask for. */
export function batchesOf(events: readonly BrowserEvent[], samples: readonly BrowserSample[]): EvidenceBatch[] {
  const count = Math.max(Math.ceil(events.length / LIMITS.evidence), Math.ceil(samples.length / LIMITS.samples));
  return Array.from({ length: count }, (_, index) => ({
    events: events.slice(index * LIMITS.evidence, (index + 1) * LIMITS.evidence),
    samples: samples.slice(index * LIMITS.samples, (index + 1) * LIMITS.samples),
  }));
}
