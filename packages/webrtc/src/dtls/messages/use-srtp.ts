import { ByteReader, ByteWriter, type Result } from '@earshot/base';
import type { SrtpProfileName } from '../types.js';
import { decodeError, readUint16List, whole, writeUint16List } from './decode.js';

/** SRTPProtectionProfile values (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
export const SRTP_PROFILE_IDS = {
  AES128_CM_HMAC_SHA1_80: 0x0001,
  AEAD_AES_128_GCM: 0x0007,
} as const satisfies Record<SrtpProfileName, number>;

/** The use_srtp extension (RFC 5764 section 4.1.1): profiles <2..2^16-1> | srtp_mki <0..255> */
export interface UseSrtp {
  readonly profiles: readonly number[];
  readonly mki: Uint8Array;
}

export function parseUseSrtp(data: Uint8Array): Result<UseSrtp> {
  const reader = new ByteReader(data);
  const profiles = readUint16List(reader.vector(2));
  const mki = reader.vector(1);
  if (profiles === undefined) return decodeError('use_srtp', 'half a profile');
  return whole('use_srtp', reader, { profiles, mki });
}

export function writeUseSrtp({ profiles, mki }: UseSrtp): Uint8Array {
  return new ByteWriter().vector(2, writeUint16List(profiles)).vector(1, mki).finish();
}
