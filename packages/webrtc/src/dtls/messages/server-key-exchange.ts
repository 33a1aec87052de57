import { ByteReader, ByteWriter, type Result } from '@earshot/base';
import { decodeError, whole } from './decode.js';

const NAMED_CURVE = 3;

/** The part of ServerKeyExchange that is signed (RFC 8422 section 5.4): curve_type (1) = 3 | group (2) | point <1..255> */
export interface ServerEcdhParams {
  readonly group: number;
  readonly publicKey: Uint8Array;
}

/** ServerKeyExchange: ServerEcdhParams | scheme (2) | signature <0..2^16-1> */
export interface ServerKeyExchange extends ServerEcdhParams {
  readonly scheme: number;
  readonly signature: Uint8Array;
}

export function parseServerKeyExchange(body: Uint8Array): Result<ServerKeyExchange> {
  const reader = new ByteReader(body);
  if (reader.u8() !== NAMED_CURVE) return decodeError('ServerKeyExchange', 'not a named curve');
  const group = reader.u16();
  const publicKey = reader.vector(1);
  const scheme = reader.u16();
  const signature = reader.vector(2);
  return whole('ServerKeyExchange', reader, { group, publicKey, scheme, signature });
}

export function writeServerEcdhParams({ group, publicKey }: ServerEcdhParams): Uint8Array {
  return new ByteWriter().u8(NAMED_CURVE).u16(group).vector(1, publicKey).finish();
}

export function writeServerKeyExchange(message: ServerKeyExchange): Uint8Array {
  return new ByteWriter().put(writeServerEcdhParams(message)).u16(message.scheme).vector(2, message.signature).finish();
}
