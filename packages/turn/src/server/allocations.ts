import type { Millis, RandomBytes, TransportAddress } from '@earshot/base';
import { ATTRIBUTE_XOR_MAPPED_ADDRESS, type StunAttributeValue, xorAddressAttribute } from '@earshot/stun';
import type { RelayEvent } from '@earshot/telemetry';
import {
  ATTRIBUTE_RESERVATION_TOKEN,
  ATTRIBUTE_XOR_RELAYED_ADDRESS,
  addressErrorCodeAttribute,
  lifetimeAttribute,
  METHOD_ALLOCATE,
} from '../wire/index.js';
import type { AllocatePlan } from './allocate.js';
import { Allocation, type PendingAnswer } from './allocation.js';
import type { Answers } from './answers.js';
import type { Proof } from './authenticator.js';
import type { Counters } from './counters.js';
import { type Flow, StreamFlow, UdpFlow } from './flow.js';
import type { PeerPolicy } from './peer-policy.js';
import { Quotas } from './quotas.js';
import { FAMILY_UNSUPPORTED, NO_CAPACITY, type Refusal } from './refusal.js';
import { RelaySocket } from './relay-socket.js';
import { Reservations } from './reservations.js';
import type { OpenedRelay, TurnLimits, TurnServerIo } from './types.js';

/** How long the shell may take to open a relay. */
const OPENING_LIMIT = 5000;

export type ClosedReason = Extract<RelayEvent, { readonly type: 'turn.closed' }>['reason'];

interface AllocationsOptions<Client, Relay> {
  readonly io: TurnServerIo<Client, Relay>;
  readonly random: RandomBytes;
  readonly counters: Counters;
  readonly limits: TurnLimits;
  readonly answers: Answers<Client, Relay>;
}

/** Allocations from the request to the end, with the relays and reservations that belong to them. */
export class Allocations<Client, Relay> {
  readonly #options: AllocationsOptions<Client, Relay>;
  readonly #all = new Set<Allocation<Client, Relay>>();
  readonly #quotas: Quotas;
  readonly #reservations: Reservations<Client, Relay>;
  /** Nothing expires before. */
  due = Number.POSITIVE_INFINITY;

  constructor(options: AllocationsOptions<Client, Relay>) {
    const { limits, random } = options;
    this.#options = options;
    this.#quotas = new Quotas(limits.allocationsPerUser, limits.allocations);
    this.#reservations = new Reservations(random);
  }

