import type { ErrorCode } from '@earshot/base';
import type { CallEnd, Waiting } from '../call-events.js';
import type { ClientCallState } from '../call-state.js';
import type { MediaPath } from '../media/stats.js';
import type { Dictionary, Label, QualityWord, ReconnectReason, Said } from './dictionary.js';
import { formatDuration, spoken } from './durations.js';
import { isCallError } from './error-words.js';
import { type PromptPlace, promptOf, remedyOf } from './remedies.js';
import { type Surroundings, surroundings } from './surroundings.js';

/** A call as it is just now. Times are in ms. */
export interface CallScene {
  readonly state: ClientCallState;
  readonly incoming?: boolean;
  /** Who is at the other end. */
  readonly name?: string;
  readonly muted?: boolean;
  readonly waiting?: Waiting['for'];
  /** How long the call has been in this state. */
  readonly lasts?: number;
  /** Until the gateway gives up; absent: it does not. */
  readonly left?: number;
  readonly reason?: ReconnectReason;
  /** The gateway calls the person's own phone. */
  readonly callingBack?: 'calling' | 'ringing';
}

/** A failure, with what to do about it here, as one text and step by step. */
export interface Remedy extends Said {
  readonly steps: readonly string[];
}

/** Where the question of the browser is. */
export interface Prompt extends Said {
  readonly place: PromptPlace;
}

/** What can be said of a session with the gateway. */
export type LinkState = 'loading' | 'idle' | 'connecting' | 'ready' | 'reconnecting' | 'closed';

/** Browsers never say that a prompt is overlooked; after this long, in ms, the person is pointed at it. */
export const PROMPT_OVERLOOKED = 5_000;

/** In ms: an interruption that is over sooner need not be counted. */
const WORTH_COUNTING = 3_000;

const LINKS = {
  ready: 'online',
  loading: 'connecting',
  idle: 'connecting',
  connecting: 'connecting',
  reconnecting: 'reconnecting',
  closed: 'offline',
} as const;

/** Says everything there is to say to a person, in one language, ready to be shown. */
export class Words {
  readonly #texts: Dictionary;
  readonly #here: Surroundings;

  /** `here`: the browser that the person sits at. */
  constructor(texts: Dictionary, here: Surroundings = surroundings()) {
    this.#texts = texts;
    this.#here = here;
  }

  get locale(): string {
    return this.#texts.locale;
  }

  label(label: Label): string {
    return this.#texts.labels[label];
  }

