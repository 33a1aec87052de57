import type { Crypto, ErrorCode, Millis, RandomBytes, TransportAddress } from '@earshot/base';
import type { RelayEvent, TurnTransport } from '@earshot/telemetry';
import type { IpFamily } from '../wire/numbers.js';

/**
 * The server's side of one 5-tuple (RFC 8656 section 3): for UDP the listening socket and the client's address, for TCP
 * and TLS the connection. `Client` is what the shell knows the socket or connection by.
 */
export interface TurnFlow<Client> {
  readonly transport: TurnTransport;
  readonly remote: TransportAddress;
  readonly client: Client;
}

/** A UDP socket for relayed data. `Relay` is what the shell knows it by. */
export interface TurnRelay<Relay> {
  readonly family: IpFamily;
  /** EVEN-PORT was asked for (RFC 8656 section 18.7). */
  readonly evenPort: boolean;
  /** Set once it is open. */
  readonly relay: Relay | undefined;
  /** The relayed transport address, as clients are told. */
  readonly address: TransportAddress | undefined;
}

/** A relay socket that the shell has opened. */
export interface OpenedRelay<Relay> {
  readonly relay: Relay;
  /** As clients are told: behind 1:1 NAT not the one that is bound. */
  readonly address: TransportAddress;
}

/**
 * What the server does to the world. Every call is synchronous, and none may throw. Bytes belong to the server again as
 * soon as the call returns: what the system did not take by then must be copied.
 */
export interface TurnServerIo<Client, Relay> {
  /** Sends `bytes[offset, offset + length)`. False: it was dropped, because the connection is gone or takes no more. */
  toClient(flow: TurnFlow<Client>, bytes: Uint8Array, offset: number, length: number): boolean;
  /** Sends one datagram from the relay. `peer` is the same object for every packet to that peer. False: dropped. */
  toPeer(relay: Relay, bytes: Uint8Array, offset: number, length: number, peer: TransportAddress): boolean;
  /**
   * Binds a UDP socket, at an even port where `relay.evenPort` says so; with `next` another one at the port above it.
   * Answered once by `relayOpened` or `relayFailed`, now or later.
   */
  openRelay(relay: TurnRelay<Relay>, next: TurnRelay<Relay> | undefined): void;
  closeRelay(relay: Relay): void;
  /** Closes a TCP or TLS connection. The server has forgotten it already; `streamClosed` may still be said. */
  closeStream(flow: TurnFlow<Client>): void;
  /** `tag`: of the credentials (see credentials.ts); of a refusal it is what was claimed, where it had that form. */
  event(event: RelayEvent, tag: string | undefined): void;
}

/** An address of this gateway's own media: as browsers know it, and where it is reached from here. */
export interface OwnPeer {
  readonly advertised: TransportAddress;
  readonly local: TransportAddress;
}

/** Where the relay may lead. Everything else is answered 403. */
export interface PeerRules {
  /** Exactly these addresses and ports. They may be private or loopback. */
  readonly own: readonly OwnPeer[];
  /**
   * Further addresses, with every port: IP addresses or prefixes (192.0.2.0/24). What lies in a block for special use
   * (loopback, link-local, private, ...) or in `hostAddresses` is meant only by an entry that lies wholly inside that
   * block, or is that very address: 0.0.0.0/0 opens the Internet and not this host. Multicast, broadcast and the
   * unspecified address are never meant.
   */
  readonly ranges?: readonly string[];
  /** The addresses of this machine, bound and advertised. */
  readonly hostAddresses?: readonly string[];
}

export interface TurnLimits {
  /** Allocations and reservations of one user (one credential tag): beyond, 486. */
  readonly allocationsPerUser: number;
  /** Of all: beyond, 508. */
  readonly allocations: number;
  /** Of one allocation and direction; more is dropped. */
  readonly bitsPerSecond: number;
  /** Of one allocation: beyond, 508. */
  readonly permissions: number;
  readonly channels: number;
  /** TCP and TLS connections: beyond, those without an allocation give way. */
  readonly streams: number;
  /** Of one IPv4 address or one IPv6 /64: beyond, they are closed at once. */
  readonly streamsPerAddress: number;
  /** ms: a connection that makes no allocation for so long is closed. */
  readonly streamIdle: number;
  /** ms: the longest lifetime that is granted. */
  readonly maxLifetime: number;
  /** ms: how long a nonce is good for. */
  readonly nonceLifetime: number;
}

