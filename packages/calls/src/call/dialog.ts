import type { CallState } from '@earshot/base';
import type { MediaCommand } from '../media.js';
import { AwayWatch } from './away-watch.js';
import { BrowserLeg } from './browser-leg.js';
import type { CallInput, CallLocal, CallOptions, CallOutput } from './call-io.js';
import { Deadlines } from './deadlines.js';
import { Confirmation } from './hops.js';
import type { Leg } from './leg.js';
import { Negotiation } from './negotiation.js';
import { Party } from './party.js';
import { SipLeg } from './sip-leg.js';
import { UserPhone } from './user-phone.js';

export type InputOf<T extends CallInput['type']> = Extract<CallInput, { readonly type: T }>;
type StateOutput = Extract<CallOutput, { readonly type: 'state' }>;

/** A call that has started: its two sides, how far it has come, and what is to be said of that. */
export class Dialog {
  readonly options: CallOptions;
  readonly start: InputOf<'start'>;
  readonly caller: Party;
  readonly callee: Party;
  readonly negotiation: Negotiation;
  readonly hops = new Confirmation();
  readonly deadlines = new Deadlines();
  readonly away: AwayWatch;
  readonly phone: UserPhone;
  mediaOpened = false;
  /** The callee was. */
  invited = false;
  answered = false;
  #wasConnected = false;
  #current: StateOutput = { type: 'state', state: 'new' };
  #outputs: CallOutput[] = [];
  /** What legs to come say of us. */
  #local: CallLocal;
  readonly #legIds = new Set<string>();

  constructor(options: CallOptions, start: InputOf<'start'>) {
    this.options = options;
    this.start = start;
    this.#local = options.local;
    this.away = new AwayWatch(this.deadlines, options.policy);
    this.phone = new UserPhone(this.deadlines, options.policy.callBackRingMs);
    this.caller = new Party('caller', this.makeLeg(start.caller));
    this.callee = new Party('callee', this.makeLeg(start.callee));
    this.negotiation = new Negotiation(this.caller, this.callee);
  }

  get state(): CallState {
    return this.#current.state;
  }

  /** It was in the state `connected` once. */
  get wasConnected(): boolean {
    return this.#wasConnected;
  }

  // Its sides

  get parties(): readonly [caller: Party, callee: Party] {
    return [this.caller, this.callee];
  }

  partyOf(legId: string): Party | undefined {
    return this.parties.find(({ leg }) => leg.legId === legId);
  }

  otherThan(party: Party): Party {
    return party === this.caller ? this.callee : this.caller;
  }

  makeLeg({ kind, legId }: Pick<Leg, 'kind' | 'legId'>, other: Partial<CallLocal> = {}): Leg {
    const { random } = this.options;
    const local = { ...this.#local, ...other };
    this.#legIds.add(legId);
    return kind === 'browser' ? new BrowserLeg(legId, random, local) : new SipLeg(legId, random, local);
  }

  /** Whether the call ever had a leg of this id. */
  hasHad(legId: string): boolean {
    return this.#legIds.has(legId);
  }

  /** Browsers reach us by other addresses from here on. */
  relocate(candidates: CallLocal['candidates']): void {
    this.#local = { ...this.#local, candidates };
    for (const { leg } of this.parties) leg.relocate(candidates);
  }

  // How far it has come

  /** Connected means heard: an answered call is in the state that its paths and hops prove. */
  settle(): void {
    if (!this.answered) return;
    const waitingFor = this.hops.missing;
    const held = this.parties.find(({ isHeld }) => isHeld);
    for (const party of this.parties) {
      // A phone that holds is no proof of a new leg; its media path must do.
      const isHeard = held !== undefined || !waitingFor.some((hop) => hop.startsWith(party.side));
      if (party.isReturning && isHeard && party.unreached === undefined) this.returned(party);
    }
    const lost = this.parties.find(({ isAway }) => isAway);
    if (lost !== undefined) {
      this.enter({ state: 'reconnecting', side: lost.side });
      return;
    }
    if (held !== undefined) {
      this.enter({ state: 'held', side: held.side });
      return;
    }
    if (waitingFor.length > 0) {
      this.enter({ state: 'answered', waitingFor });
      return;
    }
    // Who has been heard once is not hung up on for a silence later.
    this.deadlines.clear('media');
    this.#wasConnected = true;
    this.enter({ state: 'connected' });
  }

  returned(party: Party): void {
    party.isReturning = false;
    this.deadlines.clear(`path-${party.side}`);
  }

  enter(next: Omit<StateOutput, 'type'>): void {
    const { state, side, waitingFor } = this.#current;
    const same = state === next.state && side === next.side && waitingFor?.join() === next.waitingFor?.join();
    if (same) return;
    this.#current = { type: 'state', ...next };
    this.say(this.#current);
  }

  // Saying it

  say(...outputs: readonly CallOutput[]): void {
    this.#outputs.push(...outputs);
  }

  command(commands: readonly MediaCommand[]): void {
    for (const command of commands) this.say({ type: 'media', command });
  }

  /** What was said since the last time. */
  takeOutputs(): CallOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}
