import { ByteReader, ByteWriter, type Result } from '@earshot/base';
import { whole } from './decode.js';

/** ClientKeyExchange of ECDHE (RFC 8422 section 5.7): the client's public key as `length (1) | point`. */
export function parseClientKeyExchange(body: Uint8Array): Result<Uint8Array> {
  const reader = new ByteReader(body);
  return whole('ClientKeyExchange', reader, reader.vector(1));
}

export function writeClientKeyExchange(publicKey: Uint8Array): Uint8Array {
  return new ByteWriter(publicKey.length + 1).vector(1, publicKey).finish();
}
