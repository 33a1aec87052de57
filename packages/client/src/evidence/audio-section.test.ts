import { expect, it } from 'vitest';
import { readAudioSection, readCandidates } from './audio-section.js';

const OFFER = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=sendonly',
  'a=rtpmap:96 VP8/90000',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 8 110 126 0',
  'c=IN IP4 0.0.0.0',
  'a=setup:actpass',
  'a=recvonly',
  'a=rtpmap:111 opus/48000/2',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=ptime:20',
  'a=candidate:1 1 udp 2113937151 192.0.2.9 47521 typ host',
  'a=candidate:1 2 udp 2113937150 192.0.2.9 47522 typ host',
].join('\r\n');

it('reads what decides about sound, of the audio section alone', () => {
  expect(readAudioSection(OFFER)).toEqual({
    direction: 'recvonly',
    codecs: ['opus', 'PCMA', 'PCMU'],
    telephoneEvents: true,
    address: '0.0.0.0',
    port: 9,
    setup: 'actpass',
    packetMs: 20,
  });
  expect(readCandidates(OFFER)).toEqual([{ type: 'host', protocol: 'udp', address: '192.0.2.9', port: 47_521 }]);
});

it('takes what is said once for the session, and the default of what is not said', () => {
  expect(readAudioSection('v=0\na=inactive\nc=IN IP6 2001:db8::1\nm=audio 4000 RTP/AVP 8\n')).toEqual({
    direction: 'inactive',
    codecs: ['PCMA'],
    telephoneEvents: false,
    address: '2001:db8::1',
    port: 4_000,
  });
  expect(readAudioSection('v=0\nm=audio 4000 RTP/AVP 8 9\n')).toMatchObject({ direction: 'sendrecv' });
});

it('makes nothing of what is no description', () => {
  for (const text of ['', 'offer 1', 'm=video 9 RTP/AVP 96', 'v=0\r\nm=application 9 x']) {
    expect(readAudioSection(text)).toBe(undefined);
    expect(readCandidates(text)).toEqual([]);
  }
  expect(readAudioSection('v=0\nm=audio ')).toMatchObject({ codecs: [] });
  expect(readAudioSection('v=0\nm=audio 99999 x 1 2 3')).toEqual({
    direction: 'sendrecv',
    codecs: [],
    telephoneEvents: false,
  });
  const many = `m=audio 9 RTP/AVP 0\n${'a=candidate:1 1 udp 1 192.0.2.9 4 typ host\n'.repeat(100)}`;
  expect(readCandidates(many)).toHaveLength(32);
});
