import { type Crypto, type Millis, randomId, toHex } from '@earshot/base';
import { Headers } from '../message/headers.js';
import { isIpAddress, printHostPort } from '../message/host.js';
import type { MessageBase, SipMessage, SipRequest } from '../message/message.js';
import { tagOf } from '../message/name-addr.js';
import { printMessage } from '../message/print.js';
import { makeResponse, type ResponseParts } from '../message/response.js';
import { encodeUtf8 } from '../message/utf8.js';
import { BRANCH_MAGIC, branchOf, type Via } from '../message/via.js';
import { Deadlines } from '../time/deadlines.js';
import {
  type ClientTransaction,
  type ClientUser,
  type ServerTransaction,
  TransactionLayer,
} from '../transaction/layer.js';
import { DEFAULT_TIMERS, type SipTimers } from '../transaction/timers.js';
import type { SipFlow } from '../transport/flow.js';
import { responseFlow } from '../transport/via-routing.js';
import type { Leg } from './leg.js';
import { sdpOf } from './sdp-body.js';
import type { MessageSummary, SipAgentOptions, SipEvent, SipOutput } from './types.js';

/** What the parts of an agent share: the time, what goes out, the transactions and the legs. */
export class AgentCore {
  now: Millis = 0;
  readonly options: SipAgentOptions;
  readonly timers: SipTimers;
  readonly transactions: TransactionLayer;
  readonly maxTransactions: number;
  readonly maxLegs: number;
  readonly #secret: Uint8Array;
  readonly #legsById = new Map<string, Leg>();
  readonly #legsByTag = new Map<string, Leg>();
  readonly #deadlines = new Deadlines<Leg>();
  #outputs: SipOutput[] = [];

  constructor(options: SipAgentOptions) {
    this.options = options;
    this.timers = { ...DEFAULT_TIMERS, ...options.timers };
    this.maxTransactions = options.maxTransactions ?? 4096;
    this.maxLegs = options.maxLegs ?? 1024;
    this.#secret = options.crypto.randomBytes(16);
    this.transactions = new TransactionLayer(this.timers, (...message) => this.send(...message));
  }

  get crypto(): Crypto {
    return this.options.crypto;
  }

  get legs(): number {
    return this.#legsByTag.size;
  }

  get next(): Millis | undefined {
    const [a, b] = [this.transactions.next, this.#deadlines.next];
    return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
  }

  /** What has gathered since the last call. */
  takeOutputs(): SipOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  timeout(): void {
    this.transactions.timeout(this.now);
    for (let leg = this.#deadlines.takeDue(this.now); leg !== undefined; leg = this.#deadlines.takeDue(this.now)) {
      leg.timeout();
      this.rearm(leg);
    }
  }

  emit(event: SipEvent): void {
    this.#outputs.push({ type: 'event', event });
  }

  // Messages

  send(flow: SipFlow, message: SipMessage, retransmission = false, legId?: string): void {
    const bytes = printMessage(message);
    this.observe('out', flow, message, bytes, retransmission, legId);
    this.#outputs.push({ type: 'send', flow, bytes });
  }

  /** Leaves evidence of a message for the ladder of its call. */
  observe(
    direction: 'in' | 'out',
    flow: SipFlow,
    message: SipMessage,
    bytes: Uint8Array,
    retransmission: boolean,
    legId?: string,
  ): void {
    const summary = summaryOf(message, retransmission);
    this.emit({ type: 'message', direction, flow, summary, bytes, ...(legId === undefined ? {} : { legId }) });
  }

  start(request: SipRequest, flow: SipFlow, user: ClientUser): ClientTransaction {
    return this.transactions.start(this.now, request, flow, user);
  }

  respond(transaction: ServerTransaction, status: number, parts: ResponseParts = {}): void {
    const response = makeResponse(transaction.request, status, { ...parts, headers: this.#asServer(parts.headers) });
    this.transactions.respond(this.now, transaction, response);
  }

  /**
   * Answers without a transaction (section 8.2.7), so that a stranger's requests cost no memory. The tag is the same
   * for every copy of the request.
   */
  respondStateless(request: MessageBase, flow: SipFlow, status: number, headers = Headers.EMPTY): void {
    const [via] = request.via;
    const seed = [request.callId, tagOf(request.from) ?? '', via === undefined ? '' : branchOf(via)].join('\n');
    const toTag = toHex(this.crypto.hash('sha256', this.#secret, encodeUtf8(seed))).slice(0, 16);
    const response = makeResponse(request, status, { toTag, headers: this.#asServer(headers) });
    this.send(responseFlow(request, flow), response);
  }

  #asServer(headers = Headers.EMPTY): Headers {
    return headers.with('Server', this.options.userAgent);
  }

  // Identity

  readonly random = (length: number): Uint8Array => this.crypto.randomBytes(length);

  newTag(): string {
    return randomId(this.random, 12);
  }

  newVia(flow: SipFlow): Via {
    const { address, port } = this.options.contactFor(flow);
    const params = new Map([
      ['branch', BRANCH_MAGIC + randomId(this.random, 22)],
      ['rport', undefined],
    ]);
    return { transport: flow.transport.toUpperCase(), host: address.toLowerCase(), port, params };
  }

  /** The value of our Contact on a flow. `user`: as on the wire. */
  contact(flow: SipFlow, user: string | undefined): string {
    const { address, port } = this.options.contactFor(flow);
    const host = isIpAddress(address) ? address : address.toLowerCase();
    const transport = flow.transport === 'udp' ? '' : `;transport=${flow.transport}`;
    return `<sip:${user === undefined ? '' : `${user}@`}${printHostPort(host, port)}${transport}>`;
  }

  // Legs

  add(leg: Leg): void {
    this.#legsById.set(leg.id, leg);
    this.#legsByTag.set(`${leg.callId} ${leg.localTag}`, leg);
  }

  legById(id: string): Leg | undefined {
    return this.#legsById.get(id);
  }

  /** The leg that a request of the peer, with our tag in To, belongs to. */
  legOf(request: SipRequest): Leg | undefined {
    return this.#legsByTag.get(`${request.callId} ${tagOf(request.to) ?? ''}`);
  }

  rearm(leg: Leg): void {
    this.#deadlines.set(leg, leg.timers.next);
  }

  /** The leg has ended for its user. */
  forget(leg: Leg): void {
    this.#legsById.delete(leg.id);
  }

  /** The leg's dialog is over, too. */
  release(leg: Leg): void {
    this.forget(leg);
    this.#legsByTag.delete(`${leg.callId} ${leg.localTag}`);
    leg.timers.clear();
  }
}

function summaryOf(message: SipMessage, retransmission: boolean): MessageSummary {
  const { callId, cseq, headers } = message;
  const isResponse = message.kind === 'response';
  const [sdp, reasonHeader, warning] = [sdpOf(message), headers.get('Reason'), headers.get('Warning')];
  const agent = headers.get(isResponse ? 'Server' : 'User-Agent');
  return {
    method: isResponse ? cseq.method : message.method,
    ...(isResponse ? { status: message.status, reason: message.reason } : {}),
    callId,
    cseq: cseq.number,
    ...(sdp === undefined ? {} : { sdp }),
    retransmission,
    ...(reasonHeader === undefined ? {} : { reasonHeader }),
    ...(warning === undefined ? {} : { warning }),
    ...(agent === undefined ? {} : { agent }),
  };
}
