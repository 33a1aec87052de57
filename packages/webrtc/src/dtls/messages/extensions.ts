import { ByteReader, ByteWriter, ok, type Result } from '@earshot/base';
import { decodeError } from './decode.js';

/** ExtensionType values (IANA TLS registry) that this server reads; every other one is ignored. */
export const EXTENSION_TYPE = {
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  supportedVersions: 43,
  renegotiationInfo: 0xff01,
} as const;

export type Extensions = ReadonlyMap<number, Uint8Array>;

/**
 * The extensions of a hello (RFC 5246 section 7.4.1.4): `length (2) | { type (2) | length (2) | data }...`. None at all
 * is allowed. The same type twice is an error.
 */
export function readExtensions(message: string, reader: ByteReader): Result<Extensions> {
  const extensions = new Map<number, Uint8Array>();
  if (reader.remaining === 0) return ok(extensions);
  const list = new ByteReader(reader.vector(2));
  while (list.remaining > 0) {
    const type = list.u16();
    const data = list.vector(2);
    if (list.failed) return decodeError(message, 'an extension ends too early');
    if (extensions.has(type)) return decodeError(message, `extension ${type} comes twice`);
    extensions.set(type, data);
  }
  return ok(extensions);
}

export function writeExtensions(extensions: Extensions): Uint8Array {
  const list = new ByteWriter();
  for (const [type, data] of extensions) list.u16(type).vector(2, data);
  return new ByteWriter(list.length + 2).vector(2, list.finish()).finish();
}
