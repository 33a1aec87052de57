import type { CallState, ErrorCode, Fault, Millis } from '@earshot/base';
import type { LegStats } from '@earshot/calls';
import type { SipEvent } from '@earshot/sip';
import {
  type BrowserEvent,
  type BrowserSample,
  type CallDetails,
  type CallPage,
  type CallQuery,
  type GatewayEvent,
  type LegName,
  type LiveCall,
  type Overview,
  type PrivacyLevel,
  privateEntry,
  privateTimeline,
  type RelayEvent,
} from '@earshot/telemetry';
import { now as clockNow } from '../clock.js';
import { RateLimits } from '../sessions/rate.js';
import type { CallStore } from '../store/types.js';
import { AudioSections } from './audio-section.js';
import type { CallParties } from './call-record.js';
import { details, storedDetails } from './details.js';
import { codeOfDraft, type Draft, Drafts, isFromTheBeginning } from './drafts.js';
import { keepInTime } from './keep.js';
import { Lingering } from './lingering.js';
import { Observers } from './observers.js';
import { Pulse } from './pulse.js';
import { RelayMemory } from './relay-memory.js';
import { sipEventOf } from './sip-event.js';
import type { CallBeginning, CallWatch, EndedEvent, TimelinesOptions } from './types.js';
import { type TimelineSession, Watched } from './watched.js';

const TICK_MS = 1_000;
const APPEND_MS = 3_000;
/** How often the record of a running call is said again: what a server that dies leaves of it is no older. */
const BEGIN_MS = 15_000;
/** States of a call that its record tells of. */
const TURNS: ReadonlySet<CallState> = new Set<CallState>(['answered', 'connected']);
/** Samples in memory of all calls together, some 100 MB; of each leg and source, ten minutes or what that leaves. */
const MAX_SAMPLES = 200_000;
const ROWS_OF_CALL = 4;
const [LEAST_SAMPLES, MOST_SAMPLES] = [60, 600];
/** Ids of calls that are over: what still comes for them is too late. */
const MAX_OVER = 4_096;
/** Messages of SIP legs whose call is not known yet: an INVITE is seen before it is taken up. */
const MAX_EARLY = 16;
const ABANDONED_PER_SECOND = 0.5;
const ABANDONED_AT_ONCE = 10;

type SipMessageEvent = Extract<SipEvent, { readonly type: 'message' }>;

