import { nodeCrypto } from '@earshot/crypto';
import fc from 'fast-check';
import {
  SRTP_MAX_OVERHEAD,
  SRTP_PROFILES,
  type SrtpProfileName,
  SrtpReceiver,
  SrtpSender,
} from '../../../packages/webrtc/src/srtp/index.js';
import type { FuzzTarget } from '../campaign.js';
import { rtcpPacket, rtpPacket, SEED_RTCP, SEED_RTP } from './rtp-inputs.js';

const PROFILES: readonly SrtpProfileName[] = ['AES128_CM_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];
const KEY = new Uint8Array(16).fill(1);
const saltOf = (profile: SrtpProfileName): Uint8Array => new Uint8Array(SRTP_PROFILES[profile].saltLength).fill(2);

function protect(packet: Uint8Array, protectIn: (room: Uint8Array, length: number) => number): Uint8Array {
  const room = new Uint8Array(packet.length + SRTP_MAX_OVERHEAD);
  room.set(packet);
  return room.slice(0, protectIn(room, packet.length));
}

const seeds = PROFILES.flatMap((profile) => {
  const sender = new SrtpSender(nodeCrypto, profile, KEY, saltOf(profile));
  return [
    protect(SEED_RTP, (room, length) => sender.protectRtp(room, length)),
    protect(SEED_RTCP, (room, length) => sender.protectRtcp(room, length)),
  ];
});

export const srtp: FuzzTarget = {
  name: 'SRTP',
  seeds,
  structured: fc.oneof(rtpPacket, rtcpPacket),
  create: () => {
    const receivers = PROFILES.map((profile) => new SrtpReceiver(nodeCrypto, profile, KEY, saltOf(profile)));
    const senders = PROFILES.map((profile) => new SrtpSender(nodeCrypto, profile, KEY, saltOf(profile)));
    return (input) => {
      for (const receiver of receivers) {
        receiver.unprotectRtp(input.slice(), input.length);
        receiver.unprotectRtcp(input.slice(), input.length);
      }
      for (const sender of senders) {
        protect(input, (room, length) => Math.max(0, sender.protectRtp(room, length)));
        protect(input, (room, length) => Math.max(0, sender.protectRtcp(room, length)));
      }
    };
  },
};
