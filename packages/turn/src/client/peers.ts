import { formatAddress, type Millis, type TransportAddress } from '@earshot/base';
import { CHANNEL_MAX, CHANNEL_MIN } from '../wire/index.js';

/** Permissions last 5 minutes (RFC 8656 section 9), channels 10 (section 12); a ChannelBind refreshes both. */
const RENEW_AFTER_MS = 240_000;

/** What is renewed as long as the allocation lasts: a permission of its own, or a channel with the one it brings. */
export type PeerGrant =
  | { readonly kind: 'permission'; readonly address: string }
  | { readonly kind: 'channel'; readonly peer: TransportAddress; readonly channel: number };

/** The permissions and channels of one allocation, and when each is to be asked for again. */
export class Peers {
  readonly #renewals = new Map<string, { readonly grant: PeerGrant; renewAt: Millis }>();
  readonly #channels = new Map<string, number>();
  readonly #peers = new Map<number, TransportAddress>();
  #nextChannel = CHANNEL_MIN;

  /** The number to bind a peer by: the one it has, or the next. Undefined when all are taken. */
  channelFor(peer: TransportAddress): number | undefined {
    const bound = this.channelOf(peer);
    if (bound !== undefined) return bound;
    if (this.#nextChannel > CHANNEL_MAX) return undefined;
    this.#nextChannel += 1;
    return this.#nextChannel - 1;
  }

  channelOf(peer: TransportAddress): number | undefined {
    return this.#channels.get(formatAddress(peer));
  }

  peerOf(channel: number): TransportAddress | undefined {
    return this.#peers.get(channel);
  }

  granted(now: Millis, grant: PeerGrant): void {
    if (grant.kind === 'channel') {
      this.#channels.set(formatAddress(grant.peer), grant.channel);
      this.#peers.set(grant.channel, grant.peer);
    }
    this.#renewals.set(keyOf(grant), { grant, renewAt: now + RENEW_AFTER_MS });
  }

  /** It is not asked for again. A channel stays known: what it still carries is understood. */
  refused(grant: PeerGrant): void {
    this.#renewals.delete(keyOf(grant));
  }

  get nextRenewal(): Millis | undefined {
    let next: Millis | undefined;
    for (const { renewAt } of this.#renewals.values()) {
      if (next === undefined || renewAt < next) next = renewAt;
    }
    return next;
  }

  /** What is due, taken off the list until it is granted again. */
  takeDue(now: Millis): PeerGrant[] {
    const due: PeerGrant[] = [];
    for (const [key, { grant, renewAt }] of this.#renewals) {
      if (renewAt > now) continue;
      this.#renewals.delete(key);
      due.push(grant);
    }
    return due;
  }
}

const keyOf = (grant: PeerGrant): string =>
  grant.kind === 'permission' ? grant.address : `${grant.channel} ${formatAddress(grant.peer)}`;
