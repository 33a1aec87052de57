import type { CodecName } from '@earshot/base';
import {
  acceptBrowserAnswer,
  acceptSipAnswer,
  answerBrowser,
  answerSip,
  parseSdp,
  printSdp,
  readBrowserOffer,
  readSipOffer,
} from '@earshot/calls';
import type { FuzzTarget } from '../campaign.js';
import { bytesOf, linesOf } from './text.js';

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

const BROWSER = [
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=extmap-allow-mixed',
  'a=msid-semantic: WMS stream',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=candidate:1 1 udp 2113937151 192.0.2.4 50000 typ host generation 0 network-cost 999',
  'a=ice-ufrag:Xy12',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=sendrecv',
  'a=msid:stream track',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=ssrc:1234 cname:abc',
];

const PHONE = [
  'v=0',
  'o=phone 1 1 IN IP4 192.0.2.9',
  's=call',
  'c=IN IP4 192.0.2.9',
  't=0 0',
  'm=audio 49170 RTP/AVP 8 0 101',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=rtcp:53020 IN IP6 2001:db8::9',
  'a=ptime:20',
  'a=sendonly',
  'm=video 0 RTP/AVP 31',
  'm=audio 49172 RTP/SAVP 0',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32',
];

const NAMES: readonly CodecName[] = ['opus', 'PCMA', 'PCMU'];
const SESSION = { id: '1', version: 1 };
const ADDRESS = { address: '192.0.2.1', port: 40_000 };
const BROWSER_SIDE = {
  ice: { ufrag: 'abcd', pwd: 'abcdefghijklmnopqrstuvwx' },
  fingerprint: { algorithm: 'sha-256', value: FINGERPRINT },
  candidates: [ADDRESS],
  session: SESSION,
};

const decoder = new TextDecoder();
const whole = (lines: readonly string[]): Uint8Array => bytesOf(`${lines.join('\r\n')}\r\n`);

export const sdp: FuzzTarget = {
  name: 'SDP',
  seeds: [whole(BROWSER), whole(PHONE)],
  structured: linesOf([...BROWSER, ...PHONE], 40).map(bytesOf),
  create: () => (input) => {
    const text = decoder.decode(input);
    const description = parseSdp(text);
    if (description.ok) printSdp(description.value);
    const browserOffer = readBrowserOffer(text);
    if (browserOffer.ok) answerBrowser(browserOffer.value, BROWSER_SIDE, NAMES);
    acceptBrowserAnswer(NAMES, text);
    const sipOffer = readSipOffer(text);
    if (sipOffer.ok) answerSip(sipOffer.value, { rtp: ADDRESS, session: SESSION }, NAMES);
    acceptSipAnswer(NAMES, text);
  },
};
