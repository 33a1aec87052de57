import { AgentCore } from './core.js';
import { IncomingLeg } from './incoming-leg.js';
import type { Leg } from './leg.js';
import { sendOptions } from './options-ping.js';
import { OutgoingLeg } from './outgoing-leg.js';
import { Receiver } from './receiver.js';
import type { SipAgentOptions, SipInput, SipOutput } from './types.js';

/**
 * The user agent core (RFC 3261 section 8): one input in, the list of what to send and what happened out. Commands for
 * a leg that is gone, or in a state that does not allow them, do nothing: they may cross with what the network brings.
 */
export class SipAgent {
  readonly #core: AgentCore;
  readonly #receiver: Receiver;

  constructor(options: SipAgentOptions) {
    this.#core = new AgentCore(options);
    this.#receiver = new Receiver(this.#core);
  }

  handle(input: SipInput): SipOutput[] {
    this.#core.now = input.now;
    this.#perform(input);
    return this.#core.takeOutputs();
  }

  #perform(input: SipInput): void {
    const core = this.#core;
    switch (input.type) {
      case 'receive':
        this.#receiver.receive(input.flow, input.bytes);
        break;
      case 'timeout':
        core.timeout();
        break;
      case 'transport-error':
        core.transactions.transportError(input.flow, input.reason);
        break;
      case 'invite':
        OutgoingLeg.open(core, input);
        break;
      case 'options':
        sendOptions(core, input);
        break;
      default: {
        const leg = core.legById(input.legId);
        if (leg !== undefined) command(leg, input);
      }
    }
  }

  /** When to call `handle` with a timeout (ms), or undefined when nothing is due. */
  get nextTimeout(): number | undefined {
    return this.#core.next;
  }

  /** Legs with a dialog, early or confirmed. */
  get dialogs(): number {
    return this.#core.legs;
  }
}

type LegCommand = Extract<SipInput, { type: 'ring' | 'answer' | 'reject' | 'reinvite-answer' | 'hangup' | 'info' }>;

function command(leg: Leg, input: LegCommand): void {
  switch (input.type) {
    case 'hangup':
      leg.hangup(input.reasonHeader);
      break;
    case 'reinvite-answer':
      leg.established?.answerChange(input.sdp, input.status);
      break;
    case 'info':
      leg.established?.info({ digit: input.digit, durationMs: input.durationMs });
      break;
    case 'ring':
      if (leg instanceof IncomingLeg) leg.ring(input.status, input.sdp);
      break;
    case 'answer':
      if (leg instanceof IncomingLeg) leg.answer(input.sdp);
      break;
    case 'reject':
      if (leg instanceof IncomingLeg) leg.reject(input.status, input.reason, input.headers);
      break;
  }
}
