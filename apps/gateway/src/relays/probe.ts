import type { Fault, TransportAddress } from '@earshot/base';
import type { TurnCredentials } from '@earshot/turn';

/** What asking a server showed. A server is of use where `fault` is absent. */
export interface RelayReport {
  readonly url: string;
  /** Why browsers would not get through by it. */
  readonly fault?: Fault;
  /** From the first request to the answer that counted, in ms. */
  readonly roundTripMs?: number;
  /** The server as it was reached. */
  readonly server?: TransportAddress;
  /** Where the server sees us. */
  readonly mapped?: TransportAddress;
  readonly relayed?: TransportAddress;
}

/** Asks one `stun:`, `turn:` or `turns:` URL. Never rejects: what fails is in the report. */
export type RelayProbe = (url: string, credentials: TurnCredentials | undefined) => Promise<RelayReport>;
