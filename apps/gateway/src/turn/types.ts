import type { Duplex } from 'node:stream';
import type { Millis, Result, TransportAddress } from '@earshot/base';
import type { RelayEvent, TurnTransport } from '@earshot/telemetry';
import type { TurnCounters } from '@earshot/turn';
import type { Config } from '../config/schema.js';
import type { Log } from '../log.js';
import type { MediaAddress } from '../media/index.js';

/** PEM: the certificate with the chain below it, and its key. */
export interface RelayCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What the embedded relay saw: `at` is Unix time in ms by clock.ts, `tag` names the session (see IceSession). */
export type RelayListener = (event: RelayEvent, tag: string | undefined, at: Millis) => void;

export interface TurnServiceOptions {
  readonly config: Config['turn'];
  readonly log: Log;
  /**
   * Where media is reached, best first: where the relay may lead, as browsers know it and as it is bound here. The best
   * address of each family is where relayed packets leave from.
   */
  readonly media: readonly MediaAddress[];
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
  /** Addresses of the machine come and go, and media workers come back with other ports. What is gone is cut off. */
  setMedia(media: readonly MediaAddress[]): void;
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
