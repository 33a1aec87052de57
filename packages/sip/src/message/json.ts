import type { SipMessage } from './message.js';

/** Plain data for JSON.stringify. */
export function toJson(message: SipMessage): Record<string, unknown> {
  return { kind: message.kind };
}
