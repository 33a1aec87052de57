import { type Crypto, type Fingerprint, type HashAlgorithm, toHex } from '@earshot/base';

/** The hash functions of a=fingerprint that are checked, strongest first. MD2 and MD5 are not (RFC 8122 section 5). */
const ALGORITHMS: readonly (readonly [string, HashAlgorithm])[] = [
  ['sha-512', 'sha512'],
  ['sha-384', 'sha384'],
  ['sha-256', 'sha256'],
  ['sha-224', 'sha224'],
  ['sha-1', 'sha1'],
];

/**
 * Whether a DER certificate is one of those announced. The strongest hash function that the peer used decides alone
 * and must match one of its values (RFC 8122 section 5): a weak one beside it cannot be used to get past it.
 */
export function matchesFingerprint(
  crypto: Crypto,
  certificate: Uint8Array,
  fingerprints: readonly Fingerprint[],
): boolean {
  for (const [name, hash] of ALGORITHMS) {
    const announced = fingerprints.filter(({ algorithm }) => algorithm.toLowerCase() === name);
    if (announced.length === 0) continue;
    const actual = toHex(crypto.hash(hash, certificate));
    return announced.some(({ value }) => value.replaceAll(':', '').toLowerCase() === actual);
  }
  return false;
}
