import { type Crypto, type HashAlgorithm, toHex } from '@earshot/base';
import { encodeUtf8 } from '../message/utf8.js';

export interface DigestInput {
  readonly hash: HashAlgorithm;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  /** The Request-URI as printed. */
  readonly uri: string;
  readonly nonce: string;
  /** With qop=auth; without it the answer is that of RFC 2069. `nc`: eight hexadecimal digits. */
  readonly auth?: { readonly nc: string; readonly cnonce: string };
}

/** The `response` of Digest (RFC 7616 section 3.4.1), in lower-case hexadecimal. */
export function digestResponse(crypto: Pick<Crypto, 'hash'>, input: DigestInput): string {
  const { hash, username, realm, password, method, uri, nonce, auth } = input;
  const digest = (text: string) => toHex(crypto.hash(hash, encodeUtf8(text)));
  const a1 = digest(`${username}:${realm}:${password}`);
  const a2 = digest(`${method}:${uri}`);
  return digest(auth === undefined ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${auth.nc}:${auth.cnonce}:auth:${a2}`);
}
