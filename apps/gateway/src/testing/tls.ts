import { createCertificate } from '@earshot/crypto';
import type { RelayCertificate } from '../turn/index.js';

const pem = (kind: string, der: Uint8Array): string =>
  `-----BEGIN ${kind}-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')}-----END ${kind}-----\n`;

/** A self-signed certificate as PEM, valid from a day before `now` for 365 days. */
export async function testCertificate(now = Date.now()): Promise<RelayCertificate> {
  const { der, pkcs8 } = await createCertificate(now);
  return { certificate: pem('CERTIFICATE', der), key: pem('PRIVATE KEY', pkcs8) };
}
