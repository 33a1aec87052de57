import { Headers } from '../message/headers.js';
import type { SipRequest, SipResponse } from '../message/message.js';
import { type NameAddr, parseNameAddr, printNameAddr, tagOf } from '../message/name-addr.js';
import type { Uri } from '../message/uri.js';
import type { Via } from '../message/via.js';

interface DialogState {
  readonly callId: string;
  /** With our tag. */
  readonly local: NameAddr;
  /** With the peer's tag. */
  readonly remote: NameAddr;
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
  readonly routeSet: readonly NameAddr[];
  readonly remoteTarget: Uri;
}

const addresses = (headers: Headers, name: string): NameAddr[] =>
  headers
    .list(name)
    .map(parseNameAddr)
    .filter((address) => address !== undefined);

/** The first Contact, or undefined. */
export const contactOf = (headers: Headers): Uri | undefined => addresses(headers, 'Contact')[0]?.uri;

/** A peer-to-peer relationship between two user agents (RFC 3261 section 12). */
export class Dialog {
  readonly callId: string;
  readonly local: NameAddr;
  readonly remote: NameAddr;
  readonly routeSet: readonly NameAddr[];
  #localSequence: number;
  #remoteSequence: number | undefined;
  #remoteTarget: Uri;

  private constructor(state: DialogState) {
    this.callId = state.callId;
    this.local = state.local;
    this.remote = state.remote;
    this.routeSet = state.routeSet;
    this.#localSequence = state.localSequence;
    this.#remoteSequence = state.remoteSequence;
    this.#remoteTarget = state.remoteTarget;
  }

  /** Section 12.1.2: our request was answered by a 101 to 299. */
  static forClient(request: SipRequest, response: SipResponse): Dialog {
    return new Dialog({
      callId: request.callId,
      local: request.from,
      remote: response.to,
      localSequence: request.cseq.number,
      remoteSequence: undefined,
      routeSet: addresses(response.headers, 'Record-Route').reverse(),
      // A Contact is a must, but a peer without one can still be reached where the request went.
      remoteTarget: contactOf(response.headers) ?? request.uri,
    });
  }

  /** Section 12.1.1: we answer a request by a 101 to 299. `local`: its To with our tag. */
  static forServer(request: SipRequest, local: NameAddr): Dialog {
    return new Dialog({
      callId: request.callId,
      local,
      remote: request.from,
      localSequence: 0,
      remoteSequence: request.cseq.number,
      routeSet: addresses(request.headers, 'Record-Route'),
      remoteTarget: contactOf(request.headers) ?? request.from.uri,
    });
  }

  get remoteTag(): string {
    return tagOf(this.remote) ?? '';
  }

  get remoteTarget(): Uri {
    return this.#remoteTarget;
  }

  /** Where a request goes first (section 12.2.1.1). */
  get nextHop(): Uri {
    return this.routeSet[0]?.uri ?? this.#remoteTarget;
  }

  /** Notes a request of the peer. False when it is older than one before (section 12.2.2): answer 500. */
  accept(request: SipRequest): boolean {
    if (this.#remoteSequence !== undefined && request.cseq.number < this.#remoteSequence) return false;
    this.#remoteSequence = request.cseq.number;
    return true;
  }

  /** A target refresh (section 12.2): a re-INVITE or UPDATE, or the 2xx to ours, moves the peer's Contact. */
  refresh(headers: Headers): void {
    this.#remoteTarget = contactOf(headers) ?? this.#remoteTarget;
  }

  /** The next request. */
  request(method: string, via: Via, headers: Headers, body: Uint8Array = new Uint8Array(0)): SipRequest {
    this.#localSequence += 1;
    return this.#build(method, this.#localSequence, via, headers, body);
  }

  /** The ACK to the 2xx of the INVITE numbered `sequence` (section 13.2.2.4). */
  ack(sequence: number, via: Via, headers: Headers): SipRequest {
    return this.#build('ACK', sequence, via, headers, new Uint8Array(0));
  }

  #build(method: string, sequence: number, via: Via, headers: Headers, body: Uint8Array): SipRequest {
    const [first, ...rest] = this.routeSet;
    let uri = this.#remoteTarget;
    let route = this.routeSet;
    if (first !== undefined && first.uri.scheme !== 'other' && !first.uri.params.has('lr')) {
      // A strict router takes the Request-URI for its own address; the target travels as the last Route.
      uri = first.uri;
      route = [...rest, { uri: this.#remoteTarget, params: new Map() }];
    }
    const routes = new Headers(route.map((hop) => ({ name: 'Route', value: printNameAddr(hop) })));
    return {
      kind: 'request',
      method,
      uri,
      via: [via],
      from: this.local,
      to: this.remote,
      callId: this.callId,
      cseq: { number: sequence, method },
      headers: routes.with('Max-Forwards', '70').concat(headers),
      body,
    };
  }
}
