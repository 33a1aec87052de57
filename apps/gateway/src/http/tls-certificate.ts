import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { err, fault, type Millis, ok, type Result } from '@earshot/base';
import type { RelayCertificate } from '../turn/index.js';

/** Paths of the two PEM files that `http.tls` names. */
export interface CertificatePaths {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate that TLS can be served with. */
export interface TlsCertificate extends RelayCertificate {
  /** SHA-256, upper-case hexadecimal with colons. */
  readonly fingerprint: string;
  readonly notBefore: Millis;
  readonly expiresAt: Millis;
}

/** Reads both files. Fault: `server.certificate_unreadable`, with the file and why it is of no use. */
export async function readCertificate(paths: CertificatePaths): Promise<Result<TlsCertificate>> {
  const [certificate, key] = await Promise.all([read(paths.certificate), read(paths.key)]);
  if (!certificate.ok) return certificate;
  if (!key.ok) return key;
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(certificate.value);
  } catch (error) {
    return unusable(paths.certificate, error);
  }
  try {
    const ownKey = createPrivateKey(key.value);
    if (!leaf.checkPrivateKey(ownKey)) return unusable(paths.key, new Error('it belongs to another certificate'));
  } catch (error) {
    return unusable(paths.key, error);
  }
  try {
    // Whatever else TLS may have against them: the chain, the size of the key.
    createSecureContext({ cert: certificate.value, key: key.value });
  } catch (error) {
    return unusable(paths.certificate, error);
  }
  return ok({
    certificate: certificate.value,
    key: key.value,
    fingerprint: leaf.fingerprint256,
    notBefore: Date.parse(leaf.validFrom),
    expiresAt: Date.parse(leaf.validTo),
  });
}

async function read(path: string): Promise<Result<string>> {
  try {
    return ok(await readFile(path, 'utf8'));
  } catch (error) {
    return unusable(path, error);
  }
}

const unusable = (where: string, error: unknown): Result<never> =>
  err(fault('server.certificate_unreadable', reasonOf(error), where));

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MISSING_PASSPHRASE') return 'the key is encrypted';
  return code ?? message;
}
