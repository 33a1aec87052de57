import { type Fault, fault } from '@earshot/base';
import type { Dialog } from '../dialog/dialog.js';
import { Headers } from '../message/headers.js';
import type { SipRequest, SipResponse } from '../message/message.js';
import type { ResponseParts } from '../message/response.js';
import { encodeUtf8 } from '../message/utf8.js';
import type { ServerTransaction } from '../transaction/layer.js';
import type { SipFlow } from '../transport/flow.js';
import { requestFlow } from '../transport/via-routing.js';
import { AwaitedAck } from './awaited-ack.js';
import { ALLOW, badExtension, KNOWN_METHODS } from './capabilities.js';
import { DTMF_RELAY, type Dtmf, printDtmf } from './dtmf.js';
import type { Leg } from './leg.js';
import { SessionChange } from './session-change.js';

export interface SessionOptions {
  /** The dialog came by an INVITE of the peer. */
  readonly callee: boolean;
  /** Our description and the peer's, as far as known. */
  readonly local: string | undefined;
  readonly remote: string | undefined;
  /** Requests go back by the flow of the leg, whatever the peer's Contact says. */
  readonly symmetric: boolean;
}

/** A confirmed dialog with its session, until BYE: section 12.2, 14 and 15 of RFC 3261. */
export class Session {
  readonly dialog: Dialog;
  readonly #leg: Leg;
  readonly #symmetric: boolean;
  readonly #ack: AwaitedAck;
  readonly #change: SessionChange;
  #bye: Headers | undefined;

  constructor(leg: Leg, dialog: Dialog, { callee, local, remote, symmetric }: SessionOptions) {
    this.dialog = dialog;
    this.#leg = leg;
    this.#symmetric = symmetric;
    this.#ack = new AwaitedAck(leg, callee);
    this.#change = new SessionChange(leg, { local, remote }, (...answer) => this.#ack.accept(...answer));
  }

  get flow(): SipFlow {
    return this.#symmetric ? this.#leg.flow : requestFlow(this.dialog.nextHop, this.#leg.flow);
  }

  /** A request of the peer within the dialog (section 12.2.2). */
  receive(transaction: ServerTransaction): void {
    const { core } = this.#leg;
    const { request } = transaction;
    const missing = badExtension(request.headers);
    if (!this.dialog.accept(request)) core.respond(transaction, 500);
    else if (missing !== undefined) core.respond(transaction, 420, { headers: missing });
    else this.#serve(transaction);
  }

  #serve(transaction: ServerTransaction): void {
    const { core } = this.#leg;
    const { method } = transaction.request;
    const allow = { headers: Headers.of({ Allow: ALLOW }) };
    switch (method) {
      case 'BYE':
        this.#onBye(transaction);
        break;
      case 'INVITE':
      case 'UPDATE':
        this.#onChange(transaction);
        break;
      case 'INFO':
        this.#onInfo(transaction);
        break;
      case 'OPTIONS':
        core.respond(transaction, 200, allow);
        break;
      default:
        core.respond(transaction, KNOWN_METHODS.has(method) ? 405 : 501, allow);
    }
  }

  #onChange(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.method === 'INVITE' && this.#ack.waiting) {
      this.#leg.core.respond(transaction, 500, { headers: Headers.of({ 'Retry-After': '2' }) });
      return;
    }
    this.dialog.refresh(request.headers);
    this.#change.receive(transaction);
  }

  /** A package or body that is not understood is refused (RFC 6086 sections 4.2.2 and 6); an empty INFO is a ping. */
  #onInfo(transaction: ServerTransaction): void {
    const { core } = this.#leg;
    const { headers, body } = transaction.request;
    if (headers.has('Info-Package')) core.respond(transaction, 469, { reason: 'Bad Info Package' });
    else core.respond(transaction, this.#leg.dtmf(transaction) || body.length === 0 ? 200 : 415);
  }

  /** Section 15.1.2. */
  #onBye(transaction: ServerTransaction): void {
    const { core } = this.#leg;
    const reasonHeader = transaction.request.headers.get('Reason');
    this.#change.abandon();
    core.respond(transaction, 200, { headers: this.#leg.sessionIdHeaders });
    this.#leg.ended('remote', reasonHeader === undefined ? {} : { reasonHeader });
    core.release(this.#leg);
  }

  /** The first answer of an incoming leg: until its ACK there is no BYE. */
  acceptFirst(transaction: ServerTransaction, parts: ResponseParts, offered: boolean): void {
    if (offered) this.#change.offer();
    this.#ack.accept(transaction, parts);
  }

  onAck(ack: SipRequest): void {
    const outcome = this.#ack.onAck(ack);
    if (outcome === undefined) return;
    const { core, id } = this.#leg;
    if (outcome === 'first') core.emit({ type: 'confirmed', legId: id, ...this.#change.onAnswer(ack) });
    else this.#change.onAck(ack);
    this.#sendBye();
  }

  /** Timer `2xx`: once more. Timer `ack`: it never came; the session ends (section 13.3.1.4). */
  onTimer(name: '2xx' | 'ack'): void {
    if (name === '2xx') this.#ack.resend();
    else {
      this.#ack.giveUp();
      this.#end('local', fault('sip.ack_lost', 'the answer was repeated without an ACK until its time was over'));
      this.#bye ??= Headers.EMPTY;
      this.#sendBye();
    }
  }

  /** Ends the session from this side. The session is over once the BYE is on its way (section 15.1.1). */
  bye(headers: Headers): void {
    this.#change.abandon();
    this.#end('local');
    this.#bye = headers;
    if (!this.#ack.holdsBye) this.#sendBye();
  }

  /** Another fork answered as well: this dialog ends at once (section 13.2.2.4), the leg goes on. */
  refuse(): void {
    this.#request('BYE', Headers.EMPTY);
  }

  #sendBye(): void {
    if (this.#bye === undefined) return;
    this.#request('BYE', this.#bye);
    this.#leg.core.release(this.#leg);
  }

  #end(by: 'remote' | 'local', because?: Fault): void {
    this.#leg.ended(by, because === undefined ? {} : { fault: because });
  }

  info(dtmf: Dtmf): void {
    this.#request('INFO', Headers.of({ 'Content-Type': DTMF_RELAY }), encodeUtf8(printDtmf(dtmf)));
  }

  /** The user's answer to the event `reinvite`. */
  answerChange(sdp: string | undefined, status: number | undefined): void {
    this.#change.answer(sdp, status);
  }

  cancelled(transaction: ServerTransaction): void {
    this.#change.onCancel(transaction);
  }

  #request(method: string, headers: Headers, body?: Uint8Array, attempt = 0): void {
    const { core, authenticator, id, sessionIdHeaders } = this.#leg;
    const { flow } = this;
    const own = headers.concat(sessionIdHeaders).with('User-Agent', core.options.userAgent);
    const plain = this.dialog.request(method, core.newVia(flow), own, body);
    const authorization = authenticator?.headers(method, plain.uri) ?? Headers.EMPTY;
    const onResponse = (response: SipResponse): void => {
      if (response.status < 200) return;
      if (authenticator?.accept(response, attempt, false)) {
        this.#request(method, headers, body, attempt + 1);
        return;
      }
      // Section 12.2.1.2: the peer knows no such dialog.
      if (method !== 'BYE' && response.status === 481) {
        this.#end('remote', fault('sip.request_rejected', `481 to ${method}`));
        core.release(this.#leg);
      }
    };
    core.start({ ...plain, headers: plain.headers.concat(authorization) }, flow, {
      legId: id,
      onResponse,
      onFailure: () => {},
    });
  }
}
