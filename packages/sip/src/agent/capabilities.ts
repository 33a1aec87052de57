import { Headers } from '../message/headers.js';

/** The methods served here. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE';

/** Methods that are known, but not served (405); any other is 501 (RFC 3261 sections 8.2.1 and 21.5.2). */
export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'MESSAGE',
  'NOTIFY',
  'PRACK',
  'PUBLISH',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
]);

export const SDP_TYPE = 'application/sdp';

/** What 200 to OPTIONS says (section 11.2). */
export const capabilities = Headers.of({ Allow: ALLOW, Accept: SDP_TYPE, 'Accept-Encoding': 'identity' });

/**
 * What a 420 says (section 8.2.2.3), or undefined when all that Require asks for is there. No extension is supported
 * yet.
 */
export function badExtension(headers: Headers): Headers | undefined {
  const missing = headers.list('Require');
  return missing.length === 0 ? undefined : Headers.of({ Unsupported: missing.join(', ') });
}
