import { ByteReader, type Crypto } from '@earshot/base';
import type { SrtpKey, SrtpProfileName } from '../types.js';
import { exportKeyingMaterial, type HandshakeRandoms } from './key-schedule.js';

const KEY_BYTES = 16;
const SALT_BYTES = { AES128_CM_HMAC_SHA1_80: 14, AEAD_AES_128_GCM: 12 } as const satisfies Record<
  SrtpProfileName,
  number
>;

/** The exporter output is client key, server key, client salt, server salt (RFC 5764 section 4.2). */
export function exportSrtpKeys(
  crypto: Crypto,
  masterSecret: Uint8Array,
  randoms: HandshakeRandoms,
  profile: SrtpProfileName,
): { readonly client: SrtpKey; readonly server: SrtpKey } {
  const saltBytes = SALT_BYTES[profile];
  const length = 2 * (KEY_BYTES + saltBytes);
  const material = new ByteReader(exportKeyingMaterial(crypto, masterSecret, randoms, 'EXTRACTOR-dtls_srtp', length));
  const clientKey = material.take(KEY_BYTES);
  const serverKey = material.take(KEY_BYTES);
  return {
    client: { key: clientKey, salt: material.take(saltBytes) },
    server: { key: serverKey, salt: material.take(saltBytes) },
  };
}
