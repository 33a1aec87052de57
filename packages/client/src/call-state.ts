import type { CallState } from '@earshot/base';

/** The state of a call as a person understands it. */
export type ClientCallState =
  /** The browser asks for the microphone. */
  | 'microphone'
  | 'calling'
  /** The far end rings, or, for an incoming call, this page does. */
  | 'ringing'
  /** The far end already sends sound: an announcement or its ring tone. */
  | 'early'
  /** Answered, but audio is not confirmed in both directions yet. */
  | 'answered'
  /** Heard in both directions, as the gateway confirms. */
  | 'connected'
  /** The far end put the call on hold: it hears nothing, and sends nothing but music. */
  | 'held'
  | 'reconnecting'
  | 'ended';

/** States in which somebody has yet to answer. */
export const UNANSWERED: ReadonlySet<CallState> = new Set(['new', 'routing', 'ringing', 'early']);

/** What the gateway says of a call that goes on. Over it is with `call.ended`, which says why. */
export type OngoingState = Exclude<CallState, 'ended'>;

export interface CallFacts {
  /** What the gateway said last; undefined before it said anything. */
  readonly server: OngoingState | undefined;
  readonly incoming: boolean;
  /** An incoming call that is taken, or any outgoing one. */
  readonly wanted: boolean;
  readonly microphone: boolean;
  readonly mediaLost: boolean;
  readonly ended: boolean;
}

/** Only the gateway can say `connected`; what this browser sees can only take it back for a while. */
export function clientCallState(facts: CallFacts): ClientCallState {
  if (facts.ended) return 'ended';
  if (!facts.wanted) return 'ringing';
  if (!facts.microphone) return 'microphone';
  switch (facts.server) {
    case undefined:
    case 'new':
    case 'routing':
      return facts.incoming ? 'answered' : 'calling';
    case 'ringing':
    case 'early':
      return facts.incoming ? 'answered' : facts.server;
    case 'held':
      return facts.mediaLost ? 'reconnecting' : 'held';
    case 'connected':
    case 'transferring':
      return facts.mediaLost ? 'reconnecting' : 'connected';
    case 'answered':
    case 'reconnecting':
      return facts.server;
  }
}
