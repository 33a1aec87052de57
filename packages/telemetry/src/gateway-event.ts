import type { ErrorCode, TransportAddress } from '@earshot/base';

/** What the gateway saw of a call. */
export type GatewayEvent =
  | { readonly type: 'call.state'; readonly state: string; readonly waitingFor?: readonly string[] }
  | { readonly type: 'call.ended'; readonly result: string; readonly by: string; readonly code?: ErrorCode }
  /** Connectivity checks with one outcome from one address: the first, and each doubling of their count. */
  | {
      readonly type: 'ice.check';
      readonly leg: string;
      readonly outcome: string;
      readonly from: TransportAddress;
      readonly count: number;
    }
  | {
      readonly type: 'ice.state';
      readonly leg: string;
      readonly state: 'checking' | 'connected' | 'lost';
      readonly remote?: TransportAddress;
    }
  /** Nothing at all came from the browser since its description was known. */
  | { readonly type: 'ice.silence'; readonly leg: string; readonly code: ErrorCode; readonly afterMs: number }
  | {
      readonly type: 'dtls.flight';
      readonly leg: string;
      readonly direction: 'in' | 'out';
      readonly flight: number;
      readonly bytes: number;
      readonly retransmission: boolean;
    }
  | { readonly type: 'dtls.alert'; readonly leg: string; readonly level: string; readonly description: number }
  | {
      readonly type: 'dtls.state';
      readonly leg: string;
      readonly state: 'connected' | 'closed';
      readonly profile?: string;
      readonly durationMs?: number;
    }
  /** First media from a leg, or what its remote says about ours. */
  | { readonly type: 'media.received'; readonly leg: string }
  | { readonly type: 'media.delivered'; readonly leg: string; readonly evidence: string }
  /** Which servers and which policy the browser was given. */
  | { readonly type: 'ice.settings'; readonly policy: string; readonly urls: readonly string[] };
