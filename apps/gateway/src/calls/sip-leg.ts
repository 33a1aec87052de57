import { type Fault, formatAddress, Pii, type TransportAddress } from '@earshot/base';
import type { SipPort } from '../sip/udp-agent.js';
import type { Leg } from './leg.js';

/** How an outgoing SIP leg reaches its target. */
export interface SipPath {
  readonly callId: string;
  readonly remote: TransportAddress;
  /** The host and port of From, as the far end can reach them. */
  readonly advertised: TransportAddress;
  readonly credentials?: { readonly realm?: string; readonly username: string; readonly password: string };
}

/** A leg that the SIP agent carries. Calls tell it what to do; what happens comes back as events of the agent. */
export class SipLeg implements Leg {
  readonly id: string;
  readonly #agent: SipPort;
  readonly #path: SipPath | undefined;

  /** `path` is needed for legs that are invited, not for incoming ones. */
  constructor(id: string, agent: SipPort, path?: SipPath) {
    this.id = id;
    this.#agent = agent;
    this.#path = path;
  }

  invite({ target, sdp, displayName, uri }: Parameters<Leg['invite']>[0]): void {
    const path = this.#path;
    if (path === undefined) throw new Error('an incoming leg cannot be invited');
    const { credentials } = path;
    this.#agent.handle({
      type: 'invite',
      legId: this.id,
      uri: target,
      from: {
        uri: uri ?? `sip:anonymous@${formatAddress(path.advertised)}`,
        ...(displayName === undefined ? {} : { displayName }),
      },
      flow: this.#agent.flowTo(path.remote),
      sdp,
      sessionId: path.callId,
      ...(credentials === undefined
        ? {}
        : { credentials: { ...credentials, password: new Pii(credentials.password) } }),
    });
  }

  ring({ status, sdp }: Parameters<Leg['ring']>[0]): void {
    const shown = status === 181 || status === 182 || status === 183 ? status : 180;
    this.#agent.handle({ type: 'ring', legId: this.id, status: shown, ...(sdp === undefined ? {} : { sdp }) });
  }

  spare(): void {}

  describe(sdp: string): void {
    this.#agent.handle({ type: 'reinvite-answer', legId: this.id, sdp });
  }

  answer(sdp: string): void {
    this.#agent.handle({ type: 'answer', legId: this.id, sdp });
  }

  reject(_fault: Fault, status: number): void {
    this.#agent.handle({ type: 'reject', legId: this.id, status });
  }

  hangUp(): void {
    this.#agent.handle({ type: 'hangup', legId: this.id });
  }

  refuse(): void {
    this.#agent.handle({ type: 'reinvite-answer', legId: this.id, status: 488 });
  }

  // The bridge relays telephone-events in the media; states and figures have no place in SIP.
  dtmf(): void {}
  state(): void {}
  stats(): void {}
  ended(): void {}
}
