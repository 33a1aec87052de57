import { type Fault, fault, randomCallId } from '@earshot/base';
import { Authenticator } from '../auth/authenticator.js';
import { Dialog } from '../dialog/dialog.js';
import { Headers } from '../message/headers.js';
import type { SipRequest, SipResponse } from '../message/message.js';
import { makeNameAddr, type NameAddr, tagOf } from '../message/name-addr.js';
import { withParam } from '../message/params.js';
import { parseUri, type Uri } from '../message/uri.js';
import type { ClientTransaction, ClientUser, ServerTransaction } from '../transaction/layer.js';
import { ALLOW } from './capabilities.js';
import type { AgentCore } from './core.js';
import { extraHeaders } from './extra-headers.js';
import { Forks } from './forks.js';
import { Leg, type LegTimer } from './leg.js';
import { sdpParts } from './sdp-body.js';
import { Session } from './session.js';
import { statusFault } from './status.js';
import type { SipInput } from './types.js';

type InviteInput = Extract<SipInput, { type: 'invite' }>;

interface Addresses {
  readonly target: Uri;
  readonly from: NameAddr;
  readonly to: NameAddr;
}

function readAddresses({ uri, from, to }: InviteInput, tag: string): Addresses | undefined {
  const target = parseUri(uri);
  const fromAddress = makeNameAddr(from.uri, from.displayName);
  const toAddress = makeNameAddr(to?.uri ?? uri, to?.displayName);
  if (target === undefined || fromAddress === undefined || toAddress === undefined) return undefined;
  return { target, from: { ...fromAddress, params: withParam(fromAddress.params, 'tag', tag) }, to: toAddress };
}

/**
 * A leg begun by our INVITE (section 13.2).
 *
 *   INVITE -> calling -- 1xx --> (early dialogs, one for each fork) -- 2xx: ACK --> Session (until BYE)
 *                |                        |                             other 2xx: ACK, BYE
 *                |                        +-- 300-699, no answer --> failed
 *                +-- hangup: CANCEL once a 1xx came --> giving up -- 487 --> failed (cancelled_by_caller)
 *                                                          +-- 2xx crossed: ACK, BYE --> the same
 */
export class OutgoingLeg extends Leg implements ClientUser {
  readonly legId: string;
  readonly #input: InviteInput;
  readonly #addresses: Addresses;
  readonly #forks: Forks;
  #invite: SipRequest;
  #transaction: ClientTransaction | undefined;
  #attempt = 0;
  #proceeding = false;
  /** Why the INVITE was given up, and the Reason for its CANCEL. */
  #givingUp: { readonly fault: Fault; readonly local: boolean; readonly reasonHeader: string | undefined } | undefined;
  #cancelled = false;

  private constructor(core: AgentCore, input: InviteInput, addresses: Addresses, localTag: string) {
    const { from } = addresses;
    const contactUser = from.uri.scheme === 'other' ? undefined : from.uri.user;
    const { legId, flow, sessionId, credentials } = input;
    const authenticator = credentials && new Authenticator(core.crypto, credentials);
    const callId = randomCallId(core.random);
    super(core, {
      id: legId,
      flow,
      callId,
      localTag,
      contactUser,
      sessionId,
      ...(authenticator === undefined ? {} : { authenticator }),
    });
    this.legId = legId;
    this.#input = input;
    this.#addresses = addresses;
    this.#forks = new Forks(this);
    this.#invite = this.#makeInvite(1);
  }

  /** Sends the INVITE, or fails when an address is no URI. */
  static open(core: AgentCore, input: InviteInput): void {
    const { legId } = input;
    const refuse = (because: Fault) => core.emit({ type: 'failed', legId, fault: because, local: true });
    const localTag = core.newTag();
    const addresses = readAddresses(input, localTag);
    if (core.legById(legId) !== undefined) refuse(fault('internal.bug', 'the leg id is in use'));
    else if (core.legs >= core.maxLegs) refuse(fault('call.limit_reached', `more than ${core.maxLegs} SIP legs`));
    else if (addresses === undefined) refuse(fault('call.invalid_destination', 'not a URI'));
    else OutgoingLeg.#begin(core, input, addresses, localTag);
  }

