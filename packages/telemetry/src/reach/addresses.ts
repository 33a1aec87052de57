/** How far an address leads. What cannot be told (an mDNS name) leads nowhere known. */
export type Scope = 'loopback' | 'link' | 'private' | 'public';

/** What is not public of IPv4; the last is shared with the carrier's NAT (RFC 6598), as unreachable from outside. */
const SCOPES: readonly (readonly [scope: Scope, prefix: RegExp])[] = [
  ['loopback', /^127\./],
  ['link', /^169\.254\./],
  ['private', /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./],
];

const IPV4 = /^(?:::ffff:)?((?:\d{1,3}\.){3}\d{1,3})(?:\/\d+)?$/i;

export const familyOfAddress = (address: string | undefined): 'ipv4' | 'ipv6' | undefined => {
  if (address === undefined) return undefined;
  if (IPV4.test(address)) return 'ipv4';
  return address.includes(':') ? 'ipv6' : undefined;
};

export function scopeOf(address: string | undefined): Scope | undefined {
  const v4 = IPV4.exec(address ?? '')?.[1];
  if (v4 !== undefined) return SCOPES.find(([, prefix]) => prefix.test(v4))?.[0] ?? 'public';
  // What the hidden level of privacy leaves of an address.
  if (address === 'private' || address === 'public') return address;
  if (address === undefined || !address.includes(':')) return undefined;
  const lower = address.toLowerCase();
  if (lower === '::1') return 'loopback';
  if (/^fe[89ab]/.test(lower)) return 'link';
  return /^f[cd]/.test(lower) ? 'private' : 'public';
}
