import { Dialog } from '../dialog/dialog.js';
import { Headers } from '../message/headers.js';
import type { SipRequest } from '../message/message.js';
import { type NameAddr, tagOf } from '../message/name-addr.js';
import { withParam } from '../message/params.js';
import { type ResponseParts, recordRoutes } from '../message/response.js';
import { senderSessionId } from '../message/session-id.js';
import { printUri, uriUser } from '../message/uri.js';
import type { ServerTransaction } from '../transaction/layer.js';
import type { SipFlow } from '../transport/flow.js';
import { cameThroughNat } from '../transport/via-routing.js';
import { ALLOW } from './capabilities.js';
import type { AgentCore } from './core.js';
import { extraHeaders } from './extra-headers.js';
import { Leg, type LegTimer } from './leg.js';
import { sdpOf, sdpParts } from './sdp-body.js';
import { Session } from './session.js';
import type { ExtraHeaders, IncomingRequest } from './types.js';

/** A callee repeats its 18x every minute, so that proxies on the path keep waiting (section 13.3.1.1). */
const RINGING_INTERVAL_MS = 60_000;

export const maxForwardsOf = (request: SipRequest): number => Number(request.headers.get('Max-Forwards') ?? 70);

const partyOf = ({ uri, displayName }: NameAddr) => {
  const user = uriUser(uri);
  return {
    uri: printUri(uri),
    ...(user === undefined ? {} : { user }),
    ...(displayName === undefined ? {} : { displayName }),
  };
};

function describe(request: SipRequest): IncomingRequest {
  const { uri } = request;
  const user = uriUser(uri);
  const sessionId = senderSessionId(request.headers.get('Session-ID'));
  return {
    uri: {
      text: printUri(uri),
      ...(user === undefined ? {} : { user }),
      host: uri.scheme === 'other' ? '' : uri.host,
    },
    from: partyOf(request.from),
    to: partyOf(request.to),
    callId: request.callId,
    ...(sessionId === undefined ? {} : { sessionId }),
    maxForwards: maxForwardsOf(request),
    headers: request.headers.fields,
  };
}

/**
 * A leg begun by an INVITE of the peer (section 13.3).
 *
 *   INVITE -> Proceeding -- answer --> Session (2xx repeated until ACK; then confirmed; until BYE)
 *                 |  |
 *                 |  +-- reject, hangup -> ended
 *                 +-- CANCEL (487) or BYE -> cancelled
 */
export class IncomingLeg extends Leg {
  readonly #transaction: ServerTransaction;
  readonly #local: NameAddr;
  #ringing: { readonly status: number; readonly parts: ResponseParts } | undefined;

  constructor(core: AgentCore, id: string, flow: SipFlow, transaction: ServerTransaction) {
    const { request } = transaction;
    const localTag = core.newTag();
    const contactUser = request.uri.scheme === 'other' ? undefined : request.uri.user;
    super(core, { id, flow, callId: request.callId, localTag, contactUser, sessionId: id });
    this.#transaction = transaction;
    this.#local = { ...request.to, params: withParam(request.to.params, 'tag', localTag) };
    this.learnSessionId(request.headers);
    transaction.user = { legId: id, onAck: (ack) => this.onAck(ack) };
  }

  open(): void {
    const { core, id, flow } = this;
    const sdp = sdpOf(this.#transaction.request);
    // At once, and not after 200 ms (section 17.2.1): it stops the retransmissions.
    core.respond(this.#transaction, 100);
    const request = describe(this.#transaction.request);
    core.emit({ type: 'incoming', legId: id, request, flow, ...(sdp === undefined ? {} : { sdp }) });
  }

  #respond(status: number, parts: ResponseParts): void {
    this.core.respond(this.#transaction, status, { ...parts, toTag: tagOf(this.#local) ?? '' });
  }

  #dialogParts(sdp: string | undefined): ResponseParts {
    const { headers, body } = sdpParts(sdp);
    const opening = recordRoutes(this.#transaction.request).concat(this.dialogHeaders);
    return { headers: opening.with('Allow', ALLOW).concat(headers), body, toTag: this.localTag };
  }

  ring(status: number, sdp: string | undefined): void {
    if (this.session !== undefined) return;
    this.#ringing = { status, parts: this.#dialogParts(sdp) };
    this.#respond(status, this.#ringing.parts);
    this.timers.start('ringing', this.core.now + RINGING_INTERVAL_MS);
  }

  answer(sdp: string): void {
    if (this.session !== undefined) return;
    const { request } = this.#transaction;
    this.timers.stop('ringing');
    const dialog = Dialog.forServer(request, this.#local);
    const symmetric = cameThroughNat(request) && dialog.routeSet.length === 0;
    const offer = sdpOf(request);
    this.session = new Session(this, dialog, { callee: true, local: sdp, remote: offer, symmetric });
    this.session.acceptFirst(this.#transaction, this.#dialogParts(sdp), offer === undefined);
  }

  reject(status: number, reason: string | undefined, headers: ExtraHeaders | undefined): void {
    if (this.session !== undefined) return;
    const own = this.sessionIdHeaders.concat(extraHeaders(headers));
    this.#respond(Math.min(Math.max(Math.trunc(status), 300), 699), {
      headers: own,
      ...(reason === undefined ? {} : { reason }),
    });
    this.ended('local');
    this.core.release(this);
  }

  override speaksTo(remoteTag: string | undefined): boolean {
    return tagOf(this.#transaction.request.from) === remoteTag;
  }

  override hangup(reasonHeader?: string): void {
    const headers = reasonHeader === undefined ? {} : { Reason: reasonHeader };
    if (this.session === undefined) this.reject(480, undefined, headers);
    else this.session.bye(Headers.of(headers));
  }

  override onCancel(transaction: ServerTransaction, cancel: SipRequest): void {
    if (transaction !== this.#transaction) {
      super.onCancel(transaction, cancel);
      return;
    }
    if (this.session === undefined) this.#giveUp(cancel);
  }

  /** The caller may also end an early dialog by BYE (section 15). */
  protected override onEarlyRequest(transaction: ServerTransaction): void {
    if (transaction.request.method !== 'BYE') {
      this.answerEarly(transaction);
      return;
    }
    this.core.respond(transaction, 200);
    this.#giveUp(transaction.request);
  }

  #giveUp({ headers }: SipRequest): void {
    const reasonHeader = headers.get('Reason');
    this.#respond(487, { headers: this.sessionIdHeaders });
    this.end({ type: 'cancelled', legId: this.id, ...(reasonHeader === undefined ? {} : { reasonHeader }) });
    this.core.release(this);
  }

  protected override onTimer(name: LegTimer): void {
    if (name === '2xx' || name === 'ack') this.session?.onTimer(name);
    else if (name === 'ringing' && this.#ringing !== undefined) {
      this.#respond(this.#ringing.status, this.#ringing.parts);
      this.timers.start('ringing', this.core.now + RINGING_INTERVAL_MS);
    }
  }
}