export const DEFAULT_LIMITS: TurnLimits = {
  allocationsPerUser: 64,
  allocations: 4000,
  bitsPerSecond: 1_000_000,
  permissions: 64,
  channels: 64,
  streams: 4000,
  streamsPerAddress: 512,
  streamIdle: 30_000,
  maxLifetime: 3_600_000,
  nonceLifetime: 3_600_000,
};

export interface TurnServerOptions<Client, Relay> {
  readonly crypto: Pick<Crypto, 'hash' | 'hmac' | 'timingSafeEqual'>;
  readonly random: RandomBytes;
  readonly io: TurnServerIo<Client, Relay>;
  readonly realm: string;
  /** Each makes valid credentials; the newest first. */
  readonly secrets: readonly string[];
  readonly peers: PeerRules;
  /** What SOFTWARE says in answers to those who are authenticated. */
  readonly software?: string;
  readonly limits?: Partial<TurnLimits>;
  /** What relays can be opened for: of others, 440. Default: both. */
  readonly families?: readonly IpFamily[];
}

/** Why a packet was not relayed. */
export type TurnDrop =
  /** Neither STUN nor ChannelData, or cut short. */
  | 'malformed'
  /** ChannelData or an indication from whom nothing is known. */
  | 'no-allocation'
  | 'no-channel'
  | 'no-permission'
  /** The peer is not one that the relay may lead to. */
  | 'forbidden'
  | 'bandwidth'
  /** The socket did not take it. */
  | 'blocked';

/** For metrics: all but `active` and `streams` only rise. */
export interface TurnCounters {
  /** Allocations there are, by how the client is connected. */
  readonly active: Readonly<Record<TurnTransport, number>>;
  /** Allocations made so far. */
  readonly allocated: Readonly<Record<TurnTransport, number>>;
  readonly streams: number;
  /** Relayed data: up is to the peer. Bytes without any header. */
  readonly packetsUp: number;
  readonly packetsDown: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly dropped: Readonly<Record<TurnDrop, number>>;
  /** Error answers by their name. */
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Requests without credentials, answered 401 with a nonce: how every allocation begins. */
  readonly challenged: number;
  /** Binding requests answered. */
  readonly bindings: number;
  /** Answers to unauthenticated UDP sources that were not sent, lest they amplify. */
  readonly suppressed: number;
}

/** A UDP socket that clients send to. */
export interface TurnListener<Client> {
  readonly client: Client;
}

/** The inputs, in one place for whoever writes a shell. `now` in all: Unix time in ms. */
export interface TurnServerInputs<Client, Relay> {
  /** A UDP socket for clients; give what it returns with each of its datagrams. */
  listen(client: Client): TurnListener<Client>;
  /** A datagram from a UDP client. `remote` is copied when it must be kept. */
  receiveDatagram(now: Millis, listener: TurnListener<Client>, bytes: Uint8Array, remote: TransportAddress): void;
  /** A TCP or TLS connection; undefined: there are too many, close it. */
  openStream(
    now: Millis,
    transport: 'tcp' | 'tls',
    client: Client,
    remote: TransportAddress,
  ): TurnFlow<Client> | undefined;
  receiveStream(now: Millis, flow: TurnFlow<Client>, bytes: Uint8Array): void;
  streamClosed(now: Millis, flow: TurnFlow<Client>): void;
  /** A datagram that came to a relay. */
  receiveFromPeer(now: Millis, relay: TurnRelay<Relay>, bytes: Uint8Array, from: TransportAddress): void;
  relayOpened(
    now: Millis,
    relay: TurnRelay<Relay>,
    opened: OpenedRelay<Relay>,
    next: OpenedRelay<Relay> | undefined,
  ): void;
  /** It could not be opened, or broke later. */
  relayFailed(now: Millis, relay: TurnRelay<Relay>): void;
  /** When `handleTimeout` is due; undefined: nothing waits. Ask again after each input. */
  readonly nextTimeout: Millis | undefined;
  handleTimeout(now: Millis): void;
  setSecrets(secrets: readonly string[]): void;
  /** What is no longer allowed is cut off at once. */
  setPeers(rules: PeerRules): void;
  /** From now on no new allocations. `alternate`: where to send clients instead (300), otherwise they are told 508. */
  drain(alternate?: TransportAddress): void;
  /** Ends all allocations and closes all relays and connections. */
  close(now: Millis): void;
  readonly counters: TurnCounters;
}
