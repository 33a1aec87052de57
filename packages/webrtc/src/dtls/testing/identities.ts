import type { Certificate, Fingerprint } from '@earshot/base';
import { createCertificate, loadCertificate } from '@earshot/crypto';

export interface Identities {
  readonly server: Certificate;
  readonly client: Certificate;
  /** A stranger's. */
  readonly other: Certificate;
  /** Of the client. */
  readonly fingerprints: readonly Fingerprint[];
}

export async function createIdentities(): Promise<Identities> {
  const [server, client, other] = await Promise.all(
    [0, 1, 2].map(async () => loadCertificate(await createCertificate(Date.now()))),
  );
  if (server === undefined || client === undefined || other === undefined) throw new Error('three were made');
  return { server, client, other, fingerprints: [{ algorithm: 'sha-256', value: client.fingerprint }] };
}
