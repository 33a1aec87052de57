import type { Crypto, KeyedHash } from '@earshot/base';
import { readU32, writeU32 } from './header.js';
import type { SessionKeys } from './key-derivation.js';
import { KeyStream } from './key-stream.js';
import { SRTP_PROFILES } from './profile.js';
import { ENCRYPTED_FLAG, RTCP_CLEAR, type RtcpTransform, type RtpTransform } from './transform.js';

const TAG = SRTP_PROFILES.AES128_CM_HMAC_SHA1_80.tagLength;

/** AES128_CM_HMAC_SHA1_80 (RFC 3711 sections 3.3 and 3.4): encrypt, then authenticate with 80 bits. */
export class CounterModeTransform implements RtpTransform, RtcpTransform {
  readonly #crypto: Crypto;
  readonly #keyStream: KeyStream;
  readonly #mac: KeyedHash;
  readonly #rollover = new Uint8Array(4);
  readonly #tag = new Uint8Array(TAG);

  constructor(crypto: Crypto, keys: SessionKeys) {
    this.#crypto = crypto;
    this.#keyStream = new KeyStream(crypto.aes128Ecb(keys.cipherKey), keys.salt);
    this.#mac = crypto.hmacSha1(keys.authKey);
  }

  sealRtp(packet: Uint8Array, header: number, length: number, ssrc: number, index: number): number {
    this.#keyStream.apply(packet, header, length, ssrc, index);
    writeU32(this.#rollover, 0, Math.floor(index / 0x1_0000));
    this.#mac.signInto(packet, length, TAG, packet, 0, length, this.#rollover);
    return length + TAG;
  }

  openRtp(packet: Uint8Array, header: number, length: number, ssrc: number, index: number): number {
    const end = length - TAG;
    writeU32(this.#rollover, 0, Math.floor(index / 0x1_0000));
    this.#mac.signInto(this.#tag, 0, TAG, packet, 0, end, this.#rollover);
    if (!this.#crypto.timingSafeEqual(this.#tag, packet.subarray(end, length))) return -1;
    this.#keyStream.apply(packet, header, end, ssrc, index);
    return end;
  }

  indexOffset(length: number): number {
    return length - TAG - 4;
  }

  sealRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#keyStream.apply(packet, RTCP_CLEAR, length, ssrc, index);
    writeU32(packet, length, ENCRYPTED_FLAG + index);
    const end = length + 4;
    this.#mac.signInto(packet, end, TAG, packet, 0, end);
    return end + TAG;
  }

  openRtcp(packet: Uint8Array, length: number, ssrc: number): number {
    const signed = length - TAG;
    this.#mac.signInto(this.#tag, 0, TAG, packet, 0, signed);
    if (!this.#crypto.timingSafeEqual(this.#tag, packet.subarray(signed, length))) return -1;
    const end = signed - 4;
    const word = readU32(packet, end);
    if (word >= ENCRYPTED_FLAG) this.#keyStream.apply(packet, RTCP_CLEAR, end, ssrc, word - ENCRYPTED_FLAG);
    return end;
  }
}
