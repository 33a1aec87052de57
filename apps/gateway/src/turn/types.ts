import type { Duplex } from 'node:stream';
import type { Millis, Result, TransportAddress } from '@earshot/base';
import type { RelayEvent, TurnTransport } from '@earshot/telemetry';
import type { OwnPeer, TurnCounters } from '@earshot/turn';
import type { Config } from '../config/schema.js';
import type { Log } from '../log.js';

/** PEM: the certificate with the chain below it, and its key. */
export interface RelayCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** An address that relayed packets leave from: as bound here, and as the world sees it behind 1:1 NAT. */
export interface RelayAddress {
  readonly local: string;
  readonly public: string;
}

/** What the embedded relay saw: `at` is Unix time in ms by clock.ts, `tag` names the session (see IceSession). */
export type RelayListener = (event: RelayEvent, tag: string | undefined, at: Millis) => void;

export interface TurnServiceOptions {
  readonly config: Config['turn'];
  readonly log: Log;
  /** The addresses that media listens on, best first: the first of each family is where relay sockets are bound. */
  readonly relayAddresses: readonly RelayAddress[];
  /** Of the media workers, as they are now. */
  readonly peers: readonly OwnPeer[];
  /** Each makes valid credentials; the newest first. */
  readonly secrets: readonly string[];
  /** Without one, TURN over TLS has no port of its own. */
  readonly certificate?: RelayCertificate;
  readonly onEvent: RelayListener;
}

/** Where the relay listens; a transport that it does not serve is left out. UDP and TCP have the same port. */
export type RelayPorts = Readonly<Partial<Record<TurnTransport, number>>>;

/** The embedded relay as the rest of the gateway sees it. */
export interface RelayService {
  readonly ports: RelayPorts;
  /** Of all threads together, at most a second old. */
  counters(): TurnCounters;
  setSecrets(secrets: readonly string[]): void;
  /** Media workers come back with other ports. What is no longer there is cut off. */
  setPeers(peers: readonly OwnPeer[]): void;
  /** For connections from now on. */
  setCertificate(certificate: RelayCertificate): void;
  /** Takes a connection of the shared TLS port that speaks TURN, with whatever it has received already unshifted. */
  acceptStream(stream: Duplex, remote: TransportAddress, transport: 'tcp' | 'tls'): void;
  /** From now on no new allocations; those there are go on. */
  drain(): void;
  /** Ends every allocation and closes every socket. Events of the ends come before it resolves. */
  close(): Promise<void>;
}

/** Faults: server.port_in_use, server.address_unavailable, turn.worker_failed. */
export type StartRelay = (options: TurnServiceOptions) => Promise<Result<RelayService>>;
