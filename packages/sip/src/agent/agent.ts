import type { SipAgentOptions, SipInput, SipOutput } from './types.js';

/** The user agent core (RFC 3261 section 8): one input in, the list of what to send and what happened out. */
export class SipAgent {
  readonly options: SipAgentOptions;

  constructor(options: SipAgentOptions) {
    this.options = options;
  }

  handle(input: SipInput): SipOutput[] {
    return input.type === 'timeout' ? [] : [];
  }

  /** When to call `handle` with a timeout (ms), or undefined when nothing is due. */
  get nextTimeout(): number | undefined {
    return undefined;
  }

  get dialogs(): number {
    return 0;
  }
}
