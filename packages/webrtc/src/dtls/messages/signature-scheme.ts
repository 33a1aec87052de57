import type { SignatureScheme } from '@earshot/base';

/** SignatureAndHashAlgorithm as one number, hash then signature (RFC 5246 section 7.4.1.4.1), most preferred first. */
export const SIGNATURE_SCHEMES: ReadonlyMap<number, SignatureScheme> = new Map([
  [0x0403, 'ecdsa-sha256'],
  [0x0503, 'ecdsa-sha384'],
  [0x0603, 'ecdsa-sha512'],
  [0x0401, 'rsa-pkcs1-sha256'],
  [0x0501, 'rsa-pkcs1-sha384'],
  [0x0601, 'rsa-pkcs1-sha512'],
] as const);

/** The one scheme this side signs with. */
export const ECDSA_SHA256 = 0x0403;
