import { ByteReader, ByteWriter, type Result } from '@earshot/base';
import { decodeError, readUint16List, whole, writeUint16List } from './decode.js';
import { type Extensions, readExtensions, writeExtensions } from './extensions.js';

/**
 * ClientHello (RFC 5246 section 7.4.1.2, with the cookie of RFC 6347 section 4.2.1):
 *
 *   client_version (2) | random (32) | session_id <0..32> | cookie <0..255> | cipher_suites <2..2^16-2>
 *   | compression_methods <1..255> | extensions
 */
export interface ClientHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cookie: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: Extensions;
}

export function parseClientHello(body: Uint8Array): Result<ClientHello> {
  const reader = new ByteReader(body);
  const version = reader.u16();
  const random = reader.take(32);
  const sessionId = reader.vector(1);
  const cookie = reader.vector(1);
  const cipherSuites = readUint16List(reader.vector(2));
  const compressionMethods = reader.vector(1);
  if (cipherSuites === undefined) return decodeError('ClientHello', 'half a cipher suite');
  const extensions = readExtensions('ClientHello', reader);
  if (!extensions.ok) return extensions;
  return whole('ClientHello', reader, {
    version,
    random,
    sessionId,
    cookie,
    cipherSuites,
    compressionMethods,
    extensions: extensions.value,
  });
}

export function writeClientHello(hello: ClientHello): Uint8Array {
  return new ByteWriter()
    .u16(hello.version)
    .put(hello.random)
    .vector(1, hello.sessionId)
    .vector(1, hello.cookie)
    .vector(2, writeUint16List(hello.cipherSuites))
    .vector(1, hello.compressionMethods)
    .put(writeExtensions(hello.extensions))
    .finish();
}
