import type { Millis } from '@earshot/base';
import type { GatewayEvent } from '@earshot/telemetry';
import type { Noted } from './call-trace.js';

type Message = Extract<GatewayEvent, { readonly type: 'sip.message' }>;

/** The dialog of one SIP leg, as far as the setting up and the end of a call go (RFC 3261 sections 13 to 15). */
export class SipTrace {
  invite: Noted<Message> | undefined;
  /** Times that the INVITE, and the 200 to it, were sent again. */
  inviteRepeats = 0;
  lastRepeat: Noted<Message> | undefined;
  /** Any answer to the INVITE; the first that says more than 100. */
  answered: Noted<Message> | undefined;
  progressed: Noted<Message> | undefined;
  /** The first 200 or refusal; a challenge is none. */
  final: Noted<Message> | undefined;
  finalRepeats = 0;
  lastFinalRepeat: Noted<Message> | undefined;
  challenge: Noted<Message> | undefined;
  /** An INVITE with credentials went out after a challenge. */
  retried = false;
  ack: Noted<Message> | undefined;
  cancel: Noted<Message> | undefined;
  bye: Noted<Message> | undefined;

  take(noted: Noted<Message>): void {
    const { event } = noted;
    if (event.method === 'INVITE') {
      if (event.status === undefined) this.#takeInvite(noted);
      else this.#takeResponse(noted, event.status);
    } else if (event.status === undefined) {
      if (event.method === 'ACK') this.ack ??= this.final === undefined ? undefined : noted;
      else if (event.method === 'CANCEL') this.cancel ??= noted;
      else if (event.method === 'BYE') this.bye ??= noted;
    }
  }

  #takeInvite(noted: Noted<Message>): void {
    if (this.final !== undefined) return;
    if (noted.event.retransmission) {
      this.inviteRepeats += 1;
      this.lastRepeat = noted;
      return;
    }
    if (this.invite === undefined) this.invite = noted;
    else if (this.challenge !== undefined) this.retried = true;
  }

  #takeResponse(noted: Noted<Message>, status: number): void {
    if (noted.event.retransmission) {
      if (status >= 200 && status < 300 && this.final !== undefined) {
        this.finalRepeats += 1;
        this.lastFinalRepeat = noted;
      }
      return;
    }
    this.answered ??= noted;
    if (status > 100) this.progressed ??= noted;
    if (this.final !== undefined || status < 200) return;
    if ((status === 401 || status === 407) && !this.retried) {
      this.challenge ??= noted;
      return;
    }
    this.final = noted;
  }

  /** From the INVITE to the first that says more than 100 (or `now`, while nothing has), in ms. */
  setupMs(now: Millis): number {
    return this.invite === undefined ? 0 : (this.progressed?.at ?? now) - this.invite.at;
  }
}
