import { err, fault, type Result } from '@earshot/base';
import type { SipMessage } from './message.js';

/**
 * Reads one datagram. A text (not bytes) whose lines end in LF alone is accepted too, for people's files.
 * The fault is `sip.bad_message` with `where` = "line 3, column 9".
 */
export function parseSipMessage(_input: Uint8Array | string): Result<SipMessage> {
  return err(fault('sip.bad_message'));
}
