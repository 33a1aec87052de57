import { ByteReader, type Crypto, concat } from '@earshot/base';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** PRF(secret, label, seed) of TLS 1.2, which is P_SHA256 (RFC 5246 section 5), `length` bytes of it. */
export function prf(crypto: Crypto, secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array {
  const labelled = concat(ascii(label), seed);
  const output = new Uint8Array(Math.ceil(length / 32) * 32);
  let a = labelled;
  for (let at = 0; at < output.length; at += 32) {
    a = crypto.hmac('sha256', secret, a);
    output.set(crypto.hmac('sha256', secret, a, labelled), at);
  }
  return output.subarray(0, length);
}

/**
 * RFC 7627 section 4. `sessionHash` is SHA-256 over all handshake messages up to and including ClientKeyExchange.
 * Returns 48 bytes.
 */
export const extendedMasterSecret = (
  crypto: Crypto,
  premasterSecret: Uint8Array,
  sessionHash: Uint8Array,
): Uint8Array => prf(crypto, premasterSecret, 'extended master secret', sessionHash, 48);

/** The 12 bytes of verify_data (RFC 5246 section 7.4.9). */
export const finishedVerifyData = (
  crypto: Crypto,
  masterSecret: Uint8Array,
  sender: 'client' | 'server',
  handshakeHash: Uint8Array,
): Uint8Array => prf(crypto, masterSecret, `${sender} finished`, handshakeHash, 12);

export interface HandshakeRandoms {
  /** 32 bytes each. */
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

export interface WriteKey {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** The 4 implicit bytes of the GCM nonce. */
  readonly salt: Uint8Array;
}

/** The key block for AES_128_GCM, which has no MAC keys (RFC 5246 section 6.3, RFC 5288 section 3). */
export function recordKeys(
  crypto: Crypto,
  masterSecret: Uint8Array,
  randoms: HandshakeRandoms,
): { readonly client: WriteKey; readonly server: WriteKey } {
  const block = new ByteReader(
    prf(crypto, masterSecret, 'key expansion', concat(randoms.server, randoms.client), 2 * (16 + 4)),
  );
  const clientKey = block.take(16);
  const serverKey = block.take(16);
  return { client: { key: clientKey, salt: block.take(4) }, server: { key: serverKey, salt: block.take(4) } };
}

/** Keying material for another protocol, without a context (RFC 5705 section 4). */
export const exportKeyingMaterial = (
  crypto: Crypto,
  masterSecret: Uint8Array,
  randoms: HandshakeRandoms,
  label: string,
  length: number,
): Uint8Array => prf(crypto, masterSecret, label, concat(randoms.client, randoms.server), length);
