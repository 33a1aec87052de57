import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type Fault, fault, type Millis } from '@earshot/base';

/** How long before its end a certificate is spoken of, in ms. */
export const EXPIRING_MS = 14 * 86_400_000;

const DAY_MS = 86_400_000;

/** Whether a certificate is valid at `now`: undefined, expired (or not yet begun), or soon to expire. */
export function judgeValidity(certificate: X509Certificate, now: Millis): Fault | undefined {
  const from = Date.parse(certificate.validFrom);
  const to = Date.parse(certificate.validTo);
  if (now < from) return fault('server.certificate_expired', `valid only from ${day(from)}`);
  if (now >= to) return fault('server.certificate_expired', `expired on ${day(to)}`);
  if (to - now >= EXPIRING_MS) return undefined;
  return fault('server.certificate_expiring', `expires on ${day(to)}, in ${Math.floor((to - now) / DAY_MS)} days`);
}

const day = (at: Millis): string => new Date(at).toISOString().slice(0, 10);

/** Whether a certificate is for `host`, a name or an IP address (RFC 9525 section 6). */
export function judgeName(certificate: X509Certificate, host: string): Fault | undefined {
  const isFor = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (isFor !== undefined) return undefined;
  const names = certificate.subjectAltName ?? certificate.subject.replaceAll('\n', ', ');
  return fault('server.certificate_name', `${host} is not among ${names}`);
}

/** What OpenSSL says of a chain, of which validity and name are judged on their own. */
export function judgeTrust(error: string | undefined): Fault | undefined {
  if (error === undefined || /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME_INVALID)$/.test(error)) {
    return undefined;
  }
  return fault('server.certificate_untrusted', error);
}
