/** What is known of one ICE candidate (RFC 8839 section 5.1), by the names of the W3C statistics API. */
export interface CandidateFacts {
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly protocol: 'udp' | 'tcp';
  /** An IP address, or an mDNS name where the browser hides it. */
  readonly address?: string;
  readonly port?: number;
  /** How the browser reaches the relay. */
  readonly relayProtocol?: TurnTransport;
  /** The STUN or TURN server it was had from. */
  readonly url?: string;
}

/** How a client speaks to a TURN server (RFC 8656 section 2.1). */
export type TurnTransport = 'udp' | 'tcp' | 'tls';
