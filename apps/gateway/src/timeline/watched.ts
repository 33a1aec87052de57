import type { CallState, Millis } from '@earshot/base';
import type { LegStats } from '@earshot/calls';
import type { LiveDiagnosis } from '@earshot/diagnosis';
import {
  type BrowserEvent,
  type BrowserSample,
  type CallRecord,
  type GatewayEvent,
  type LegKind,
  type LegName,
  type LiveCall,
  type PrivacyLevel,
  type QualityFacts,
  type RelayEvent,
  recordKey,
  type Sample,
  type TimelineEntry,
  type Verdict,
  type VerdictEvent,
} from '@earshot/telemetry';
import { now as clockNow } from '../clock.js';
import type { Log } from '../log.js';
import type { EvidencePart } from '../store/types.js';
import { type CallParties, causeOf, RecordFacts, shownParties } from './call-record.js';
import { LegMeter } from './leg-figures.js';
import type { CallNow } from './observer.js';
import { CallRecorder } from './recorder.js';

/** What the timelines need of a session: the name that relays know it by. */
export interface TimelineSession {
  readonly tag: string;
}

export interface WatchedOptions {
  readonly callId: string;
  readonly startedAt: Millis;
  readonly caller: LegKind;
  readonly parties: CallParties;
  readonly privacy: PrivacyLevel;
  readonly diagnosis: LiveDiagnosis | undefined;
  readonly log: Log | undefined;
}

/** A call that is being written down: its entries and samples, the judgement of them so far, and its record. */
export class Watched implements CallNow {
  readonly recorder: CallRecorder;
  readonly key: string;
  state: CallState = 'new';
  /** The names of its legs at the SIP agent and the media workers. */
  readonly legIds: string[] = [];
  readonly #options: WatchedOptions;
  readonly #facts = new RecordFacts();
  readonly #sessions = new Map<LegName, TimelineSession>();
  readonly #meters = new Map<LegName, LegMeter>();
  #diagnosis: LiveDiagnosis | undefined;

  constructor(options: WatchedOptions) {
    this.#options = options;
    this.recorder = new CallRecorder(options.callId, options.startedAt, options.caller);
    this.key = recordKey(options.startedAt, options.callId);
    this.#diagnosis = options.diagnosis;
  }

  get callId(): string {
    return this.recorder.callId;
  }

  get startedAt(): Millis {
    return this.recorder.startedAt;
  }

  get hasEnded(): boolean {
    return this.recorder.endedAt !== undefined;
  }

  get record(): CallRecord {
    return this.recordAt(clockNow(), true);
  }

  recordAt(now: Millis, provisional: boolean): CallRecord {
    const { parties, privacy } = this.#options;
    const { verdicts, quality } = this;
    const timeline = this.recorder.withoutSamples();
    return this.#facts.record(now, { timeline, parties, verdicts, quality, provisional }, privacy);
  }

  get live(): LiveCall {
    const { callId, startedAt, caller, callee } = this.recorder;
    const cause = causeOf(this.verdicts.filter(({ until }) => until === undefined));
    const { trunk } = this.#facts;
    const { parties, privacy } = this.#options;
    const mos = worstOf(this.quality);
    return {
      callId,
      startedAt,
      state: this.state,
      caller,
      ...(callee === undefined ? {} : { callee }),
      ...shownParties(parties, privacy),
      ...(trunk === undefined ? {} : { trunk }),
      ...(cause === undefined ? {} : { cause }),
      ...(mos === undefined ? {} : { mos }),
    };
  }

  get verdicts(): readonly Verdict[] {
    return this.#diagnosis?.verdicts ?? [];
  }

  get quality(): readonly QualityFacts[] {
    return this.#diagnosis?.quality ?? [];
  }

  /** MOS of what this leg's listener was given in the last few seconds. */
  qualityNow(leg: LegName): number | undefined {
    return this.#ask((diagnosis) => diagnosis.qualityNow?.(leg));
  }

