import type { CallState } from '@earshot/base';
import type { CallOutput } from '@earshot/calls';
import type { OngoingCall, Party } from '@earshot/signaling';
import { now as clockNow } from '../clock.js';

/** States in which somebody has yet to answer. */
const UNANSWERED: ReadonlySet<CallState> = new Set(['new', 'routing', 'ringing', 'early']);

const NOBODY: Party = { uri: '' };

/** What a page that was loaded anew must know of a call to take it up. */
export class OngoingFacts {
  /** As the calling page wrote it. */
  readonly #dialled: string | undefined;
  #caller: Party = NOBODY;
  #state: CallState = 'new';
  #connectedAt: number | undefined;
  #invite: { readonly from: Party; readonly sdp: string } | undefined;

  constructor(dialled: string | undefined) {
    this.#dialled = dialled;
  }

  take(output: CallOutput): void {
    if (output.type === 'state') {
      this.#state = output.state;
      if (output.state === 'connected') this.#connectedAt ??= clockNow();
    } else if (output.type === 'leg.invite' && this.#caller === NOBODY) {
      const { uri, displayName, sdp } = output;
      this.#caller = partyOf(uri, displayName);
      if (output.kind === 'browser') this.#invite = { from: this.#caller, sdp };
    }
  }

  /** A party, as the other one is shown it. */
  shown(side: 'caller' | 'callee'): Party {
    return side === 'callee' ? { uri: this.#dialled ?? '' } : this.#caller;
  }

  /** Undefined: there is nothing to take up on this side. */
  of(callId: string, side: 'caller' | 'callee'): OngoingCall | undefined {
    const state = this.#state;
    if (state === 'ended') return undefined;
    const since = this.#connectedAt;
    const lasted = since === undefined ? {} : { connectedForMs: Math.max(0, Math.round(clockNow() - since)) };
    if (side === 'caller') {
      // A page that goes cancels a call that nobody answered; where that did not arrive, it is the next one's to do.
      return { callId, direction: 'outgoing', remote: { uri: this.#dialled ?? '' }, state, ...lasted };
    }
    if (this.#invite === undefined) return undefined;
    const { from, sdp } = this.#invite;
    const rings = UNANSWERED.has(state) ? { sdp } : {};
    return {
      callId,
      direction: 'incoming',
      remote: from,
      state: 'sdp' in rings ? 'ringing' : state,
      ...lasted,
      ...rings,
    };
  }
}

/** Who calls, as pages are told. */
export const partyOf = (uri = 'sip:anonymous@anonymous.invalid', displayName?: string): Party => ({
  uri,
  ...(displayName === undefined ? {} : { displayName }),
});
