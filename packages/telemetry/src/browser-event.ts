import type { CandidateFacts } from './candidate.js';

/** What the browser saw on its way to the gateway. `atMs` counts from the moment the call was asked for. */
export type BrowserEvent =
  | { readonly type: 'ice.gathering'; readonly atMs: number; readonly state: 'new' | 'gathering' | 'complete' }
  | { readonly type: 'ice.candidate'; readonly atMs: number; readonly candidate: CandidateFacts }
  /** `errorCode`: of STUN (RFC 8489 section 14.8), or 701: the server was not reached. */
  | {
      readonly type: 'ice.candidate_error';
      readonly atMs: number;
      readonly url: string;
      readonly errorCode: number;
      readonly errorText?: string;
      /** The browser's own address that was used. */
      readonly address?: string;
    }
  /** RTCPeerConnection.connectionState. */
  | {
      readonly type: 'ice.connection';
      readonly atMs: number;
      readonly state: 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';
    }
  /** The candidate pair that carries the media from now on. */
  | {
      readonly type: 'ice.pair';
      readonly atMs: number;
      readonly local: CandidateFacts;
      readonly remote: CandidateFacts;
      readonly roundTripMs?: number;
    }
  /** A restart, or the first attempt: which policy it used and why it came. */
  | {
      readonly type: 'ice.attempt';
      readonly atMs: number;
      readonly policy: 'all' | 'relay';
      readonly reason: 'start' | 'media-lost' | 'asked' | 'credentials' | 'relay-only';
    };
