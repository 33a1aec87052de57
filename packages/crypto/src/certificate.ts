import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import type { Certificate } from '@earshot/base';
import * as x509 from '@peculiar/x509';
import { NodeSigningKey } from './signing-key.js';

/** A certificate in a form that crosses threads and fits in a file. */
export interface StoredCertificate {
  readonly der: Uint8Array;
  readonly pkcs8: Uint8Array;
}

const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Makes a self-signed P-256 certificate for DTLS (RFC 8827 section 6.5), valid from a day before `now` for 365 days. */
export async function createCertificate(now: number): Promise<StoredCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Earshot',
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 365 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
  });
  return {
    der: new Uint8Array(certificate.rawData),
    pkcs8: new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
  };
}

export function loadCertificate({ der, pkcs8 }: StoredCertificate): Certificate {
  return {
    der,
    privateKey: new NodeSigningKey(createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })),
    fingerprint: new X509Certificate(der).fingerprint256,
  };
}
