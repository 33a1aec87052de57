import { ByteReader, ByteWriter, type Result } from '@earshot/base';
import { whole } from './decode.js';
import { type Extensions, readExtensions, writeExtensions } from './extensions.js';

/**
 * ServerHello (RFC 5246 section 7.4.1.3):
 *
 *   server_version (2) | random (32) | session_id <0..32> | cipher_suite (2) | compression_method (1) | extensions
 */
export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly extensions: Extensions;
}

export function parseServerHello(body: Uint8Array): Result<ServerHello> {
  const reader = new ByteReader(body);
  const version = reader.u16();
  const random = reader.take(32);
  const sessionId = reader.vector(1);
  const cipherSuite = reader.u16();
  const compressionMethod = reader.u8();
  const extensions = readExtensions('ServerHello', reader);
  if (!extensions.ok) return extensions;
  return whole('ServerHello', reader, {
    version,
    random,
    sessionId,
    cipherSuite,
    compressionMethod,
    extensions: extensions.value,
  });
}

export function writeServerHello(hello: ServerHello): Uint8Array {
  return new ByteWriter()
    .u16(hello.version)
    .put(hello.random)
    .vector(1, hello.sessionId)
    .u16(hello.cipherSuite)
    .u8(hello.compressionMethod)
    .put(writeExtensions(hello.extensions))
    .finish();
}
