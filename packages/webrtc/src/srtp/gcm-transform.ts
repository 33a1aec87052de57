import type { Aead, Crypto } from '@earshot/base';
import { readU32, writeU32 } from './header.js';
import type { SessionKeys } from './key-derivation.js';
import { SRTP_PROFILES } from './profile.js';
import { ENCRYPTED_FLAG, RTCP_CLEAR, type RtcpTransform, type RtpTransform } from './transform.js';

const TAG = SRTP_PROFILES.AEAD_AES_128_GCM.tagLength;

/** AEAD_AES_128_GCM (RFC 7714 sections 8 and 9). */
export class GcmTransform implements RtpTransform, RtcpTransform {
  readonly #aead: Aead;
  readonly #salt: Uint8Array;
  readonly #nonce = new Uint8Array(12);
  readonly #rtcpData = new Uint8Array(RTCP_CLEAR + 4);

  constructor(crypto: Crypto, keys: SessionKeys) {
    this.#aead = crypto.aes128Gcm(keys.cipherKey);
    this.#salt = keys.salt;
  }

  sealRtp(packet: Uint8Array, header: number, length: number, ssrc: number, index: number): number {
    this.#writeNonce(ssrc, index);
    packet.set(this.#aead.seal(this.#nonce, packet.subarray(0, header), packet.subarray(header, length)), header);
    return length + TAG;
  }

  openRtp(packet: Uint8Array, header: number, length: number, ssrc: number, index: number): number {
    this.#writeNonce(ssrc, index);
    const plain = this.#aead.open(this.#nonce, packet.subarray(0, header), packet.subarray(header, length));
    if (plain === undefined) return -1;
    packet.set(plain, header);
    return length - TAG;
  }

  indexOffset(length: number): number {
    return length - 4;
  }

  sealRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#writeNonce(ssrc, index);
    this.#rtcpData.set(packet.subarray(0, RTCP_CLEAR));
    writeU32(this.#rtcpData, RTCP_CLEAR, ENCRYPTED_FLAG + index);
    packet.set(this.#aead.seal(this.#nonce, this.#rtcpData, packet.subarray(RTCP_CLEAR, length)), RTCP_CLEAR);
    writeU32(packet, length + TAG, ENCRYPTED_FLAG + index);
    return length + TAG + 4;
  }

  openRtcp(packet: Uint8Array, length: number, ssrc: number): number {
    const end = length - 4;
    const word = readU32(packet, end);
    if (word < ENCRYPTED_FLAG) return this.#openPlainRtcp(packet, end, ssrc, word);
    this.#writeNonce(ssrc, word - ENCRYPTED_FLAG);
    this.#rtcpData.set(packet.subarray(0, RTCP_CLEAR));
    writeU32(this.#rtcpData, RTCP_CLEAR, word);
    const plain = this.#aead.open(this.#nonce, this.#rtcpData, packet.subarray(RTCP_CLEAR, end));
    if (plain === undefined) return -1;
    packet.set(plain, RTCP_CLEAR);
    return end - TAG;
  }

  /** Without the E flag all of the packet and the index word is associated data (RFC 7714 section 9.3). */
  #openPlainRtcp(packet: Uint8Array, end: number, ssrc: number, word: number): number {
    this.#writeNonce(ssrc, word);
    const data = new Uint8Array(end - TAG + 4);
    data.set(packet.subarray(0, end - TAG));
    writeU32(data, end - TAG, word);
    if (this.#aead.open(this.#nonce, data, packet.subarray(end - TAG, end)) === undefined) return -1;
    return end - TAG;
  }

  /** 16 zero bits, SSRC, then the 48-bit RTP index or SRTCP index, exclusive-or the salt (sections 8.1 and 9.1). */
  #writeNonce(ssrc: number, index: number): void {
    const nonce = this.#nonce;
    nonce[0] = 0;
    nonce[1] = 0;
    writeU32(nonce, 2, ssrc);
    const high = Math.floor(index / 0x1_0000_0000);
    nonce[6] = high >>> 8;
    nonce[7] = high;
    writeU32(nonce, 8, index >>> 0);
    for (let at = 0; at < nonce.length; at += 1) nonce[at] = (nonce[at] as number) ^ (this.#salt[at] as number);
  }
}
