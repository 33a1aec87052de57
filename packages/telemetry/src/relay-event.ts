import type { ErrorCode, TransportAddress } from '@earshot/base';
import type { TurnTransport } from './candidate.js';

interface RelayClient {
  readonly transport: TurnTransport;
  /** Where the client's packets come from. */
  readonly client: TransportAddress;
}

/** What the embedded TURN server saw. It belongs to every call of the session whose credentials were used. */
export type RelayEvent =
  | (RelayClient & { readonly type: 'turn.allocated'; readonly relayed: TransportAddress; readonly lifetimeMs: number })
  /** An error response: `status` as sent (RFC 8656 section 18), and its name in the error table. */
  | (RelayClient & {
      readonly type: 'turn.refused';
      readonly method: 'allocate' | 'refresh' | 'create-permission' | 'channel-bind' | 'send' | 'other';
      readonly status: number;
      readonly code: ErrorCode;
      /** The peer that was asked for, where the refusal is about one. */
      readonly peer?: TransportAddress;
      /** How many times so far: the first and each doubling are said. */
      readonly count: number;
    })
  /** The first data relayed each way. */
  | (RelayClient & {
      readonly type: 'turn.relaying';
      readonly peer: TransportAddress;
      readonly direction: 'up' | 'down';
    })
  | (RelayClient & {
      readonly type: 'turn.closed';
      readonly reason: 'refresh-zero' | 'expired' | 'connection-closed' | 'shutdown' | 'failed';
      readonly durationMs: number;
      readonly packetsUp: number;
      readonly packetsDown: number;
      readonly bytesUp: number;
      readonly bytesDown: number;
      readonly droppedUp: number;
      readonly droppedDown: number;
    });
