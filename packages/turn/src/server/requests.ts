import { equalBytes, type Millis, type TransportAddress } from '@earshot/base';
import { alternateServerAttribute, decodeXorAddress, type StunMessage, unknownRequired } from '@earshot/stun';
import {
  ATTRIBUTE_REQUESTED_ADDRESS_FAMILY,
  ATTRIBUTE_XOR_PEER_ADDRESS,
  CHANNEL_ACCEPTED_MAX,
  CHANNEL_MIN,
  type IpFamily,
  lifetimeAttribute,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  METHOD_REFRESH,
  readAddressFamily,
  readChannelNumber,
  readLifetime,
} from '../wire/index.js';
import { judgeAllocate, lifetimeOf } from './allocate.js';
import type { Allocation } from './allocation.js';
import type { Allocations } from './allocations.js';
import type { Answers } from './answers.js';
import type { Authenticator, Proof } from './authenticator.js';
import { type Flow, StreamFlow } from './flow.js';
import { judgePeer, judgeTarget } from './judge-peer.js';
import { KNOWN_ATTRIBUTES } from './known-attributes.js';
import type { PeerPolicy } from './peer-policy.js';
import {
  ALLOCATION_MISMATCH,
  BAD_REQUEST,
  DRAINING,
  FAMILY_MISMATCH,
  isRefusal,
  NO_CAPACITY,
  type Refusal,
  TRY_ALTERNATE,
  UNAUTHENTICATED,
  UNKNOWN_ATTRIBUTE,
  WRONG_CREDENTIALS,
} from './refusal.js';
import type { TurnLimits } from './types.js';

interface RequestsOptions<Client, Relay> {
  readonly authenticator: Authenticator;
  readonly answers: Answers<Client, Relay>;
  readonly allocations: Allocations<Client, Relay>;
  readonly limits: TurnLimits;
  readonly families: readonly IpFamily[];
  readonly policy: () => PeerPolicy;
}

/** The four requests of TURN that need credentials (RFC 8656 sections 5, 7, 8, 10 and 12). */
export class Requests<Client, Relay> {
  readonly #options: RequestsOptions<Client, Relay>;
  #drain: { readonly alternate: TransportAddress | undefined } | undefined;

  constructor(options: RequestsOptions<Client, Relay>) {
    this.#options = options;
  }

  static has(method: number): boolean {
    return (
      method === METHOD_ALLOCATE ||
      method === METHOD_REFRESH ||
      method === METHOD_CREATE_PERMISSION ||
      method === METHOD_CHANNEL_BIND
    );
  }

  drain(alternate: TransportAddress | undefined): void {
    this.#drain = { alternate };
  }

  handle(now: Millis, flow: Flow<Client, Relay>, request: StunMessage): void {
    const { authenticator, answers } = this.#options;
    const judgement = authenticator.judge(now, flow.remote, request, flow.allocation?.owner);
    switch (judgement.kind) {
      case 'unknown':
        answers.challenge(now, flow, request);
        return;
      case 'ignored':
        answers.ignore();
        return;
      case 'refused':
        if (flow instanceof StreamFlow && judgement.refusal.status === UNAUTHENTICATED.status) flow.failures += 1;
        answers.unproved(now, flow, request, judgement.refusal, judgement.tag, judgement.isChallenged);
        return;
      case 'proved': {
        answers.trust(now, flow);
        if (flow instanceof StreamFlow) flow.failures = 0;
        const refusal = this.#perform(now, flow, request, judgement.proof);
        if (refusal !== undefined) answers.refuse(now, flow, request, judgement.proof, refusal);
      }
    }
  }

