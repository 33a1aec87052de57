import type { Millis } from '@earshot/base';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.js';
import { Deadlines } from '../time/deadlines.js';
import { isReliable, type SipFlow, sameFlow } from '../transport/flow.js';
import { InviteClientTransaction } from './invite-client.js';
import { InviteServerTransaction } from './invite-server.js';
import { cancelledKey, clientKey, mergeKey, serverKey } from './matching.js';
import { NonInviteClientTransaction } from './non-invite-client.js';
import { NonInviteServerTransaction } from './non-invite-server.js';
import type { SipTimers } from './timers.js';
import type { TransactionOutput } from './transaction.js';

/** Who made the request of a client transaction. */
export interface ClientUser {
  readonly legId?: string;
  onResponse(response: SipResponse): void;
  onFailure(failure: 'timeout' | 'transport-error', reason: string): void;
}

/** Who serves the request of a server transaction. */
export interface ServerUser {
  readonly legId?: string;
  /** The ACK to a 2xx that came with the branch of its INVITE (RFC 6026 section 7.1). */
  onAck(ack: SipRequest): void;
}

export interface ClientTransaction {
  readonly side: 'client';
  readonly key: string;
  readonly flow: SipFlow;
  readonly user: ClientUser;
  readonly machine: InviteClientTransaction | NonInviteClientTransaction;
}

export interface ServerTransaction {
  readonly side: 'server';
  readonly key: string;
  /** Where responses go. */
  readonly flow: SipFlow;
  readonly request: SipRequest;
  readonly machine: InviteServerTransaction | NonInviteServerTransaction;
  user: ServerUser | undefined;
}

type AnyTransaction = ClientTransaction | ServerTransaction;

export type SendMessage = (flow: SipFlow, message: SipMessage, retransmission: boolean, legId?: string) => void;

/** All transactions of one agent: finds the one a message belongs to, and runs their timers. */
export class TransactionLayer {
  readonly #timers: SipTimers;
  readonly #send: SendMessage;
  readonly #transactions = new Map<string, AnyTransaction>();
  readonly #merged = new Map<string, ServerTransaction>();
  readonly #deadlines = new Deadlines<AnyTransaction>();

  constructor(timers: SipTimers, send: SendMessage) {
    this.#timers = timers;
    this.#send = send;
  }

  get size(): number {
    return this.#transactions.size;
  }

  get next(): Millis | undefined {
    return this.#deadlines.next;
  }

  /** Opens a client transaction, which sends the request. */
  start(now: Millis, request: SipRequest, flow: SipFlow, user: ClientUser): ClientTransaction {
    const Machine = request.method === 'INVITE' ? InviteClientTransaction : NonInviteClientTransaction;
    const machine = new Machine(request, this.#timers, isReliable(flow));
    const transaction: ClientTransaction = { side: 'client', key: clientKey(request), flow, user, machine };
    this.#transactions.set(transaction.key, transaction);
    this.#perform(transaction, machine.start(now));
    return transaction;
  }

  /** Opens a server transaction. `flow`: where its responses go. */
  serve(request: SipRequest, flow: SipFlow): ServerTransaction {
    const Machine = request.method === 'INVITE' ? InviteServerTransaction : NonInviteServerTransaction;
    const machine = new Machine(request, this.#timers, isReliable(flow));
    const transaction: ServerTransaction = {
      side: 'server',
      key: serverKey(request),
      flow,
      request,
      machine,
      user: undefined,
    };
    this.#transactions.set(transaction.key, transaction);
    if (request.method === 'INVITE') this.#merged.set(mergeKey(request), transaction);
    return transaction;
  }

  respond(now: Millis, transaction: ServerTransaction, response: SipResponse): void {
    this.#perform(transaction, transaction.machine.respond(now, response));
  }

  /** The client transaction a response belongs to. */
  clientOf(response: SipResponse): ClientTransaction | undefined {
    const found = this.#transactions.get(clientKey(response));
    return found?.side === 'client' ? found : undefined;
  }

  /** The server transaction a request, or an ACK, belongs to. */
  serverOf(request: SipRequest): ServerTransaction | undefined {
    return this.#server(serverKey(request));
  }

  /** The INVITE server transaction a CANCEL is meant for. */
  cancelledBy(cancel: SipRequest): ServerTransaction | undefined {
    return this.#server(cancelledKey(cancel));
  }

  /** The transaction of the same request that came by another path (section 8.2.2.2). */
  mergedWith(request: SipRequest): ServerTransaction | undefined {
    return this.#merged.get(mergeKey(request));
  }

  #server(key: string): ServerTransaction | undefined {
    const found = this.#transactions.get(key);
    return found?.side === 'server' ? found : undefined;
  }

  receiveResponse(now: Millis, transaction: ClientTransaction, response: SipResponse): void {
    this.#perform(transaction, transaction.machine.receive(now, response));
  }

  receiveRequest(now: Millis, transaction: ServerTransaction, request: SipRequest): void {
    this.#perform(transaction, transaction.machine.receive(now, request));
  }

  /** Forgets a transaction that nobody waits for; what still comes for it is a stray. */
  abandon(transaction: ClientTransaction): void {
    this.#forget(transaction);
  }

  timeout(now: Millis): void {
    for (let due = this.#deadlines.takeDue(now); due !== undefined; due = this.#deadlines.takeDue(now)) {
      this.#perform(due, due.machine.timeout(now));
    }
  }

  /** The transport says that what was sent on `flow` did not leave or arrive. */
  transportError(flow: SipFlow, reason: string): void {
    for (const transaction of [...this.#transactions.values()]) {
      if (transaction.side === 'client' && sameFlow(transaction.flow, flow)) {
        this.#perform(transaction, transaction.machine.transportError(), reason);
      }
    }
  }

  #perform(transaction: AnyTransaction, outputs: readonly TransactionOutput[], reason = ''): void {
    // Armed or forgotten first: what the user does next may reach this transaction again.
    this.#deadlines.set(transaction, transaction.machine.next);
    if (outputs.some(({ type }) => type === 'terminated')) this.#forget(transaction);
    for (const output of outputs) {
      switch (output.type) {
        case 'send':
          this.#send(transaction.flow, output.message, output.retransmission, transaction.user?.legId);
          break;
        case 'pass':
          if (transaction.side === 'client' && output.message.kind === 'response') {
            transaction.user.onResponse(output.message);
          } else if (transaction.side === 'server' && output.message.kind === 'request') {
            transaction.user?.onAck(output.message);
          }
          break;
        case 'timeout':
        case 'transport-error':
          // A server's user has nothing to do: the rejection it sent stands, whether or not it arrived.
          if (transaction.side === 'client') transaction.user.onFailure(output.type, reason);
          break;
        case 'terminated':
          break;
      }
    }
  }

  #forget(transaction: AnyTransaction): void {
    this.#deadlines.set(transaction, undefined);
    if (this.#transactions.get(transaction.key) === transaction) this.#transactions.delete(transaction.key);
    if (transaction.side !== 'server') return;
    const merged = mergeKey(transaction.request);
    if (this.#merged.get(merged) === transaction) this.#merged.delete(merged);
  }
}
