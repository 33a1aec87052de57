import type { Crypto, Fault, TransportAddress } from '@earshot/base';
import type { TurnCredentials } from '../credentials.js';
import type { IpFamily } from '../wire/index.js';
import type { TurnRequest } from './faults.js';
import type { StunTiming } from './transaction.js';

export interface TurnClientOptions {
  readonly crypto: Crypto;
  /** How the server is spoken to: over UDP requests are repeated, over TCP and TLS ChannelData is padded. */
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly credentials: TurnCredentials;
  /** Of the relayed address; IPv4 unless told (RFC 8656 section 7.1). */
  readonly family?: IpFamily;
  /** How long an allocation is asked to last between refreshes, in ms; 600,000 unless told. */
  readonly lifetimeMs?: number;
  readonly timing?: StunTiming;
}

/**
 *   idle --allocate--> allocating --success--> allocated --close--> closing --answered or given up--> closed
 *                          \--refused or silent--> closed   \--gone at the server--> closed
 */
export type TurnClientState = 'idle' | 'allocating' | 'allocated' | 'closing' | 'closed';

export type TurnClientOutput =
  /** To the server: a datagram, or the next bytes of the connection. */
  { readonly type: 'send'; readonly bytes: Uint8Array } | { readonly type: 'event'; readonly event: TurnClientEvent };

export type TurnClientEvent =
  | {
      readonly type: 'allocated';
      readonly relayed: TransportAddress;
      /** Where the server sees this client. */
      readonly mapped: TransportAddress;
      readonly lifetimeMs: number;
    }
  | { readonly type: 'refreshed'; readonly lifetimeMs: number }
  | { readonly type: 'permitted'; readonly address: string }
  | { readonly type: 'bound'; readonly peer: TransportAddress; readonly channel: number }
  /** `payload` is a view of what was received. */
  | { readonly type: 'data'; readonly peer: TransportAddress; readonly payload: Uint8Array }
  /** A request was refused or not answered; `peer` is whom it was about. */
  | {
      readonly type: 'failed';
      readonly request: TurnRequest;
      readonly fault: Fault;
      /** Of the error response, where there was one. */
      readonly status?: number;
      readonly peer?: string;
    }
  /** The allocation is gone: released, expired, or never had. */
  | { readonly type: 'closed' };
