import { answerSip, offerToSip, readSipOffer } from '@earshot/calls';

export const FINGERPRINT = Array(32).fill('AB').join(':');

/** A browser's description; another `ufrag` restarts ICE. */
export const browserSdp = (setup: 'actpass' | 'active', ufrag = 'brws'): string =>
  [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8',
    'c=IN IP4 0.0.0.0',
    'a=rtpmap:111 opus/48000/2',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    `a=ice-ufrag:${ufrag}`,
    'a=ice-pwd:abcdefghijklmnopqrstuvwx',
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    `a=setup:${setup}`,
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    '',
  ].join('\r\n');

const phone = { rtp: { address: '192.0.2.9', port: 4000 }, session: { id: '1', version: 1 } };

export const phoneOffer = (port = 4000): string =>
  offerToSip({ ...phone, rtp: { address: '192.0.2.9', port } }, ['PCMU', 'PCMA']);

export function phoneAnswer(offer: string): string {
  const read = readSipOffer(offer);
  const answer = read.ok ? answerSip(read.value, phone, ['PCMU']) : read;
  if (!answer.ok) throw new Error(answer.error.detail);
  return answer.value.sdp;
}