/** The timelines of running calls. Everything that anybody saw of a call finds its way here. */
export class Timelines {
  readonly #options: TimelinesOptions;
  readonly #store: CallStore;
  readonly #privacy: PrivacyLevel;
  readonly #observers: Observers;
  /** Running, and those that ended a moment ago, by id. */
  readonly #calls = new Map<string, Watched>();
  readonly #byLeg = new Map<string, { readonly call: Watched; readonly leg: LegName }>();
  readonly #lingering = new Lingering((call) => this.#seal(call));
  readonly #pulse = new Pulse({
    beat: (now) => this.#beat(now),
    stalled: (_now, lateMs) => this.#stalled(lateMs),
  });
  readonly #nextTick = new Map<Watched, { tickAt: Millis; appendAt: Millis; beginAt: Millis }>();
  readonly #memory = new RelayMemory();
  readonly #drafts = new Drafts();
  readonly #abandonments = new RateLimits(ABANDONED_PER_SECOND, ABANDONED_AT_ONCE);
  readonly #over = new Set<string>();
  readonly #sections = new AudioSections();
  readonly #pending = new Set<Promise<void>>();
  #early: SipMessageEvent[] = [];
  #roundMs = 0;
  #roundEndsAt: Millis = 0;

  constructor(options: TimelinesOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#privacy = options.privacy ?? 'full';
    this.#observers = new Observers(options.observers ?? [], this.#privacy, options.log);
  }

  // What the gateway does

  /** A call was asked for. `by`: the session of the browser that asks; undefined for the phone network. */
  begin(callId: string, by: TimelineSession | undefined, { legId, ...parties }: CallBeginning = {}): CallWatch {
    const call = this.#open(callId, by, parties);
    if (legId !== undefined) this.#knowLeg(call, 'caller', legId);
    return {
      note: (event) => this.#note(call, event),
      described: (leg, side, kind, sdp) => {
        const audio = this.#sections.read(sdp);
        this.#note(call, { type: 'sdp.set', leg, side, kind, ...(audio === undefined ? {} : { audio }) });
      },
      calls: (kind, session) => {
        call.calls(kind);
        if (session !== undefined) this.#join(call, 'callee', session);
      },
      legs: (caller, callee) => {
        this.#knowLeg(call, 'caller', caller);
        this.#knowLeg(call, 'callee', callee);
      },
      replaced: (leg, legId, reason) => {
        this.#note(call, { type: 'leg.replaced', leg, reason });
        this.#forgetLeg(call, leg);
        call.replaced(leg);
        this.#knowLeg(call, leg, legId);
      },
      qualityNow: (leg) => call.qualityNow(leg),
      end: (event) => this.#end(call, event),
    };
  }

  turnedAway(code: ErrorCode, callId: string): void {
    if (!this.#calls.has(callId)) this.#isOver(callId);
    this.#observers.turnedAway(code);
  }

  /** What the SIP agent saw of a leg; also of one whose call ended a moment ago. */
  sip(event: SipEvent): void {
    if (!('legId' in event) || event.legId === undefined) return;
    const known = this.#byLeg.get(event.legId);
    if (known !== undefined) {
      const noted = sipEventOf(known.leg, event, this.#sections);
      if (noted !== undefined) this.#note(known.call, noted);
    } else if (event.type === 'message') {
      this.#early = [...this.#early.slice(1 - MAX_EARLY), event];
    }
  }

  /** Figures of a leg; the last ones come when the call is over. */
  legStats(legId: string, stats: LegStats): void {
    const known = this.#byLeg.get(legId);
    if (known === undefined) return;
    const { call, leg } = known;
    const now = clockNow();
    const sample = call.legStats(now, leg, stats);
    if (sample !== undefined) this.#observers.sample(now, leg, sample, call);
  }

  // What browsers and relay say

  /** What the browser of one leg saw. Of a call that has not begun it is kept until then; of somebody else's, never. */
  evidence(
    session: TimelineSession,
    callId: string,
    events: readonly BrowserEvent[],
    sentMs?: number,
    samples: readonly BrowserSample[] = [],
  ): void {
    const arrivedAt = clockNow();
    const call = this.#calls.get(callId);
    if (call === undefined) {
      if (this.#over.has(callId)) return;
      const sent = sentMs === undefined ? {} : { sentMs };
      this.#drafts.add(session, callId, { arrivedAt, events, samples, ...sent });
      this.#pulse.want(true);
      return;
    }
    const leg = call.legOf(session);
    if (leg !== undefined) this.#take(call, leg, arrivedAt, events, samples, sentMs);
  }

  /** A call that never began, as its browser says: it becomes a call without legs. */
  abandoned(session: TimelineSession, callId: string, parties: CallParties, because?: Fault): void {
    const draft = this.#drafts.take(session, callId);
    if (this.#calls.has(callId) || this.#over.has(callId)) return;
    this.#neverBegan(session, callId, parties, draft, because?.code);
  }

  /** What the embedded relay saw. `tag`: of the credentials that were used, or claimed. */
  relay(event: RelayEvent, tag: string | undefined, at: Millis): void {
    if (tag === undefined || !this.#options.knows(tag)) return;
    this.#memory.add(tag, at, event);
    for (const call of this.#calls.values()) {
      for (const leg of call.legsOf(tag)) call.relay(at, leg, event);
    }
  }

  /** `parties`: whose it was. */
  sessionEnded(session: TimelineSession, parties: CallParties = {}): void {
    this.#memory.forget(session.tag);
    for (const draft of this.#drafts.takeOf(session).filter(isFromTheBeginning)) {
      this.#neverBegan(session, draft.callId, parties, draft, codeOfDraft(draft));
    }
  }

  // What operators ask

  /** How many calls are in each state now. */
  states(): ReadonlyMap<CallState, number> {
    const counts = new Map<CallState, number>();
    for (const { state } of this.#calls.values()) {
      if (state !== 'ended') counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return counts;
  }

  /** Newest first. */
  live(): LiveCall[] {
    return [...this.#calls.values()]
      .filter(({ hasEnded }) => !hasEnded)
      .map(({ live }) => live)
      .sort((a, b) => b.startedAt - a.startedAt);
  }

  /** By id, or by the key of its record. */
  async find(id: string): Promise<CallDetails | undefined> {
    const call = this.#calls.get(id) ?? [...this.#calls.values()].find(({ key }) => key === id);
    if (call !== undefined) return await details(call, this.#store, this.#privacy);
    return await storedDetails(id, this.#store, this.#options.judge);
  }

  async search(query: CallQuery): Promise<CallPage> {
    return await this.#store.search(query);
  }

  async overview(from: Millis, until: Millis): Promise<Overview> {
    return await this.#store.overview(from, until);
  }

  /** Hands everything over, as it is now. */
  async close(): Promise<void> {
    for (const call of [...this.#calls.values()]) {
      if (!call.hasEnded) {
        void this.#end(call, {
          type: 'call.ended',
          result: 'failed',
          by: 'gateway',
          code: 'signaling.server_stopping',
        });
      }
      this.#seal(call);
    }
    this.#lingering.stop();
    this.#pulse.want(false);
    await Promise.all(this.#pending);
  }

  #open(callId: string, by: TimelineSession | undefined, parties: CallParties): Watched {
    // The id of a call that ended a moment ago may be used again.
    const previous = this.#calls.get(callId);
    if (previous !== undefined) this.#seal(previous);
    this.#over.delete(callId);
    const draft = by === undefined ? undefined : this.#drafts.take(by, callId);
    const { judge, log } = this.#options;
    // Start and id name its record for good.
    const startedAt = Math.max(clockNow(), (previous?.startedAt ?? 0) + 1);
    const caller = by === undefined ? 'sip' : 'browser';
    const policy = judge?.policy === undefined ? {} : { policy: judge.policy };
    const diagnosis = judge?.start({ callId, startedAt, caller, ...policy });
    const call = new Watched({ callId, startedAt, caller, parties, privacy: this.#privacy, diagnosis, log });
    this.#calls.set(callId, call);
    this.#nextTick.set(call, {
      tickAt: startedAt + TICK_MS,
      appendAt: startedAt + APPEND_MS,
      beginAt: startedAt + BEGIN_MS,
    });
    this.#store.begin(call.recordAt(startedAt, true));
    if (by !== undefined) this.#join(call, 'caller', by);
    if (draft !== undefined) this.#replay(call, draft);
    this.#pulse.want(true);
    return call;
  }

  #knowLeg(call: Watched, leg: LegName, legId: string): void {
    if (this.#byLeg.has(legId)) return;
    this.#byLeg.set(legId, { call, leg });
    call.legIds.push(legId);
    const early = this.#early.filter((event) => event.legId === legId);
    this.#early = this.#early.filter((event) => event.legId !== legId);
    for (const event of early) this.sip(event);
  }

  /** Its last figures would be taken for those of the leg that took its place. */
  #forgetLeg(call: Watched, leg: LegName): void {
    for (const legId of call.legIds) {
      const known = this.#byLeg.get(legId);
      if (known?.call === call && known.leg === leg) this.#byLeg.delete(legId);
    }
  }

  #join(call: Watched, leg: LegName, session: TimelineSession): void {
    call.join(leg, session);
    const { recorder } = call;
    // A browser gathers before it asks for the call: its allocations may have been made by then.
    for (const { at, event } of this.#memory.recent(session.tag, clockNow())) call.relay(at, leg, event);
    // It cannot have counted before it was told of the call.
    if (leg === 'callee') recorder.clockOf(leg).followed(clockNow(), 0);
    else recorder.clockOf(leg).arrived(clockNow(), 0);
  }

  #replay(call: Watched, { batches }: Draft): void {
    for (const { arrivedAt, events, samples, sentMs } of batches) {
      this.#take(call, 'caller', arrivedAt, events, samples, sentMs);
    }
  }

  #take(
    call: Watched,
    leg: LegName,
    arrivedAt: Millis,
    events: readonly BrowserEvent[],
    samples: readonly BrowserSample[],
    sentMs: number | undefined,
  ): void {
    for (const sample of call.browser(arrivedAt, leg, events, samples, sentMs)) {
      this.#observers.sample(arrivedAt, leg, sample, call);
    }
  }

  #neverBegan(
    session: TimelineSession,
    callId: string,
    parties: CallParties,
    draft: Draft | undefined,
    code: ErrorCode | undefined,
  ): void {
    if (!this.#abandonments.take(session.tag, clockNow())) return;
    const call = this.#open(callId, session, parties);
    if (draft !== undefined) this.#replay(call, draft);
    const because = code === undefined ? {} : { code };
    const result = code === undefined ? 'cancelled' : 'failed';
    void this.#end(call, { type: 'call.ended', result, by: 'caller', ...because });
  }

  #note(call: Watched, event: GatewayEvent): void {
    // After its end a call is told the last words of its legs, and no more of itself.
    if (call.hasEnded && event.type.startsWith('call.')) return;
    const now = clockNow();
    if (!call.gateway(now, event)) return;
    this.#observers.event(now, event, call);
    if (event.type === 'call.state' && TURNS.has(event.state)) this.#sayAgain(call, now);
  }

  /** So that a server which dies in mid-call leaves what was known of it. */
  #sayAgain(call: Watched, now: Millis): void {
    const due = this.#nextTick.get(call);
    if (due !== undefined) due.beginAt = now + BEGIN_MS;
    this.#store.begin(call.recordAt(now, true));
    this.#append(call);
  }

  #end(call: Watched, event: EndedEvent): Promise<void> {
    if (call.hasEnded) return Promise.resolve();
    this.#note(call, event);
    this.#tick(call, clockNow());
    this.#append(call);
    const kept = keepInTime(this.#store, call.recordAt(clockNow(), true), this.#options.log);
    this.#pending.add(kept);
    void kept.then(() => this.#pending.delete(kept));
    this.#lingering.add(call);
    return kept;
  }

  // While they run

  #beat(now: Millis): void {
    const begunAt = performance.now();
    for (const [call, due] of this.#nextTick) {
      if (now < due.tickAt) continue;
      due.tickAt = now + TICK_MS;
      this.#tick(call, now);
      if (now >= due.beginAt && !call.hasEnded) this.#sayAgain(call, now);
      if (now < due.appendAt) continue;
      due.appendAt = now + APPEND_MS;
      this.#append(call);
    }
    for (const draft of this.#drafts.takeDue(now).filter(isFromTheBeginning)) {
      this.#neverBegan(draft.session, draft.callId, {}, draft, codeOfDraft(draft));
    }
    this.#roundMs += performance.now() - begunAt;
    if (now >= this.#roundEndsAt) {
      this.#observers.ticked(this.#roundMs);
      this.#roundMs = 0;
      this.#roundEndsAt = now + TICK_MS;
    }
    this.#pulse.want(this.#calls.size > 0 || this.#drafts.size > 0);
  }

  #stalled(lateMs: Millis): void {
    for (const call of this.#calls.values()) {
      if (!call.hasEnded) this.#note(call, { type: 'gateway.stalled', lateMs });
    }
  }

  #tick(call: Watched, now: Millis, isLast = false): void {
    for (const event of call.tick(now, isLast)) this.#observers.verdict(now, event, call);
  }

  #append(call: Watched): void {
    // What strangers dial on the phone network and nobody answers to would push out everything else.
    if (call.recorder.caller === 'sip' && call.recorder.callee === undefined) return;
    const part = call.takePart();
    if (part !== undefined) {
      const level = this.#privacy;
      this.#store.append(
        level === 'full' ? part : { ...part, entries: part.entries.map((entry) => privateEntry(entry, level)) },
      );
    }
    const share = Math.floor(MAX_SAMPLES / (ROWS_OF_CALL * this.#calls.size));
    call.recorder.trim(Math.max(LEAST_SAMPLES, Math.min(MOST_SAMPLES, share)));
  }

  // After their end

  #seal(call: Watched): void {
    const { recorder } = call;
    this.#lingering.remove(call);
    this.#calls.delete(recorder.callId);
    this.#nextTick.delete(call);
    for (const legId of call.legIds) this.#byLeg.delete(legId);
    this.#isOver(recorder.callId);
    const now = clockNow();
    this.#tick(call, now, true);
    this.#append(call);
    const record = call.recordAt(now, false);
    this.#store.amend(record);
    this.#observers.closed(privateTimeline(recorder.snapshot(), this.#privacy), record, call.verdicts);
  }

  #isOver(callId: string): void {
    this.#over.add(callId);
    const [oldest] = this.#over;
    if (this.#over.size > MAX_OVER && oldest !== undefined) this.#over.delete(oldest);
  }
}
