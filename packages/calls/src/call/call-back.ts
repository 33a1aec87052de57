import { type Fault, fault } from '@earshot/base';
import type { MediaCommand } from '../media.js';
import { phoneCodecs } from '../offer-answer/codec-policy.js';
import type { CallInput, CallOutput, PhoneDescription } from './call-io.js';
import type { DeadlineName } from './deadlines.js';
import type { Leg } from './leg.js';
import type { Party } from './party.js';

export type PhoneInput = Extract<
  CallInput,
  { readonly type: 'media' | 'leg.progress' | 'leg.answered' | 'leg.failed' | 'leg.ended' }
>;

export interface CallBackOptions {
  /** The side that the phone is called for. */
  readonly party: Party;
  readonly leg: Leg;
  /** The leg that it is to be joined with. */
  readonly far: Leg;
  readonly phone: PhoneDescription;
  readonly asked: boolean;
}

/** What came of an input. */
export interface CallBackStep {
  readonly outputs: readonly CallOutput[];
  /** The phone answered: what the media worker must know of it. */
  readonly joined?: readonly MediaCommand[];
  readonly isOver?: boolean;
}

const NOTHING: CallBackStep = { outputs: [] };

/**
 * A user's own phone that is called in place of a browser which cannot be heard, while the far end waits:
 *
 *   opening --port--> calling --180--> ringing --200--> joined
 *       \________________\________________\--> failed, cancelled (the browser is back, the call is over)
 */
export class CallBack {
  readonly party: Party;
  readonly leg: Leg;
  /** Deadlines of the call that came meanwhile, and count when this comes to nothing. */
  readonly overdue = new Set<DeadlineName>();
  readonly #options: CallBackOptions;
  #isInvited = false;
  #rings = false;
  #isGone = false;
  #earlySdp: string | undefined;

  constructor(options: CallBackOptions) {
    this.party = options.party;
    this.leg = options.leg;
    this.#options = options;
  }

  begin(callId: string): readonly CallOutput[] {
    return [{ type: 'media', command: this.leg.open(callId) }, this.#tell('calling')];
  }

  take(input: PhoneInput): CallBackStep {
    switch (input.type) {
      case 'media':
        return this.#takeMedia(input.event);
      case 'leg.progress':
        return this.#takeProgress(input.status, input.sdp);
      case 'leg.answered':
        return this.#takeAnswer(input.sdp);
      case 'leg.failed':
        this.#isGone = true;
        return this.#fail(`${input.fault.code}${input.status === undefined ? '' : `, status ${input.status}`}`);
      case 'leg.ended':
        this.#isGone = true;
        return this.#fail('the phone hung up');
    }
  }

  /** It has rung for long enough. */
  expire(): CallBackStep {
    return this.#fail('nobody answered there');
  }

  /** The browser is back before anybody answered, or the call is over. */
  cancel(): CallBackStep {
    return this.#end('cancelled');
  }

  #takeMedia(event: Extract<PhoneInput, { readonly type: 'media' }>['event']): CallBackStep {
    if (event.type === 'leg.failed') return this.#fail(event.fault.code);
    if (event.type !== 'rtp.opened' || this.#isInvited) return NOTHING;
    this.leg.opened(event.local);
    this.#isInvited = true;
    const { far, phone } = this.#options;
    const { displayName, uri } = phone;
    const invite: CallOutput = {
      type: 'leg.invite',
      legId: this.leg.legId,
      kind: this.leg.kind,
      target: phone.target,
      sdp: this.leg.offer(phoneCodecs(far.media?.codecs.map(({ name }) => name) ?? [])),
      ...(displayName === undefined ? {} : { displayName }),
      ...(uri === undefined ? {} : { uri }),
    };
    return { outputs: [invite] };
  }

  /** Early media is heard by nobody: the far end waits for somebody, not for a ringing tone. */
  #takeProgress(status: number, sdp: string | undefined): CallBackStep {
    if (!this.#isInvited || status <= 100 || status >= 200) return NOTHING;
    this.#earlySdp = sdp ?? this.#earlySdp;
    if (this.#rings) return NOTHING;
    this.#rings = true;
    return { outputs: [this.#tell('ringing')] };
  }

  #takeAnswer(sdp: string | undefined = this.#earlySdp): CallBackStep {
    if (!this.#isInvited) return NOTHING;
    if (sdp === undefined) return this.#fail('media.bad_sdp');
    const accepted = this.leg.acceptAnswer(sdp);
    if (!accepted.ok) return this.#fail(accepted.error.code);
    return { outputs: [this.#tell('joined')], joined: accepted.value.commands, isOver: true };
  }

  #fail(detail: string): CallBackStep {
    return this.#end('failed', fault('call.callback_failed', detail));
  }

  #end(state: 'failed' | 'cancelled', why?: Fault): CallBackStep {
    const { legId } = this.leg;
    return {
      outputs: [
        ...(this.#isInvited && !this.#isGone ? [{ type: 'leg.hangup', legId } as const] : []),
        { type: 'media', command: { type: 'close', legId } },
        this.#tell(state, why),
      ],
      isOver: true,
    };
  }

  #tell(state: Extract<CallOutput, { readonly type: 'leg.callback' }>['state'], why?: Fault): CallOutput {
    const { asked } = this.#options;
    const { legId } = this.party.leg;
    return { type: 'leg.callback', legId, state, asked, ...(why === undefined ? {} : { fault: why }) };
  }
}
