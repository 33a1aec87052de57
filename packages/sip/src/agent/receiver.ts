import { randomCallId } from '@earshot/base';
import { Headers } from '../message/headers.js';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.js';
import { tagOf } from '../message/name-addr.js';
import { readMessage } from '../message/parse.js';
import type { ServerTransaction } from '../transaction/layer.js';
import type { SipFlow } from '../transport/flow.js';
import { responseFlow, stampReceived } from '../transport/via-routing.js';
import { ALLOW, badExtension, capabilities, KNOWN_METHODS, SDP_TYPE } from './capabilities.js';
import type { AgentCore } from './core.js';
import { IncomingLeg, maxForwardsOf } from './incoming-leg.js';
import type { Leg } from './leg.js';
import { hasForeignBody } from './sdp-body.js';

interface Arrival {
  readonly flow: SipFlow;
  readonly bytes: Uint8Array;
}

const RETRY_LATER = Headers.of({ 'Retry-After': '5' });
/** Only a dialog can have these (sections 12.2.2 and 15; RFC 6086, RFC 3311). */
const WITHIN_A_DIALOG: ReadonlySet<string> = new Set(['BYE', 'INFO', 'UPDATE']);

/** Keep-alives (RFC 5626 section 3.5.1) and STUN (whose first two bits are zero) are not for us. */
const isNoSip = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 13 || byte === 10) || (bytes[0] ?? 0) < 4;

/** Takes what the transport received to the transaction, dialog or leg it is meant for. */
export class Receiver {
  readonly #core: AgentCore;

  constructor(core: AgentCore) {
    this.#core = core;
  }

  receive(flow: SipFlow, bytes: Uint8Array): void {
    if (isNoSip(bytes)) return;
    const read = readMessage(bytes);
    if ('message' in read) {
      const { message } = read;
      if (message.kind === 'response') this.#response(message, { flow, bytes });
      else this.#request(stampReceived(message, flow.remote), { flow, bytes });
      return;
    }
    this.#core.emit({ type: 'bad-message', flow, fault: read.error });
    if (read.answer === undefined) return;
    const { request, status } = read.answer;
    this.#core.respondStateless(stampReceived(request, flow.remote), flow, status);
  }

  #observe(message: SipMessage, { flow, bytes }: Arrival, retransmission: boolean, legId?: string): void {
    this.#core.observe('in', flow, message, bytes, retransmission, legId);
  }

  /** A response without a transaction is a stray and ends here (section 17.1.1.2, as changed by RFC 6026). */
  #response(response: SipResponse, arrival: Arrival): void {
    const { transactions, now } = this.#core;
    const transaction = transactions.clientOf(response);
    const { state } = transaction?.machine ?? { state: 'Terminated' };
    const repeated = state === 'Completed' || state === 'Accepted';
    this.#observe(response, arrival, repeated, transaction?.user.legId);
    if (transaction !== undefined) transactions.receiveResponse(now, transaction, response);
  }

  #request(request: SipRequest, arrival: Arrival): void {
    const { transactions, now } = this.#core;
    const transaction = transactions.serverOf(request);
    if (transaction !== undefined) {
      this.#observe(request, arrival, request.method !== 'ACK', transaction.user?.legId);
      transactions.receiveRequest(now, transaction, request);
    } else if (request.method === 'CANCEL') this.#cancel(request, arrival);
    else if (tagOf(request.to) !== undefined) this.#withinDialog(request, arrival);
    else this.#outsideDialog(request, arrival);
  }

  /** Section 9.2: the CANCEL is answered by itself; the INVITE it means gets its 487 from its leg. */
  #cancel(request: SipRequest, arrival: Arrival): void {
    const { transactions } = this.#core;
    const invite = transactions.cancelledBy(request);
    this.#observe(request, arrival, false, invite?.user?.legId);
    if (invite === undefined) {
      this.#stateless(request, arrival, 481);
      return;
    }
    const leg = invite.user?.legId === undefined ? undefined : this.#core.legById(invite.user.legId);
    const transaction = this.#serve(request, arrival, leg);
    this.#core.respond(transaction, 200, { toTag: leg?.localTag ?? this.#core.newTag() });
    leg?.onCancel(invite, request);
  }

  #withinDialog(request: SipRequest, arrival: Arrival): void {
    const core = this.#core;
    const leg = core.legOf(request);
    const fits = leg?.speaksTo(tagOf(request.from)) ?? false;
    this.#observe(request, arrival, false, fits ? leg?.id : undefined);
    if (request.method === 'ACK') {
      if (fits) leg?.onAck(request);
    } else if (leg === undefined || !fits) this.#stateless(request, arrival, 481);
    else if (core.transactions.size >= 2 * core.maxTransactions) this.#stateless(request, arrival, 503, RETRY_LATER);
    else leg.onRequest(this.#serve(request, arrival, leg));
  }

  /** Section 8.2: method, then headers, then content. Only an INVITE that is taken up costs a transaction. */
  #outsideDialog(request: SipRequest, arrival: Arrival): void {
    const { method } = request;
    if (method === 'INVITE') {
      this.#invite(request, arrival);
      return;
    }
    this.#observe(request, arrival, false);
    if (method === 'ACK') return;
    if (method === 'OPTIONS') this.#options(request, arrival);
    else if (WITHIN_A_DIALOG.has(method)) this.#stateless(request, arrival, 481);
    else this.#stateless(request, arrival, KNOWN_METHODS.has(method) ? 405 : 501, Headers.of({ Allow: ALLOW }));
  }

  #invite(request: SipRequest, arrival: Arrival): void {
    const core = this.#core;
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      this.#observe(request, arrival, false);
      this.#stateless(request, arrival, refusal.status, refusal.headers);
      return;
    }
    const legId = randomCallId(core.random);
    this.#observe(request, arrival, false, legId);
    const leg = new IncomingLeg(core, legId, arrival.flow, this.#serve(request, arrival));
    core.add(leg);
    leg.open();
  }

  #refusal(request: SipRequest): { readonly status: number; readonly headers?: Headers } | undefined {
    const { transactions, legs, maxLegs, maxTransactions } = this.#core;
    if (request.uri.scheme === 'other') return { status: 416 };
    // This agent stands before a B2BUA, which must not pass on what has no hop left (section 16.3, RFC 7092).
    if (maxForwardsOf(request) === 0) return { status: 483 };
    if (transactions.mergedWith(request) !== undefined) return { status: 482 };
    const missing = badExtension(request.headers);
    if (missing !== undefined) return { status: 420, headers: missing };
    if (hasForeignBody(request)) {
      return { status: 415, headers: Headers.of({ Accept: SDP_TYPE, 'Accept-Encoding': 'identity' }) };
    }
    if (legs >= maxLegs || transactions.size >= maxTransactions) return { status: 503, headers: RETRY_LATER };
    return undefined;
  }

  #options(request: SipRequest, arrival: Arrival): void {
    const missing = badExtension(request.headers);
    if (missing === undefined) this.#stateless(request, arrival, 200, capabilities);
    else this.#stateless(request, arrival, 420, missing);
  }

  #stateless(request: SipRequest, { flow }: Arrival, status: number, headers?: Headers): void {
    this.#core.respondStateless(request, flow, status, headers);
  }

  #serve(request: SipRequest, { flow }: Arrival, leg?: Leg): ServerTransaction {
    const transaction = this.#core.transactions.serve(request, responseFlow(request, flow));
    if (leg !== undefined) transaction.user = { legId: leg.id, onAck: (ack) => leg.onAck(ack) };
    return transaction;
  }
}
