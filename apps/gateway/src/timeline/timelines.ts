import type { CallState, ErrorCode, Millis } from '@earshot/base';
import type { BrowserEvent, CallTimeline, GatewayEvent, LegKind, LegName, RelayEvent } from '@earshot/telemetry';
import { now as clockNow } from '../clock.js';
import { CoreTimer } from '../timer.js';
import { CallRecorder } from './recorder.js';
import { RelayMemory } from './relay-memory.js';
import { type CallPlace, newestFirst, type TimelineSink, type TimelineSource } from './sink.js';

/** How long an ended call waits for what was on its way: the last words of its browser, the closing of its relay. */
const LINGER_MS = 5_000;
/** Ended calls that wait. Beyond, the oldest waits no longer: a flood of refused calls costs no memory. */
const MAX_LINGERING = 256;

/** What the timelines need of a session: the name that relays know it by. */
export interface TimelineSession {
  readonly tag: string;
}

/** Hears of everything that counts, as it happens. */
export interface TimelineListener {
  /** `at`: when it happened. `call`: what is known of the call so far. */
  event(at: Millis, event: GatewayEvent, call: { readonly startedAt: Millis }): void;
  /** A call that was not even looked at: too many at once, an id in use. */
  turnedAway(code: ErrorCode): void;
  /** Nothing more is to come. */
  closed(timeline: CallTimeline): void;
}

export interface TimelinesOptions {
  readonly store: TimelineSink & TimelineSource;
  readonly listener?: TimelineListener;
  /** Whether there is a session of that name: what strangers claim to a relay is not kept. */
  readonly knows: (tag: string) => boolean;
}

/** A call that is being written down. */
export interface CallWatch {
  note(event: GatewayEvent): void;
  /** Who is called; `session` where that is a browser. */
  calls(kind: LegKind, session?: TimelineSession): void;
}

