import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { hostAddress } from './peers.js';

const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface IssueOptions {
  /** DNS names and IP addresses. Default: localhost, loopback, and this machine's own address. */
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A certificate with the chain above it, and its key, as PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** The two files that `http.tls` names. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/**
 * An authority for one test. Browsers take what it issues, for pages, WebSockets and TURN over TLS alike:
 *
 *   Chromium: launchChromium({ args: authority.chromiumArgs }). The keys listed there are looked up where certificates
 *     are verified, which is one place for all three, and among all certificates that the server sends: this authority's
 *     own at the end of the chain speaks for all it issues. Without it TURN over TLS fails with candidate error 701.
 *   Firefox: launchFirefox({ acceptInsecureCerts: true }), and a name instead of an address: Firefox leaves a
 *     `turns:` URL with an IP address out without a word.
 *
 * Where a name is needed that no resolver knows: Chromium's --host-resolver-rules=MAP name address, Firefox's preference
 * network.dns.forceResolve (all names lead to that address). Both hold for TURN as well.
 */
export class TestAuthority {
  /** PEM, for Node's `ca` and for turnutils_uclient's -E. */
  readonly certificate: string;
  /** Makes Chromium accept what this authority issues. */
  readonly chromiumArgs: readonly string[];
  readonly #own: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;

  private constructor(own: x509.X509Certificate, keys: CryptoKeyPair) {
    this.#own = own;
    this.#keys = keys;
    this.certificate = own.toString('pem');
    const spki = createHash('sha256').update(new Uint8Array(own.publicKey.rawData)).digest('base64');
    this.chromiumArgs = [`--ignore-certificate-errors-spki-list=${spki}`];
  }

  static async create(): Promise<TestAuthority> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const own = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Earshot test authority',
      notBefore: new Date(Date.now() - 365 * DAY_MS),
      notAfter: new Date(Date.now() + 365 * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new TestAuthority(own, keys);
  }

  async issue(options: IssueOptions = {}): Promise<IssuedCertificate> {
    const names = options.names ?? ['localhost', '127.0.0.1', '::1', hostAddress()];
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const leaf = await x509.X509CertificateGenerator.create({
      subject: `CN=${names[0] ?? 'nobody'}`,
      issuer: this.#own.subject,
      notBefore: options.notBefore ?? new Date(Date.now() - DAY_MS),
      notAfter: options.notAfter ?? new Date(Date.now() + 90 * DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
      ],
    });
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    const body = pkcs8.toString('base64').replace(/.{1,64}/g, '$&\n');
    return {
      certificate: `${leaf.toString('pem')}\n${this.certificate}\n`,
      key: `-----BEGIN PRIVATE KEY-----\n${body}-----END PRIVATE KEY-----\n`,
    };
  }

  /** Issues a certificate into two files of a folder: over those of an earlier call when `name` is the same. */
  async issueFiles(folder: string, options: IssueOptions & { readonly name?: string } = {}): Promise<CertificateFiles> {
    const { name = 'server', ...issue } = options;
    const files = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
    const issued = await this.issue(issue);
    writeFileSync(files.key, issued.key, { mode: 0o600 });
    writeFileSync(files.certificate, issued.certificate);
    return files;
  }
}
