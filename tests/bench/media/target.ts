import type { SrtpReceiver, SrtpSender } from '../../../packages/webrtc/src/srtp/index.js';
import type { LoadLeg } from './leg.js';

/** What the browser's side sends; the phone's side always speaks PCMA. */
export type Scenario = 'pcma' | 'opus';

/** The SRTP contexts of a call that has been set up. */
export interface CallKeys {
  /** Protects what the browser's side sends. Calls that give the same object share their packets. */
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
}

/** A media engine under test, in a process of its own. */
export interface Target {
  readonly name: 'earshot' | 'rtpengine';
  /** The process whose CPU time counts. */
  readonly pid: number;
  /** Sets a call up between the two legs and connects them to it. */
  openCall(scenario: Scenario, browser: LoadLeg, phone: LoadLeg): Promise<CallKeys>;
  /** Ends all calls. */
  closeCalls(): Promise<void>;
  /** Called every few seconds while packets flow, for what keeps a call alive (RFC 7675 consent). */
  keepAlive(): void;
  stop(): Promise<void>;
}

/** The payload types of the generator's offers. */
export const PAYLOAD_TYPES: Readonly<Record<Scenario, number>> = { pcma: 8, opus: 111 };
export const PHONE_PAYLOAD_TYPE = 8;
