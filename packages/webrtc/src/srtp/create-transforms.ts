import type { Crypto } from '@earshot/base';
import { CounterModeTransform } from './counter-mode-transform.js';
import { GcmTransform } from './gcm-transform.js';
import { deriveSessionKeys } from './key-derivation.js';
import type { SrtpProfileName } from './profile.js';
import type { RtcpTransform, RtpTransform } from './transform.js';

export function createTransforms(
  crypto: Crypto,
  profile: SrtpProfileName,
  key: Uint8Array,
  salt: Uint8Array,
): { readonly rtp: RtpTransform; readonly rtcp: RtcpTransform } {
  const Transform = profile === 'AEAD_AES_128_GCM' ? GcmTransform : CounterModeTransform;
  return {
    rtp: new Transform(crypto, deriveSessionKeys(crypto, profile, key, salt, 'rtp')),
    rtcp: new Transform(crypto, deriveSessionKeys(crypto, profile, key, salt, 'rtcp')),
  };
}
