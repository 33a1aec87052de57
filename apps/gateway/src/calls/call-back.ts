import { err, fault, formatAddress, ok, type Result, type TransportAddress } from '@earshot/base';
import type { PhoneDescription, Route } from '@earshot/calls';
import { mayCall } from '../auth/tokens.js';
import type { Config } from '../config/schema.js';
import type { BrowserSession } from '../sessions/session.js';
import type { ActiveCall } from './active-call.js';
import type { BrowserLeg } from './browser-leg.js';
import type { Callees, Phone } from './callees.js';

/** Calls of one user that may go on by phone at once: they count as calls of its pages no more. */
const MAX_MOVED_OF_A_USER = 2;

export interface CallBacksOptions {
  readonly config: Config;
  readonly callees: Callees;
  /** The ways out that users of pages have. */
  readonly routes: readonly Route[];
  /** Calls that run. */
  readonly calls: () => Iterable<ActiveCall>;
  /** A phone is about to be called by this leg: what happens there is the call's. */
  readonly onCalled: (legId: string, call: ActiveCall) => void;
}

/**
 * Calls a phone in place of a browser, where that may be. A page cannot reach anybody so whom its token does not let it
 * call, and each call that goes on without a page counts for the user that it was of.
 */
export class CallBacks {
  readonly #options: CallBacksOptions;

  constructor(options: CallBacksOptions) {
    this.#options = options;
  }

  /** A number that the page gave, for later. */
  accept({ session }: BrowserLeg, number: string | undefined): Result<void> {
    if (number === undefined) return ok(undefined);
    return this.#isAllowed(session, number) ? ok(undefined) : notAllowed('the token does not allow that number');
  }

  /** Calls the user of this leg on a phone. It never rejects. */
  async begin(call: ActiveCall, leg: BrowserLeg, asked: boolean, number?: string): Promise<void> {
    try {
      const found = await this.#find(call, leg, number);
      // While it was looked up the call may have ended, or its page have been loaded anew.
      if (call.ended || call.leg(leg.id) !== leg) return;
      if (found.ok) {
        this.#options.onCalled(found.value.phone.leg.id, call);
        call.callPhone(leg, found.value, asked);
        return;
      }
      call.log.info({ code: found.error.code }, 'no call back');
      if (!asked) return;
      leg.asked('call.callback');
      leg.refuse(found.error);
    } catch (error) {
      call.log.error({ err: error, code: 'internal.bug' }, 'call back could not start');
    }
  }

  /** Faults: `call.callback_not_allowed`, and what the route table says. */
  async #find(call: ActiveCall, leg: BrowserLeg, given?: string): Promise<Result<FoundPhone>> {
    const { session } = leg;
    if (!this.#options.config.calls.fallback.callBack) return notAllowed('it is not configured');
    const number = given ?? leg.fallbackNumber ?? session.identity.phone;
    if (number === undefined || leg.refusesFallback) return notAllowed('no number is known');
    if (!this.#isAllowed(session, number)) return notAllowed('the token does not allow that number');
    const moved = [...this.#options.calls()].filter(({ movedFrom }) => movedFrom === session.identity.name);
    if (moved.length >= MAX_MOVED_OF_A_USER) return err(fault('call.limit_reached'));
    const phone = await this.#options.callees.findPhone(call.id, number, this.#options.routes);
    return phone.ok ? ok({ phone: phone.value, description: describe(phone.value, call, leg) }) : phone;
  }

  #isAllowed({ identity }: BrowserSession, number: string): boolean {
    return number === identity.phone || mayCall(identity, this.#options.callees.localName(number));
  }
}

export interface FoundPhone {
  readonly phone: Phone;
  readonly description: PhoneDescription;
}

/** The phone shows who is at the other end of the call. */
function describe({ leg, target, advertised }: Phone, call: ActiveCall, { side }: BrowserLeg): PhoneDescription {
  const { uri, displayName } = call.shown(side === 'caller' ? 'callee' : 'caller');
  return {
    legId: leg.id,
    target,
    advertisedAddress: advertised.address,
    uri: localUri(uri, advertised),
    ...(displayName === undefined ? {} : { displayName }),
  };
}

/** The far end's name or number, at an address of ours: a From that leads elsewhere is refused by trunks. */
function localUri(uri: string, advertised: TransportAddress): string {
  const user = /^(?:sips?:)?([A-Za-z0-9+._-]{1,64})(?:@|$)/.exec(uri)?.[1] ?? 'anonymous';
  return `sip:${user}@${formatAddress(advertised)}`;
}

const notAllowed = (detail: string) => err(fault('call.callback_not_allowed', detail));