  call(scene: CallScene): Said {
    const { states } = this.#texts;
    if (scene.callingBack !== undefined && scene.state !== 'ended') {
      return { title: states.callingBack.title, hint: states.callingBack[scene.callingBack] };
    }
    switch (scene.state) {
      case 'microphone':
        return this.prompt(scene.lasts);
      case 'ringing':
        if (scene.incoming !== true) return states.ringing;
        return { title: states.incoming.title(scene.name ?? ''), hint: states.incoming.hint };
      case 'calling':
      case 'early':
      case 'held':
        return states[scene.state];
      case 'answered':
        return { title: states.answered.title, hint: states.answered[missing(scene.waiting)] };
      case 'connected':
        return scene.muted === true ? states.muted : states.connected;
      case 'reconnecting':
        return { title: states.reconnecting.title, hint: states.reconnecting.why[scene.reason ?? 'unknown'] };
      case 'ended':
        return { title: this.#texts.ended.completed, hint: this.#texts.ended.goodbye };
    }
  }

  /** How long an interruption has lasted and will be waited for; empty where there is nothing to count. */
  countdown({ state, lasts = 0, left }: CallScene): string {
    const { states } = this.#texts;
    if (state !== 'answered' && state !== 'reconnecting') return '';
    const since = state === 'reconnecting' && lasts >= WORTH_COUNTING;
    const parts = [
      ...(since ? [states.reconnecting.since(spoken(lasts / 1_000, this.locale))] : []),
      ...(left === undefined ? [] : [states.givesUp(spoken(Math.ceil(Math.max(0, left) / 1_000), this.locale))]),
    ];
    return parts.join(' ');
  }

  /** `lasts`: for how long the question has been open, in ms. */
  prompt(lasts = 0): Prompt {
    const { microphone } = this.#texts.states;
    const { key, place } = promptOf(this.#here);
    const opening = lasts < PROMPT_OVERLOOKED ? microphone.asked : microphone.overlooked;
    return { title: microphone.title, hint: `${opening} ${this.#texts.prompts[key]}`, place };
  }

  /** `talked`: seconds, or undefined when the call was never connected. */
  ended(end: Pick<CallEnd, 'result' | 'by' | 'error'>, talked?: number): Said {
    const { ended } = this.#texts;
    const { error } = end;
    // Somebody else's end of the call is no failure of it.
    if (error?.code === 'call.moved_to_phone' || error?.code === 'call.answered_elsewhere') {
      return this.error(error.code);
    }
    const { hint } = error === undefined ? { hint: ended.goodbye } : this.error(error.code);
    return { title: this.#ending(end, talked), hint };
  }

  #ending({ result, by }: Pick<CallEnd, 'result' | 'by'>, talked: number | undefined): string {
    const { ended } = this.#texts;
    const length = talked === undefined ? undefined : formatDuration(talked);
    switch (result) {
      case 'completed':
        if (by === 'far-end') return length === undefined ? ended.theyHungUp : ended.theyHungUpAfter(length);
        return length === undefined ? ended.completed : ended.completedAfter(length);
      case 'cancelled':
        return by === 'browser' ? ended.cancelled : ended.callerGaveUp;
      case 'busy':
        return ended.busy;
      case 'declined':
        return by === 'browser' ? ended.declinedHere : ended.declined;
      case 'unanswered':
        return ended.unanswered;
      case 'failed':
        return length === undefined ? ended.failed : ended.broke;
    }
  }

  /** What happened, and what to do about it in this browser. */
  error(code: ErrorCode): Remedy {
    const { what: title, next } = this.#texts.errors[isCallError(code) ? code : 'internal.bug'];
    const key = remedyOf(code, this.#here);
    const steps = key === undefined ? [] : this.#texts.remedies[key];
    return { title, hint: steps.length === 0 ? next : steps.join(' '), steps };
  }

  link(state: LinkState): string {
    return this.#texts.links[LINKS[state]];
  }

  idle(state: 'ready' | 'preparing' | 'waiting'): string {
    return this.#texts.idle[state];
  }

  /** What stands under a page that waits for calls. */
  get waitingHint(): string {
    return this.#texts.idle.hint;
  }

  quality(level: QualityWord): Said {
    return this.#texts.quality[level];
  }

  /** What is left when the sound does not come back. */
  fallback(offers: { readonly callBack: boolean; readonly message: boolean }): Said {
    const { title, callBack, message, retry } = this.#texts.fallback;
    return { title, hint: offers.callBack ? callBack : offers.message ? message : retry };
  }

  switchedTo(label: string): string {
    return this.#texts.devices.switched(label);
  }

  /** Browsers keep the names of devices to themselves until the microphone is allowed. `position` counts from 1. */
  device(kind: 'microphone' | 'speaker', label: string, position: number): string {
    const { devices } = this.#texts;
    if (label !== '') return label;
    return kind === 'microphone' ? devices.unnamedMicrophone(position) : devices.unnamedSpeaker(position);
  }

  /** Each part of the path with its heading; a dash holds the place of what is not known yet. */
  path(path: MediaPath | undefined): readonly { readonly name: string; readonly value: string }[] {
    const roundTrip = path?.roundTripMs;
    const digits = roundTrip !== undefined && roundTrip < 10 ? 1 : 0;
    const ms = new Intl.NumberFormat(this.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return [
      { name: this.label('path'), value: this.#route(path) },
      { name: this.label('codec'), value: path?.codec ?? '–' },
      { name: this.label('roundTrip'), value: roundTrip === undefined ? '–' : `${ms.format(roundTrip)} ms` },
    ];
  }

  /** Which way the audio goes, for somebody who knows no protocols. */
  #route(path: MediaPath | undefined): string {
    const { route } = this.#texts;
    if (path?.via === undefined) return '–';
    if (path.via === 'direct') return route.direct;
    const udp = path.transport === undefined || path.transport === 'udp';
    const way = udp ? route.relay : route.relayBy((path.transport ?? '').toUpperCase());
    return path.hint === 'ice.relay_tcp' ? `${way} ${route.blocksUdp}` : way;
  }
}

function missing(waiting: Waiting['for'] = []): 'checking' | 'notHearing' | 'notHeard' {
  if (waiting.length !== 1) return 'checking';
  return waiting[0] === 'down' ? 'notHearing' : 'notHeard';
}
