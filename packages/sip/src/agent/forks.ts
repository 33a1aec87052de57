import type { Dialog } from '../dialog/dialog.js';
import { Headers } from '../message/headers.js';
import type { SipRequest, SipResponse } from '../message/message.js';
import { tagOf } from '../message/name-addr.js';
import type { SipFlow } from '../transport/flow.js';
import { requestFlow } from '../transport/via-routing.js';
import type { Leg } from './leg.js';
import { sdpOf } from './sdp-body.js';

/** More forks than any proxy makes for one call. */
const MAX_FORKS = 16;

export interface Progress {
  readonly status: number;
  readonly reason: string;
  readonly sdp?: string;
  readonly toTag: string;
}

/** The answers of one INVITE that proxies have spread to several phones, told apart by their To tags (section 13.2.2). */
export class Forks {
  readonly #leg: Leg;
  /** By tag: the last status and the description of its 1xx. */
  readonly #early = new Map<string, { status: number; sdp: string | undefined }>();
  /** By tag: what to send when the 2xx comes again. */
  readonly #acks = new Map<string, { readonly flow: SipFlow; readonly ack: SipRequest }>();

  constructor(leg: Leg) {
    this.#leg = leg;
  }

  has(tag: string | undefined): boolean {
    return tag !== undefined && this.#early.has(tag);
  }

  /** What a 101 to 199 tells; undefined for 100, and for one that says nothing new. */
  progress(response: SipResponse): Progress | undefined {
    const { status, reason } = response;
    const toTag = tagOf(response.to) ?? '';
    if (status === 100) return undefined;
    const known = this.#early.get(toTag);
    const sdp = sdpOf(response) ?? known?.sdp;
    if (known?.status === status && known.sdp === sdp) return undefined;
    if (known === undefined && this.#early.size >= MAX_FORKS) return undefined;
    this.#early.set(toTag, { status, sdp });
    return { status, reason, toTag, ...(sdp === undefined ? {} : { sdp }) };
  }

  /** The description of a 2xx, or of the 1xx of the same fork before it. */
  sdpOf(response: SipResponse): string | undefined {
    return sdpOf(response) ?? this.#early.get(tagOf(response.to) ?? '')?.sdp;
  }

  /** Every copy of a 2xx gets its ACK (section 13.2.2.4). False for a 2xx not seen before. */
  acknowledgeAgain(response: SipResponse): boolean {
    const known = this.#acks.get(tagOf(response.to) ?? '');
    if (known === undefined) return this.#acks.size >= MAX_FORKS;
    this.#leg.core.send(known.flow, known.ack, true, this.#leg.id);
    return true;
  }

  /** The ACK carries the credentials of its INVITE (section 22.1). */
  acknowledge(invite: SipRequest, dialog: Dialog): void {
    const { core, flow: legFlow, id, sessionIdHeaders } = this.#leg;
    const flow = requestFlow(dialog.nextHop, legFlow);
    const credentials = invite.headers.fields.filter(({ name }) => /^(Proxy-)?Authorization$/.test(name));
    const own = new Headers(credentials).with('User-Agent', core.options.userAgent).concat(sessionIdHeaders);
    const ack = dialog.ack(invite.cseq.number, core.newVia(flow), own);
    this.#acks.set(dialog.remoteTag, { flow, ack });
    core.send(flow, ack, false, id);
  }
}
