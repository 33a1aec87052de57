import { type Fault, fault } from '@earshot/base';

/**
 * Reasons (RFC 3326) by which the far end says that a timer of its own ended the call: 408, Q.850 cause 102 (recovery on
 * timer expiry), or words about a session timer (RFC 4028).
 */
const BY_TIMER = [
  /\bSIP\s*;\s*cause\s*=\s*408\b/i,
  /\bQ\.850\s*;\s*cause\s*=\s*102\b/i,
  /session[\s_-]*(timer|expir|refresh|timeout)/i,
];

/** Why the far end hung up, where its Reason header names more than somebody's wish. */
export const faultOfReason = (header: string | undefined): Fault | undefined =>
  header !== undefined && BY_TIMER.some((pattern) => pattern.test(header)) ? fault('sip.pbx_timeout') : undefined;