/** The timelines of running calls. Everything that anybody saw of a call finds its way here. */
export class Timelines implements TimelineSource {
  readonly #options: TimelinesOptions;
  /** Running, and those that ended a moment ago, by id. */
  readonly #calls = new Map<string, Watched>();
  /** In the order in which they ended. */
  readonly #lingering: Watched[] = [];
  readonly #timer = new CoreTimer((now) => this.#sealDue(now));
  readonly #memory = new RelayMemory();
  readonly #hooks: Hooks = {
    noted: (call, event) => this.#note(call, event),
    joined: (call, leg, session) => this.#join(call, leg, session),
  };

  constructor(options: TimelinesOptions) {
    this.#options = options;
  }

  /** A call was asked for. `by`: the session of the browser that asks; undefined for the phone network. */
  begin(callId: string, by: TimelineSession | undefined): CallWatch {
    // The id of a call that ended a moment ago may be used again.
    const previous = this.#calls.get(callId);
    if (previous !== undefined) this.#seal(previous);
    const now = clockNow();
    const recorder = new CallRecorder(callId, now, by === undefined ? 'sip' : 'browser');
    const call = new Watched(recorder, this.#hooks);
    this.#calls.set(callId, call);
    if (by !== undefined) this.#join(call, 'caller', by);
    return call;
  }

  turnedAway(code: ErrorCode): void {
    this.#options.listener?.turnedAway(code);
  }

  /** What the browser of one leg saw. Of a call that is not its own, nothing is kept. */
  evidence(session: TimelineSession, callId: string, events: readonly BrowserEvent[], sentMs?: number): void {
    const call = this.#calls.get(callId);
    const leg = call?.legOf(session);
    if (call !== undefined && leg !== undefined) call.recorder.browser(clockNow(), leg, events, sentMs);
  }

  /** What the embedded relay saw. `tag`: of the credentials that were used, or claimed. */
  relay(event: RelayEvent, tag: string | undefined, at: Millis): void {
    if (tag === undefined || !this.#options.knows(tag)) return;
    this.#memory.add(tag, at, event);
    for (const call of this.#calls.values()) {
      for (const leg of call.legsOf(tag)) call.recorder.relay(at, leg, event);
    }
  }

  sessionEnded({ tag }: TimelineSession): void {
    this.#memory.forget(tag);
  }

  /** How many calls are in each state now. */
  states(): ReadonlyMap<CallState, number> {
    const counts = new Map<CallState, number>();
    for (const { state } of this.#calls.values()) {
      if (state !== 'ended') counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return counts;
  }

  find(callId: string): CallTimeline | undefined {
    return this.#calls.get(callId)?.recorder.snapshot() ?? this.#options.store.find(callId);
  }

  list(limit: number, after?: CallPlace): readonly CallTimeline[] {
    const recorders = [...this.#calls.values()].map(({ recorder }) => recorder);
    const own = recorders
      .filter((recorder) => after === undefined || newestFirst(after, recorder) < 0)
      .sort(newestFirst)
      .slice(0, limit)
      .map((recorder) => recorder.snapshot());
    return [...own, ...this.#options.store.list(limit, after)].sort(newestFirst).slice(0, limit);
  }

  /** Hands everything over, as it is now. */
  close(): void {
    this.#timer.stop();
    for (const call of [...this.#calls.values()]) this.#seal(call);
  }

  #note(call: Watched, event: GatewayEvent): void {
    const now = clockNow();
    call.recorder.gateway(now, event);
    this.#options.listener?.event(now, event, call.recorder);
    if (event.type !== 'call.ended') return;
    this.#lingering.push(call);
    const [oldest] = this.#lingering;
    if (this.#lingering.length > MAX_LINGERING && oldest !== undefined) this.#seal(oldest);
    this.#arm();
  }

  #join(call: Watched, leg: LegName, session: TimelineSession): void {
    call.join(leg, session);
    const { recorder } = call;
    // A browser gathers before it asks for the call: its allocations may have been made by then.
    for (const { at, event } of this.#memory.recent(session.tag, clockNow())) recorder.relay(at, leg, event);
    // It cannot have counted before it was told of the call.
    if (leg === 'callee') recorder.clockOf(leg).followed(clockNow(), 0);
    else recorder.clockOf(leg).arrived(clockNow(), 0);
  }

  #sealDue(now: Millis): void {
    for (const call of [...this.#lingering]) if (call.dueAt <= now) this.#seal(call);
    this.#arm();
  }

  #arm(): void {
    this.#timer.arm(this.#lingering[0]?.dueAt);
  }

  #seal(call: Watched): void {
    const { recorder } = call;
    const place = this.#lingering.indexOf(call);
    if (place >= 0) this.#lingering.splice(place, 1);
    this.#calls.delete(recorder.callId);
    const timeline = recorder.snapshot();
    this.#options.listener?.closed(timeline);
    // What strangers dial on the phone network and nobody answers to would push out everything else.
    if (recorder.caller === 'browser' || recorder.callee !== undefined) this.#options.store.keep(timeline);
  }
}

interface Hooks {
  readonly noted: (call: Watched, event: GatewayEvent) => void;
  readonly joined: (call: Watched, leg: LegName, session: TimelineSession) => void;
}

/** A call and its parties. */
class Watched implements CallWatch {
  readonly recorder: CallRecorder;
  state: CallState = 'new';
  readonly #hooks: Hooks;
  readonly #sessions = new Map<LegName, TimelineSession>();

  constructor(recorder: CallRecorder, hooks: Hooks) {
    this.recorder = recorder;
    this.#hooks = hooks;
  }

  note(event: GatewayEvent): void {
    if (this.state === 'ended') return;
    if (event.type === 'call.state') this.state = event.state;
    else if (event.type === 'call.ended') this.state = 'ended';
    this.#hooks.noted(this, event);
  }

  get dueAt(): Millis {
    return (this.recorder.endedAt ?? 0) + LINGER_MS;
  }

  calls(kind: LegKind, session?: TimelineSession): void {
    this.recorder.callee = kind;
    if (session !== undefined) this.#hooks.joined(this, 'callee', session);
  }

  join(leg: LegName, session: TimelineSession): void {
    this.#sessions.set(leg, session);
  }

  legOf(session: TimelineSession): LegName | undefined {
    return [...this.#sessions].find(([, one]) => one === session)?.[0];
  }

  legsOf(tag: string): LegName[] {
    return [...this.#sessions].filter(([, session]) => session.tag === tag).map(([leg]) => leg);
  }
}
