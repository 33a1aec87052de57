import { ByteReader, ByteWriter, type Result } from '@earshot/base';
import { decodeError, whole } from './decode.js';

/**
 * Certificate (RFC 5246 section 7.4.2): `length (3) | { length (3) | DER }...`, the sender's own certificate first.
 * An empty list is how a client says that it has none.
 */
export function parseCertificate(body: Uint8Array): Result<readonly Uint8Array[]> {
  const reader = new ByteReader(body);
  const list = new ByteReader(reader.vector(3));
  const certificates: Uint8Array[] = [];
  while (list.remaining > 0) {
    certificates.push(list.vector(3));
    if (list.failed) return decodeError('Certificate', 'a certificate ends too early');
  }
  return whole('Certificate', reader, certificates);
}

export function writeCertificate(certificates: readonly Uint8Array[]): Uint8Array {
  const list = new ByteWriter(1024);
  for (const certificate of certificates) list.vector(3, certificate);
  return new ByteWriter(list.length + 3).vector(3, list.finish()).finish();
}