  // What was seen

  /** False: it says nothing new. */
  gateway(at: Millis, event: GatewayEvent): boolean {
    const entry = this.recorder.gateway(at, event);
    if (entry === undefined) return false;
    if (event.type === 'call.state') this.state = event.state;
    else if (event.type === 'call.ended') this.state = 'ended';
    this.#facts.note(at, event);
    this.#judge(entry);
    return true;
  }

  browser(
    arrivedAt: Millis,
    leg: LegName,
    events: readonly BrowserEvent[],
    samples: readonly BrowserSample[],
    sentMs?: number,
  ): readonly Sample[] {
    for (const entry of this.recorder.browser(arrivedAt, leg, events, sentMs)) this.#judge(entry);
    const placed = this.recorder.browserSamples(arrivedAt, leg, samples);
    for (const sample of placed) this.#ask((diagnosis) => diagnosis.sample(sample));
    return placed;
  }

  relay(at: Millis, leg: LegName, event: RelayEvent): void {
    this.#judge(this.recorder.relay(at, leg, event));
  }

  /** Undefined where the figures are too close to those before. */
  legStats(at: Millis, leg: LegName, stats: LegStats): Sample | undefined {
    // A leg that was never described has nothing to say but its farewell.
    const isIdle = stats.packetsReceived + stats.packetsSent === 0;
    if (isIdle && this.hasEnded && !this.#meters.has(leg)) return undefined;
    const meter = this.#meters.get(leg) ?? new LegMeter();
    this.#meters.set(leg, meter);
    const figures = meter.take(stats);
    if (figures === undefined) return undefined;
    const sample = this.recorder.legSample(at, leg, figures);
    this.#ask((diagnosis) => diagnosis.sample(sample));
    return sample;
  }

  #judge(entry: TimelineEntry): void {
    this.#ask((diagnosis) => diagnosis.entry(entry));
  }

  /** A bug of the diagnosis is no trouble of the call. */
  #ask<Answer>(question: (diagnosis: LiveDiagnosis) => Answer): Answer | undefined {
    if (this.#diagnosis === undefined) return undefined;
    try {
      return question(this.#diagnosis);
    } catch (error) {
      this.#diagnosis = undefined;
      this.#options.log?.error({ err: error, code: 'internal.bug', callId: this.callId }, 'the diagnosis failed');
      return undefined;
    }
  }

  /** What the diagnosis says anew; `isLast`: nothing more is to come. */
  tick(now: Millis, isLast = false): readonly VerdictEvent[] {
    const events = this.#ask((diagnosis) => (isLast ? diagnosis.end(now) : diagnosis.tick(now))) ?? [];
    for (const event of events) this.recorder.diagnosis(now, event);
    return events;
  }

  /** Evidence that was not handed over before; undefined where there is none. */
  takePart(): EvidencePart | undefined {
    const { entries, samples } = this.recorder.takeNew();
    if (entries.length === 0 && samples.length === 0) return undefined;
    return { key: this.key, callId: this.callId, head: this.recorder.head(), entries, samples };
  }

  // Whose it is

  calls(kind: LegKind): void {
    this.recorder.callee = kind;
    this.#ask((diagnosis) => diagnosis.describe({ callee: kind }));
  }

  join(leg: LegName, session: TimelineSession): void {
    this.#sessions.set(leg, session);
  }

  /** Another leg counts from the beginning. */
  replaced(leg: LegName): void {
    this.#meters.delete(leg);
  }

  legOf(session: TimelineSession): LegName | undefined {
    return [...this.#sessions].find(([, one]) => one === session)?.[0];
  }

  legsOf(tag: string): LegName[] {
    return [...this.#sessions].filter(([, session]) => session.tag === tag).map(([leg]) => leg);
  }
}

const worstOf = (quality: readonly QualityFacts[]): number | undefined =>
  quality.length === 0 ? undefined : Math.min(...quality.map(({ mos }) => mos));
