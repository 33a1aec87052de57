import type { HashAlgorithm } from '@earshot/base';
import { splitList } from '../message/headers.js';
import { unquote } from '../message/scanner.js';

/** A Digest challenge of WWW-Authenticate or Proxy-Authenticate (RFC 7616 section 3.3). */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  /** As it is repeated in the answer; absent when the challenge named none. */
  readonly algorithm?: string;
  readonly hash: HashAlgorithm;
  /** Whether the challenge offers qop=auth; without qop the answer is that of RFC 2069. */
  readonly qopAuth: boolean;
  readonly stale: boolean;
}

const HASHES: Readonly<Record<string, HashAlgorithm>> = { MD5: 'md5', 'SHA-256': 'sha256' };

/** Undefined for another scheme or algorithm, for qop without auth, and for what does not parse. */
export function parseChallenge(value: string): Challenge | undefined {
  const scheme = /^\s*Digest\s+/i.exec(value);
  if (scheme === null) return undefined;
  const params = new Map<string, string>();
  for (const item of splitList(value.slice(scheme[0].length))) {
    const [, name, text] = /^([\w-]+)\s*=\s*(.*)$/s.exec(item) ?? [];
    if (name === undefined || text === undefined) return undefined;
    params.set(name.toLowerCase(), unquote(text));
  }
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  const algorithm = params.get('algorithm');
  const opaque = params.get('opaque');
  const hashName = (algorithm ?? 'MD5').toUpperCase();
  const hash = Object.hasOwn(HASHES, hashName) ? HASHES[hashName] : undefined;
  if (realm === undefined || nonce === undefined || hash === undefined) return undefined;
  const qop = params.get('qop');
  const qopAuth = qop?.split(',').some((option) => option.trim().toLowerCase() === 'auth') ?? false;
  if (qop !== undefined && !qopAuth) return undefined;
  return {
    realm,
    nonce,
    hash,
    qopAuth,
    stale: params.get('stale')?.toLowerCase() === 'true',
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(opaque === undefined ? {} : { opaque }),
  };
}
