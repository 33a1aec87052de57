import type { TransportAddress } from '@earshot/base';
import type { TurnTransport } from '@earshot/telemetry';

/** A TURN server under test, in a process of its own. */
export interface Target {
  readonly name: 'earshot' | 'coturn';
  /** The process whose CPU time counts, with all its threads. */
  readonly pid: number;
  readonly secret: string;
  urlOf(transport: TurnTransport): string;
  stop(): Promise<void>;
}

/** Starts a server that relays to `peer`; without one, to every port of this host, relayed addresses among them. */
export type StartTarget = (peer: TransportAddress | undefined) => Promise<Target>;

/** Where clients, server and peers are. */
export const HOST = '127.0.0.1';
/** Signs the credentials for both servers. */
export const SECRET = 'a secret for nobody but the benchmark';

export function relayUrl(transport: TurnTransport, port: number): string {
  return transport === 'tls' ? `turns:${HOST}:${port}?transport=tcp` : `turn:${HOST}:${port}?transport=${transport}`;
}