  /** What every authenticated request goes through (section 5), then its own method. */
  #perform(now: Millis, flow: Flow<Client, Relay>, request: StunMessage, proof: Proof): Refusal | undefined {
    const unknown = unknownRequired(request, KNOWN_ATTRIBUTES);
    if (unknown.length > 0) return { ...UNKNOWN_ATTRIBUTE, unknown };
    if (request.method === METHOD_ALLOCATE) return this.#allocate(now, flow, request, proof);
    // Without an allocation: 437. With one that another user made: 441.
    const { allocation } = flow;
    if (allocation === undefined || allocation.pending !== undefined) return ALLOCATION_MISMATCH;
    if (allocation.owner.username !== proof.username) return WRONG_CREDENTIALS;
    switch (request.method) {
      case METHOD_REFRESH:
        return this.#refresh(now, allocation, request, proof);
      case METHOD_CREATE_PERMISSION:
        return this.#createPermission(now, allocation, request, proof);
      default:
        return this.#channelBind(now, allocation, request, proof);
    }
  }

  /** Receiving an Allocate request (section 7.2). */
  #allocate(now: Millis, flow: Flow<Client, Relay>, request: StunMessage, proof: Proof): Refusal | undefined {
    const { answers, allocations, families, limits } = this.#options;
    // 1. It is authenticated.

    // 2. The 5-tuple must not be in use: 437, unless this is the request that made the allocation, sent once more.
    const { allocation } = flow;
    if (allocation !== undefined) {
      const { pending, answer } = allocation;
      if (pending !== undefined && equalBytes(pending.transactionId, request.transactionId)) return undefined;
      if (answer === undefined || !equalBytes(answer.transactionId, request.transactionId)) return ALLOCATION_MISMATCH;
      answers.send(flow, answer.bytes);
      return undefined;
    }

    // 3. to 9. What it asks for must make sense, and be had here.
    const plan = judgeAllocate(request, families, limits.maxLifetime);
    if (isRefusal(plan)) return plan;

    // 11. A server that is about to stop sends clients elsewhere: 300, or 508 where there is no elsewhere.
    if (this.#drain !== undefined) return this.#turnedAway(flow);

    // 10. Quotas: 486. And what is left: 508.
    return allocations.create(now, flow, request.transactionId, proof, plan);
  }

  /** Receiving a Refresh request (section 8.2). */
  #refresh(
    now: Millis,
    allocation: Allocation<Client, Relay>,
    request: StunMessage,
    proof: Proof,
  ): Refusal | undefined {
    const { answers, allocations, limits } = this.#options;
    const { flow, relays } = allocation;
    // 1. A family that the allocation does not have: 443. One that it has is meant alone.
    const family = readAddressFamily(request, ATTRIBUTE_REQUESTED_ADDRESS_FAMILY);
    const meant = family === undefined ? [...relays] : relays.filter((relay) => relay.family === family);
    if (meant.length === 0) return FAMILY_MISMATCH;

    // 2. Zero deletes, everything else sets the time-to-expiry.
    const isDeleting = readLifetime(request) === 0;
    const lifetime = isDeleting ? 0 : lifetimeOf(request, limits.maxLifetime);
    if (isDeleting) allocations.release(now, allocation, meant, 'refresh-zero');
    else allocations.refresh(now, meant, lifetime);
    answers.success(flow, request, proof, [lifetimeAttribute(lifetime)]);
    return undefined;
  }

  /** Receiving a CreatePermission request (section 10.2): all of its peers get a permission, or none does. */
  #createPermission(
    now: Millis,
    allocation: Allocation<Client, Relay>,
    request: StunMessage,
    proof: Proof,
  ): Refusal | undefined {
    // 1. At least one peer, each well-formed: 400.
    const peers = peersOf(request);
    if (peers === undefined || peers.length === 0) return BAD_REQUEST;

    // 2. Each where the relay may lead (403), and of a family that the allocation has (443). Ports do not matter.
    const allowed = new Map<string, Uint8Array>();
    for (const peer of peers) {
      const judged = judgePeer(this.#options.policy(), allocation, peer);
      if (isRefusal(judged)) return judged;
      allowed.set(judged.name.address, judged.ip);
    }

    // 3. As many as there is room for: 508.
    const added = [...allowed.keys()].filter((address) => !allocation.hasPermissionFor(address)).length;
    if (added > allocation.permissionsLeft(now)) return NO_CAPACITY;

    for (const [address, ip] of allowed) allocation.permit(now, address, ip);
    this.#options.answers.success(allocation.flow, request, proof, []);
    return undefined;
  }

  /** Receiving a ChannelBind request (section 12.2). */
  #channelBind(
    now: Millis,
    allocation: Allocation<Client, Relay>,
    request: StunMessage,
    proof: Proof,
  ): Refusal | undefined {
    // 1. A channel number and a peer: 400.
    const channel = readChannelNumber(request);
    const [peer] = peersOf(request) ?? [];
    if (channel === undefined || peer === undefined) return BAD_REQUEST;

    // 2. The number in its range: 400.
    if (channel < CHANNEL_MIN || channel > CHANNEL_ACCEPTED_MAX) return BAD_REQUEST;

    // 3. Where the relay may lead, this port included: 403. Of a family that the allocation has: 443.
    const judged = judgeTarget(this.#options.policy(), allocation, peer);
    if (isRefusal(judged)) return judged;

    // 4. The channel not bound to another peer, the peer not bound to another channel: 400.
    const channelsLeft = allocation.channelsLeft(now);
    const holder = allocation.peerByChannel(channel);
    const known = allocation.peerByName(judged.name);
    if (holder !== undefined && holder !== known) return BAD_REQUEST;
    if (known !== undefined && known.channel !== 0 && known.channel !== channel) return BAD_REQUEST;

    // 5. Room for another: 508.
    if (known?.channel !== channel && channelsLeft === 0) return NO_CAPACITY;
    const permission = allocation.permit(now, judged.name.address, judged.ip);
    if (permission === undefined) return NO_CAPACITY;

    allocation.bind(now, known ?? allocation.addPeer(judged.relay, judged.name, judged.target, permission), channel);
    this.#options.answers.success(allocation.flow, request, proof, []);
    return undefined;
  }

  /** A TLS client cannot be sent elsewhere without the name that its certificate must have. */
  #turnedAway({ transport, remote }: Flow<Client, Relay>): Refusal {
    const alternate = this.#drain?.alternate;
    const isReachable = alternate?.address.includes(':') === remote.address.includes(':');
    if (alternate === undefined || transport === 'tls' || !isReachable) return DRAINING;
    const attribute = alternateServerAttribute(alternate);
    return attribute === undefined ? DRAINING : { ...TRY_ALTERNATE, alternate: attribute };
  }
}

/** All XOR-PEER-ADDRESSes; undefined when one is misshapen. */
function peersOf({ attributes, transactionId }: StunMessage): TransportAddress[] | undefined {
  const peers: TransportAddress[] = [];
  for (const { type, value } of attributes) {
    if (type !== ATTRIBUTE_XOR_PEER_ADDRESS) continue;
    const peer = decodeXorAddress(value, transactionId);
    if (peer === undefined) return undefined;
    peers.push(peer);
  }
  return peers;
}