  /** Makes an allocation as planned, answered when its relays are open; or says why not. */
  create(
    now: Millis,
    flow: Flow<Client, Relay>,
    transactionId: Uint8Array,
    owner: Proof,
    plan: AllocatePlan,
  ): Refusal | undefined {
    const reserved = plan.token === undefined ? undefined : this.#reservations.take(now, plan.token, owner.tag);
    if (plan.token !== undefined && reserved === undefined) return NO_CAPACITY;
    if (reserved === undefined) {
      const refusal = this.#quotas.take(owner.tag, plan.reserveNext ? 2 : 1);
      if (refusal !== undefined) return refusal;
    }

    const next = plan.reserveNext ? new RelaySocket<Client, Relay>(plan.families[0] ?? 4, false) : undefined;
    const pending = { transactionId: new Uint8Array(transactionId), plan, next };
    const allocation = new Allocation(now, flow, owner, pending, this.#options.limits);
    flow.allocation = allocation;
    if (flow instanceof UdpFlow) flow.listener.add(flow);
    this.#all.add(allocation);
    this.#schedule(now + OPENING_LIMIT);

    const relays = reserved
      ? [reserved]
      : plan.families.map((family) => new RelaySocket<Client, Relay>(family, plan.evenPort));
    for (const relay of relays) {
      relay.allocation = allocation;
      relay.expiresAt = now + OPENING_LIMIT;
      allocation.relays.push(relay);
    }
    if (reserved !== undefined) this.#answer(now, allocation, pending);
    else for (const relay of relays) this.#options.io.openRelay(relay, next);
    return undefined;
  }

  opened(
    now: Millis,
    relay: RelaySocket<Client, Relay>,
    opened: OpenedRelay<Relay>,
    openedNext: OpenedRelay<Relay> | undefined,
  ): void {
    const { allocation } = relay;
    const pending = allocation?.pending;
    const next = pending?.next;
    if (openedNext !== undefined) {
      if (next === undefined || next.state !== 'opening') this.#options.io.closeRelay(openedNext.relay);
      else next.opened(openedNext);
    }
    if (allocation === undefined || pending === undefined || relay.state !== 'opening') {
      this.#options.io.closeRelay(opened.relay); // its client is gone
      return;
    }
    relay.opened(opened);
    this.#settle(now, allocation, pending);
  }

  failed(now: Millis, relay: RelaySocket<Client, Relay>): void {
    const { allocation } = relay;
    this.#close(relay);
    if (allocation === undefined) return;
    const { pending } = allocation;
    if (pending !== undefined) this.#settle(now, allocation, pending);
    else this.#endIfBare(now, allocation, 'failed');
  }

  /** Sets the time-to-expiry of relays of one allocation (RFC 8656 section 8.2). */
  refresh(now: Millis, relays: readonly RelaySocket<Client, Relay>[], lifetime: number): void {
    for (const relay of relays) relay.expiresAt = now + lifetime;
    this.#schedule(now + lifetime);
  }

  /** Deletes relays of one allocation, and with its last the allocation. */
  release(
    now: Millis,
    allocation: Allocation<Client, Relay>,
    relays: readonly RelaySocket<Client, Relay>[],
    reason: ClosedReason,
  ): void {
    for (const relay of relays) this.#close(relay);
    this.#endIfBare(now, allocation, reason);
  }

  end(now: Millis, allocation: Allocation<Client, Relay>, reason: ClosedReason): void {
    this.release(now, allocation, [...allocation.relays], reason);
  }

  endAll(now: Millis): void {
    for (const allocation of this.#all) this.end(now, allocation, 'shutdown');
    this.#expireReservations(Number.POSITIVE_INFINITY);
    this.due = Number.POSITIVE_INFINITY;
  }

  apply(policy: PeerPolicy): void {
    for (const allocation of this.#all) allocation.apply(policy);
  }

  /** Ends what has expired. */
  expire(now: Millis): void {
    if (now < this.due) return;
    this.#expireReservations(now);
    let due = Number.POSITIVE_INFINITY;
    for (const allocation of this.#all) {
      const expired = allocation.relays.filter((relay) => now >= relay.expiresAt);
      const { pending } = allocation;
      for (const relay of expired) this.#close(relay);
      if (expired.length > 0 && pending !== undefined) this.#settle(now, allocation, pending);
      else this.#endIfBare(now, allocation, 'expired');
      for (const relay of allocation.relays) due = Math.min(due, relay.expiresAt);
    }
    this.due = Math.min(due, this.#reservations.nextExpiry);
  }

  /** All relays were opened, or could not be. */
  #settle(now: Millis, allocation: Allocation<Client, Relay>, pending: PendingAnswer<Client, Relay>): void {
    if (allocation.relays.some((relay) => relay.state === 'opening')) return;
    const { plan, next } = pending;
    if (allocation.relays.length > 0 && (!plan.reserveNext || next?.state === 'open')) {
      this.#answer(now, allocation, pending);
      return;
    }
    const { flow, owner } = allocation;
    this.end(now, allocation, 'failed');
    this.#options.answers.refuse(now, flow, requestOf(pending), owner, NO_CAPACITY);
  }

  /** The success response of section 7.2, kept for the case that the request comes once more. */
  #answer(now: Millis, allocation: Allocation<Client, Relay>, pending: PendingAnswer<Client, Relay>): void {
    const { answers, counters, io } = this.#options;
    const { flow, owner, relays } = allocation;
    const { plan, transactionId, next } = pending;
    const attributes: StunAttributeValue[] = [];
    for (const { address } of relays) push(attributes, ATTRIBUTE_XOR_RELAYED_ADDRESS, address, transactionId);
    attributes.push(lifetimeAttribute(plan.lifetime));
    if (next !== undefined) {
      const value = this.#reservations.add(now, next, owner.tag);
      attributes.push({ type: ATTRIBUTE_RESERVATION_TOKEN, value });
      this.#schedule(this.#reservations.nextExpiry);
      pending.next = undefined;
    }
    push(attributes, ATTRIBUTE_XOR_MAPPED_ADDRESS, flow.remote, transactionId);
    if (plan.missing !== undefined) attributes.push(addressErrorCodeAttribute(plan.missing, FAMILY_UNSUPPORTED.status));
    for (const family of plan.families) {
      if (allocation.relayOf(family) === undefined)
        attributes.push(addressErrorCodeAttribute(family, NO_CAPACITY.status));
    }
    allocation.pending = undefined;
    this.refresh(now, relays, plan.lifetime);
    counters.active[flow.transport] += 1;
    counters.allocated[flow.transport] += 1;
    const bytes = answers.print(requestOf(pending), 'success', owner, attributes);
    allocation.answer = { transactionId, bytes };
    for (const { address } of relays) {
      if (address === undefined) continue;
      const client = { transport: flow.transport, client: flow.remote };
      io.event({ type: 'turn.allocated', ...client, relayed: address, lifetimeMs: plan.lifetime }, owner.tag);
    }
    answers.send(flow, bytes); // last, since a connection may turn out to be gone
  }

  /** Ends an allocation that has no relay left. */
  #endIfBare(now: Millis, allocation: Allocation<Client, Relay>, reason: ClosedReason): void {
    if (allocation.relays.length > 0 || !this.#all.delete(allocation)) return;
    const { flow, owner, pending } = allocation;
    const { io, counters, limits } = this.#options;
    this.#quotas.release(owner.tag);
    if (pending?.next !== undefined) {
      this.#close(pending.next);
      this.#quotas.release(owner.tag);
    }
    flow.allocation = undefined;
    if (flow instanceof UdpFlow) flow.listener.remove(flow);
    if (flow instanceof StreamFlow) flow.idleUntil = now + limits.streamIdle;
    if (allocation.answer === undefined) return;
    counters.active[flow.transport] -= 1;
    const { createdAt, packetsUp, packetsDown, bytesUp, bytesDown, droppedUp, droppedDown } = allocation;
    const traffic = { packetsUp, packetsDown, bytesUp, bytesDown, droppedUp, droppedDown };
    const client = { transport: flow.transport, client: flow.remote };
    io.event({ type: 'turn.closed', ...client, reason, durationMs: now - createdAt, ...traffic }, owner.tag);
  }

  #close(relay: RelaySocket<Client, Relay>): void {
    const { allocation } = relay;
    if (relay.state === 'open' && relay.relay !== undefined) this.#options.io.closeRelay(relay.relay);
    relay.state = 'closed';
    relay.allocation = undefined;
    if (allocation === undefined) return;
    allocation.relays.splice(allocation.relays.indexOf(relay), 1);
    allocation.removePeersOf(relay);
  }

  #expireReservations(now: Millis): void {
    for (const { relay, tag } of this.#reservations.takeExpired(now)) {
      this.#close(relay);
      this.#quotas.release(tag);
    }
  }

  #schedule(at: Millis): void {
    this.due = Math.min(this.due, at);
  }
}

const requestOf = ({ transactionId }: { readonly transactionId: Uint8Array }) => ({
  method: METHOD_ALLOCATE,
  transactionId,
});

function push(
  attributes: StunAttributeValue[],
  type: number,
  address: TransportAddress | undefined,
  transactionId: Uint8Array,
): void {
  const attribute = address && xorAddressAttribute(type, address, transactionId);
  if (attribute !== undefined) attributes.push(attribute);
}
