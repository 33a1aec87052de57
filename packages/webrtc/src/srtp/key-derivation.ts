import type { Crypto } from '@earshot/base';
import { SRTP_PROFILES, type SrtpProfileName } from './profile.js';

/** The session keys of one direction, for RTP or for RTCP. `authKey` is empty with AEAD. */
export interface SessionKeys {
  readonly cipherKey: Uint8Array;
  readonly authKey: Uint8Array;
  readonly salt: Uint8Array;
}

const AUTH_KEY_LENGTH = 20;

/**
 * AES-CM key derivation (RFC 3711 section 4.3.3) with a key derivation rate of 0, so the index plays no part. A 96-bit
 * salt is the upper part of the 112-bit one (RFC 7714 section 11).
 */
export function deriveSessionKeys(
  crypto: Crypto,
  profile: SrtpProfileName,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  kind: 'rtp' | 'rtcp',
): SessionKeys {
  const { keyLength, saltLength } = SRTP_PROFILES[profile];
  if (masterKey.length !== keyLength || masterSalt.length !== saltLength) {
    throw new RangeError(`${profile} takes a key of ${keyLength} and a salt of ${saltLength} octets`);
  }
  const cipher = crypto.aes128Ecb(masterKey);
  const derive = (label: number, length: number): Uint8Array => {
    const blocks = new Uint8Array(Math.ceil(length / 16) * 16);
    for (let at = 0; at < blocks.length; at += 16) {
      blocks.set(masterSalt, at);
      blocks[at + 7] = (blocks[at + 7] as number) ^ label;
      blocks[at + 15] = at / 16;
    }
    return cipher.encrypt(blocks).slice(0, length);
  };
  const first = kind === 'rtp' ? 0 : 3;
  return {
    cipherKey: derive(first, keyLength),
    authKey: profile === 'AEAD_AES_128_GCM' ? new Uint8Array(0) : derive(first + 1, AUTH_KEY_LENGTH),
    salt: derive(first + 2, saltLength),
  };
}
