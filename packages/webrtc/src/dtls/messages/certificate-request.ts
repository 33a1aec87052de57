import { ByteReader, ByteWriter, type Result } from '@earshot/base';
import { decodeError, readUint16List, whole, writeUint16List } from './decode.js';

/** ClientCertificateType: rsa_sign (RFC 5246 section 7.4.4), ecdsa_sign (RFC 8422 section 5.5). */
export const CERTIFICATE_TYPE = { rsaSign: 1, ecdsaSign: 64 } as const;

/**
 * CertificateRequest (RFC 5246 section 7.4.4):
 *
 *   certificate_types <1..255> | supported_signature_algorithms <2..2^16-2> | certificate_authorities <0..2^16-1>
 *
 * The authorities stay empty: in WebRTC every certificate is self-signed and the fingerprint vouches for it.
 */
export interface CertificateRequest {
  readonly certificateTypes: Uint8Array;
  readonly signatureSchemes: readonly number[];
}

export function parseCertificateRequest(body: Uint8Array): Result<CertificateRequest> {
  const reader = new ByteReader(body);
  const certificateTypes = reader.vector(1);
  const signatureSchemes = readUint16List(reader.vector(2));
  reader.vector(2);
  if (signatureSchemes === undefined) return decodeError('CertificateRequest', 'half a signature algorithm');
  return whole('CertificateRequest', reader, { certificateTypes, signatureSchemes });
}

export function writeCertificateRequest({ certificateTypes, signatureSchemes }: CertificateRequest): Uint8Array {
  return new ByteWriter().vector(1, certificateTypes).vector(2, writeUint16List(signatureSchemes)).u16(0).finish();
}
