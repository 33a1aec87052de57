import type { NamedGroup } from '@earshot/base';

/** NamedCurve values (RFC 8422 section 5.1.1), most preferred first. */
export const NAMED_GROUPS: ReadonlyMap<number, NamedGroup> = new Map([
  [29, 'x25519'],
  [23, 'secp256r1'],
] as const);
