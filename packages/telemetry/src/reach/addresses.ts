/** How far an address leads. What cannot be told (an mDNS name) leads nowhere known. */
export type Scope = 'loopback' | 'link' | 'private' | 'public';

const PRIVATE_V4: readonly (readonly [first: number, mask: number, scope: Scope])[] = [
  [0x7f000000, 0xff000000, 'loopback'],
  [0xa9fe0000, 0xffff0000, 'link'],
  [0x0a000000, 0xff000000, 'private'],
  [0xac100000, 0xfff00000, 'private'],
  [0xc0a80000, 0xffff0000, 'private'],
  // Shared with the carrier's NAT (RFC 6598): as unreachable from outside as the others.
  [0x64400000, 0xffc00000, 'private'],
];

const IPV4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/\d+)?$/i;

export const familyOfAddress = (address: string | undefined): 'ipv4' | 'ipv6' | undefined => {
  if (address === undefined) return undefined;
  if (IPV4.test(address)) return 'ipv4';
  return address.includes(':') ? 'ipv6' : undefined;
};

export function scopeOf(address: string | undefined): Scope | undefined {
  const match = IPV4.exec(address ?? '');
  if (match !== null) {
    const value = match.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0);
    return PRIVATE_V4.find(([first, mask]) => (value & mask) >>> 0 === first)?.[2] ?? 'public';
  }
  // What the hidden level of privacy leaves of an address.
  if (address === 'private' || address === 'public') return address;
  if (address === undefined || !address.includes(':')) return undefined;
  const lower = address.toLowerCase();
  if (lower === '::1') return 'loopback';
  if (/^fe[89ab]/.test(lower)) return 'link';
  return /^f[cd]/.test(lower) ? 'private' : 'public';
}
