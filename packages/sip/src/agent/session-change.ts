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

  onInvite(transaction: ServerTransaction): void {
    if (!this.#takes(transaction)) return;
    const offer = sdpOf(transaction.request);
    if (offer === undefined && this.#local !== undefined) {
      this.#offered = true;
      this.#accept(transaction, this.#parts(this.#local));
    } else if (offer === this.#remote && this.#local !== undefined) {
      this.#accept(transaction, this.#parts(this.#local));
    } else this.#ask(transaction, offer);
  }

  onUpdate(transaction: ServerTransaction): void {
    if (!this.#takes(transaction)) return;
    const offer = sdpOf(transaction.request);
    const { core } = this.#leg;
    if (offer === undefined) core.respond(transaction, 200, this.#parts(undefined));
    else if (offer === this.#remote && this.#local !== undefined) {
      core.respond(transaction, 200, this.#parts(this.#local));
    } else this.#ask(transaction, offer);
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
    if (offer === undefined) return core.respond(transaction, 488);
    this.#pending = { transaction, offer };
    if (transaction.request.method === 'INVITE') core.respond(transaction, 100);
    core.emit({ type: 'reinvite', legId: id, sdp: offer, needsAnswer: true });
  }

  answer(sdp: string | undefined, status = 488): void {
    if (this.#pending === undefined) return;
    const { transaction, offer } = this.#pending;
    this.#pending = undefined;
    if (sdp === undefined) {
      this.#leg.core.respond(transaction, Math.min(Math.max(Math.trunc(status), 400), 699));
      return;
    }
    this.#local = sdp;
    this.#remote = offer;
    if (transaction.request.method === 'INVITE') this.#accept(transaction, this.#parts(sdp));
    else this.#leg.core.respond(transaction, 200, this.#parts(sdp));
  }

  #parts(sdp: string | undefined): ResponseParts {
    const { headers, body } = sdpParts(sdp);
    return { headers: this.#leg.dialogHeaders.with('Allow', ALLOW).concat(headers), body };
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
