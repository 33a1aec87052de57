import { ByteReader, ByteWriter, type Result } from '@earshot/base';
import { whole } from './decode.js';

/** CertificateVerify (RFC 5246 section 7.4.8): scheme (2) | signature <0..2^16-1> over all messages before it. */
export interface CertificateVerify {
  readonly scheme: number;
  readonly signature: Uint8Array;
}

export function parseCertificateVerify(body: Uint8Array): Result<CertificateVerify> {
  const reader = new ByteReader(body);
  const scheme = reader.u16();
  const signature = reader.vector(2);
  return whole('CertificateVerify', reader, { scheme, signature });
}

export function writeCertificateVerify({ scheme, signature }: CertificateVerify): Uint8Array {
  return new ByteWriter().u16(scheme).vector(2, signature).finish();
}
