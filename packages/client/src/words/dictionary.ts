import type { CallErrorCode } from './error-words.js';
import type { PromptKey, RemedyKey } from './remedies.js';

/** One line, and what stands under it. */
export interface Said {
  readonly title: string;
  readonly hint: string;
}

/** Why a call reconnects, as far as a person can use it. */
export type ReconnectReason = 'network' | 'offline' | 'silence' | 'service' | 'reload' | 'unknown';

/** How good it sounds now. */
export type QualityWord = 'good' | 'fair' | 'poor' | 'bad' | 'unknown';

/** The texts of buttons, fields and headings. */
export type Label =
  | 'call'
  | 'callAgain'
  | 'tryAgain'
  | 'cancel'
  | 'hangUp'
  | 'accept'
  | 'decline'
  | 'mute'
  | 'unmute'
  | 'keypad'
  | 'keysSent'
  | 'sound'
  | 'close'
  | 'hear'
  | 'you'
  | 'them'
  | 'microphone'
  | 'speaker'
  | 'ringer'
  | 'systemChoice'
  | 'callMeBack'
  | 'yourNumber'
  | 'leaveMessage'
  | 'waitForCalls'
  | 'notify'
  | 'quality'
  | 'path'
  | 'codec'
  | 'roundTrip'
  | 'currentCall'
  | 'incomingCall'
  | 'phonesDial'
  | 'lines'
  | 'destination'
  | 'steps'
  | 'microphoneReason'
  | 'callerReason'
  | 'noChoiceOfSpeakers'
  | 'devicesAfterPermission';

/** Everything that a person is told, in one language. A language that lacks anything does not compile. */
export interface Dictionary {
  /** BCP 47, such as `de`. Numbers and durations are written its way. */
  readonly locale: string;
  readonly errors: Readonly<Record<CallErrorCode, { readonly what: string; readonly next: string }>>;
  readonly remedies: Readonly<Record<RemedyKey, readonly string[]>>;
  /** Where the question for the microphone is, and what to press. */
  readonly prompts: Readonly<Record<PromptKey, string>>;
  readonly labels: Readonly<Record<Label, string>>;
  readonly states: {
    readonly microphone: { readonly title: string; readonly asked: string; readonly overlooked: string };
    readonly calling: Said;
    readonly ringing: Said;
    readonly early: Said;
    readonly incoming: { readonly title: (name: string) => string; readonly hint: string };
    readonly answered: {
      readonly title: string;
      readonly checking: string;
      readonly notHearing: string;
      readonly notHeard: string;
    };
    readonly connected: Said;
    readonly muted: Said;
    readonly held: Said;
    readonly reconnecting: {
      readonly title: string;
      readonly why: Readonly<Record<ReconnectReason, string>>;
      readonly since: (duration: string) => string;
    };
    readonly callingBack: { readonly title: string; readonly calling: string; readonly ringing: string };
    /** Such as "Giving up in 5 seconds." */
    readonly givesUp: (duration: string) => string;
  };
  readonly ended: {
    readonly completed: string;
    readonly completedAfter: (duration: string) => string;
    readonly theyHungUp: string;
    readonly theyHungUpAfter: (duration: string) => string;
    readonly cancelled: string;
    readonly callerGaveUp: string;
    readonly busy: string;
    readonly declinedHere: string;
    readonly declined: string;
    readonly unanswered: string;
    readonly failed: string;
    readonly broke: string;
    /** What stands under an end that needs no reason. */
    readonly goodbye: string;
  };
  readonly idle: {
    readonly ready: string;
    readonly preparing: string;
    readonly waiting: string;
    readonly hint: string;
  };
  readonly links: Readonly<Record<'online' | 'connecting' | 'reconnecting' | 'offline', string>>;
  readonly quality: Readonly<Record<QualityWord, Said>>;
  readonly fallback: {
    readonly title: string;
    readonly retry: string;
    readonly callBack: string;
    readonly message: string;
  };
  readonly devices: {
    readonly switched: (label: string) => string;
    readonly unnamedMicrophone: (position: number) => string;
    readonly unnamedSpeaker: (position: number) => string;
  };
  readonly route: {
    readonly direct: string;
    readonly relay: string;
    readonly relayBy: (transport: string) => string;
    readonly blocksUdp: string;
  };
}
