import { Headers } from '../message/headers.js';
import type { SipRequest } from '../message/message.js';
import type { ResponseParts } from '../message/response.js';
import type { ServerTransaction } from '../transaction/layer.js';
import { ALLOW, SDP_TYPE } from './capabilities.js';
import type { Leg } from './leg.js';
import { hasForeignBody, sdpOf, sdpParts } from './sdp-body.js';

interface Descriptions {
  readonly local: string | undefined;
  readonly remote: string | undefined;
}

/**
 * Changes of the session by the peer: re-INVITE (RFC 3261 section 14.2) and UPDATE (RFC 3311). An offer that changes
 * nothing, as session timers send (RFC 4028), and a re-INVITE without offer are answered here with what holds already;
 * any other is the user's to answer.
 */
export class SessionChange {
  readonly #leg: Leg;
  readonly #accept: (transaction: ServerTransaction, parts: ResponseParts) => void;
  #local: string | undefined;
  #remote: string | undefined;
  #pending: { readonly transaction: ServerTransaction; readonly offer: string } | undefined;
  /** Our 200 carried an offer: its ACK brings the answer. */
  #offered = false;

  constructor(
    leg: Leg,
    { local, remote }: Descriptions,
    accept: (transaction: ServerTransaction, parts: ResponseParts) => void,
  ) {
    this.#leg = leg;
    this.#local = local;
    this.#remote = remote;
    this.#accept = accept;
  }

  /** A re-INVITE or UPDATE. */
  receive(transaction: ServerTransaction): void {
    if (!this.#takes(transaction)) return;
    const offer = sdpOf(transaction.request);
    const isInvite = transaction.request.method === 'INVITE';
    if (offer === undefined && !isInvite) this.#respond(transaction, undefined);
    else if (this.#local !== undefined && (offer === undefined || offer === this.#remote)) {
      this.#offered = offer === undefined;
      this.#respond(transaction, this.#local);
    } else this.#ask(transaction, offer);
  }

  /** 200 with our description. */
  #respond(transaction: ServerTransaction, sdp: string | undefined): void {
    const { headers, body } = sdpParts(sdp);
    const parts = { headers: this.#leg.dialogHeaders.with('Allow', ALLOW).concat(headers), body };
    if (transaction.request.method === 'INVITE') this.#accept(transaction, parts);
    else this.#leg.core.respond(transaction, 200, parts);
  }

  /** Refuses what cannot be taken up now. */
  #takes(transaction: ServerTransaction): boolean {
    const { core } = this.#leg;
    if (this.#pending !== undefined) {
      core.respond(transaction, 500, { headers: Headers.of({ 'Retry-After': '2' }) });
      return false;
    }
    if (hasForeignBody(transaction.request)) {
      core.respond(transaction, 415, { headers: Headers.of({ Accept: SDP_TYPE, 'Accept-Encoding': 'identity' }) });
      return false;
    }
    return true;
  }

  #ask(transaction: ServerTransaction, offer: string | undefined): void {
    const { core, id } = this.#leg;
    if (offer === undefined) {
      core.respond(transaction, 488);
      return;
    }
    this.#pending = { transaction, offer };
    if (transaction.request.method === 'INVITE') core.respond(transaction, 100);
    core.emit({ type: 'reinvite', legId: id, sdp: offer, needsAnswer: true });
  }

  answer(sdp: string | undefined, status = 488): void {
    if (this.#pending === undefined) return;
    const { transaction, offer } = this.#pending;
    this.#pending = undefined;
    if (sdp === undefined) this.#leg.core.respond(transaction, Math.min(Math.max(Math.trunc(status), 400), 699));
    else {
      this.#local = sdp;
      this.#remote = offer;
      this.#respond(transaction, sdp);
    }
  }

  /** Our first 200 carried an offer. */
  offer(): void {
    this.#offered = true;
  }

  /** The ACK to the first 200: the answer, when that 200 carried the offer. */
  onAnswer(ack: SipRequest): { readonly sdp?: string } {
    const sdp = this.#offered ? sdpOf(ack) : undefined;
    this.#offered = false;
    if (sdp === undefined) return {};
    this.#remote = sdp;
    return { sdp };
  }

  /** The ACK to a later 200: the answer may say that the peer has moved. */
  onAck(ack: SipRequest): void {
    const before = this.#remote;
    const { sdp } = this.onAnswer(ack);
    if (sdp === undefined || sdp === before) return;
    this.#leg.core.emit({ type: 'reinvite', legId: this.#leg.id, sdp, needsAnswer: false });
  }

  onCancel(transaction: ServerTransaction): void {
    if (this.#pending?.transaction === transaction) this.abandon();
  }

  /** The session ends, or the peer takes its request back. */
  abandon(): void {
    if (this.#pending === undefined) return;
    this.#leg.core.respond(this.#pending.transaction, 487);
    this.#pending = undefined;
  }
}