  static #begin(core: AgentCore, input: InviteInput, addresses: Addresses, localTag: string): void {
    const leg = new OutgoingLeg(core, input, addresses, localTag);
    core.add(leg);
    leg.#start();
  }

  #makeInvite(sequence: number): SipRequest {
    const { core, callId, flow } = this;
    const { target, from, to } = this.#addresses;
    const { headers, body } = sdpParts(this.#input.sdp);
    const own = Headers.of({
      'Max-Forwards': String(Math.max(0, Math.trunc(this.#input.maxForwards ?? 70))),
      'User-Agent': core.options.userAgent,
      Allow: ALLOW,
    });
    return {
      kind: 'request',
      method: 'INVITE',
      uri: target,
      via: [core.newVia(flow)],
      from,
      to,
      callId,
      cseq: { number: sequence, method: 'INVITE' },
      headers: own
        .concat(this.dialogHeaders)
        .concat(this.authenticator?.headers('INVITE', target) ?? Headers.EMPTY)
        .concat(extraHeaders(this.#input.headers))
        .concat(headers),
      body,
    };
  }

  #start(): void {
    this.#transaction = this.core.start(this.#invite, this.flow, this);
  }

  onResponse(response: SipResponse): void {
    this.learnSessionId(response.headers);
    if (response.status < 200) this.#onProvisional(response);
    else if (response.status < 300) this.#onAccepted(response);
    else this.#onRejected(response);
  }

  #onProvisional(response: SipResponse): void {
    this.#proceeding = true;
    if (this.#givingUp !== undefined) {
      this.#sendCancel();
      return;
    }
    const progress = this.#forks.progress(response);
    if (progress !== undefined) this.core.emit({ type: 'progress', legId: this.id, ...progress });
  }

  #onAccepted(response: SipResponse): void {
    if (this.#forks.acknowledgeAgain(response)) return;
    const dialog = Dialog.forClient(this.#invite, response);
    this.#forks.acknowledge(this.#invite, dialog);
    const sdp = this.#forks.sdpOf(response);
    const session = new Session(this, dialog, {
      callee: false,
      local: this.#input.sdp,
      remote: sdp,
      symmetric: false,
    });
    if (this.session !== undefined) {
      session.refuse();
      return;
    }
    this.timers.stop('cancel');
    this.session = session;
    if (this.#givingUp !== undefined) {
      this.#finish();
      return;
    }
    const toTag = tagOf(response.to) ?? '';
    this.core.emit({ type: 'answered', legId: this.id, toTag, ...(sdp === undefined ? {} : { sdp }) });
  }

  #onRejected(response: SipResponse): void {
    const { status, reason, headers } = response;
    if (this.#givingUp === undefined && this.authenticator?.accept(response, this.#attempt, true)) {
      this.#attempt += 1;
      this.#proceeding = false;
      this.#invite = this.#makeInvite(this.#invite.cseq.number + 1);
      this.#start();
      return;
    }
    const reasonHeader = headers.get('Reason');
    const failure = this.#givingUp ?? { fault: statusFault(status, reason), local: false };
    this.end({
      type: 'failed',
      legId: this.id,
      fault: failure.fault,
      local: failure.local,
      status,
      reason,
      ...(reasonHeader === undefined ? {} : { reasonHeader }),
    });
    this.core.release(this);
  }

  onFailure(failure: 'timeout' | 'transport-error', reason: string): void {
    const because =
      failure === 'timeout'
        ? fault('sip.no_response', 'timer B fired: no response to INVITE')
        : fault('sip.transport_failed', reason);
    this.#fail(this.#givingUp?.fault ?? because);
  }

  /** Ends the leg where no final response will. */
  #fail(because: Fault): void {
    this.end({ type: 'failed', legId: this.id, fault: because, local: true });
    this.core.release(this);
  }

  /** Before the answer any fork may speak; which ones are known is seen later. */
  override speaksTo(remoteTag: string | undefined): boolean {
    return this.session === undefined || this.session.dialog.remoteTag === remoteTag;
  }

  override hangup(reasonHeader?: string): void {
    const headers = reasonHeader === undefined ? Headers.EMPTY : Headers.of({ Reason: reasonHeader });
    if (this.session !== undefined) this.session.bye(headers);
    else this.#giveUp({ fault: fault('sip.cancelled_by_caller'), local: true, reasonHeader });
  }

  #giveUp(why: { fault: Fault; local: boolean; reasonHeader: string | undefined }): void {
    if (this.#givingUp !== undefined) return;
    this.#givingUp = why;
    // Before a 1xx there must be no CANCEL (section 9.1): it could overtake the INVITE.
    if (this.#proceeding) this.#sendCancel();
  }

  /** Section 9.1. The CANCEL goes where the INVITE went, with its branch, and without its answer's tag. */
  #sendCancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    const { core, id } = this;
    const reason = this.#givingUp?.reasonHeader;
    const headers = Headers.of({
      'Max-Forwards': '70',
      'User-Agent': core.options.userAgent,
      ...(reason === undefined ? {} : { Reason: reason }),
    }).concat(this.sessionIdHeaders);
    const cseq = { number: this.#invite.cseq.number, method: 'CANCEL' };
    const cancel: SipRequest = { ...this.#invite, method: 'CANCEL', cseq, headers, body: new Uint8Array(0) };
    core.start(cancel, this.flow, { legId: id, onResponse: () => {}, onFailure: () => {} });
    this.timers.start('cancel', core.now + 64 * core.timers.t1);
  }

  /** The 2xx crossed our CANCEL: the session that nobody wants any more is ended at once (section 15). */
  #finish(): void {
    const { fault: because = fault('sip.cancelled_by_caller'), local = true } = this.#givingUp ?? {};
    this.end({ type: 'failed', legId: this.id, fault: because, local });
    this.session?.bye(Headers.EMPTY);
  }

  /** The callee speaks in an early dialog. A BYE means that its 200 was lost on the way: the call is over all the same. */
  protected override onEarlyRequest(transaction: ServerTransaction): void {
    const { core } = this;
    if (!this.#forks.has(tagOf(transaction.request.from))) {
      core.respond(transaction, 481);
      return;
    }
    if (transaction.request.method !== 'BYE') {
      this.answerEarly(transaction);
      return;
    }
    core.respond(transaction, 200);
    const ended = fault('sip.unavailable', 'the far end hung up before its answer arrived');
    this.#giveUp({ fault: ended, local: false, reasonHeader: undefined });
  }

  protected override onTimer(name: LegTimer): void {
    if (name === '2xx' || name === 'ack') this.session?.onTimer(name);
    // Section 9.1: after 64*T1 without a final response the INVITE counts as cancelled.
    else if (name === 'cancel') {
      if (this.#transaction !== undefined) this.core.transactions.abandon(this.#transaction);
      this.#fail(this.#givingUp?.fault ?? fault('sip.cancelled_by_caller'));
    }
  }
}
