import type { CodecName } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { ASTERISK, BARESIP, CHROMIUM, linesOf, SIPP } from '../testing/fixtures.js';
import { sipSdp } from '../testing/peers.js';
import { acceptSipAnswer, answerSip, offerToSip, readSipOffer, type SipLocal } from './sip.js';

const LOCAL: SipLocal = { rtp: { address: '192.0.2.1', port: 41_000 }, session: { id: '42', version: 1 } };

function answer(offerSdp: string, ...names: readonly CodecName[]) {
  const offer = readSipOffer(offerSdp);
  if (!offer.ok) throw new Error(JSON.stringify(offer.error));
  const answered = answerSip(offer.value, LOCAL, names);
  if (!answered.ok) throw new Error(JSON.stringify(answered.error));
  return answered.value;
}

it('offers plain RTP that every phone can read', () => {
  expect(offerToSip(LOCAL, ['PCMU', 'PCMA'])).toBe(
    [
      'v=0',
      'o=earshot 42 1 IN IP4 192.0.2.1',
      's=-',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=audio 41000 RTP/AVP 0 8 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
      '',
    ].join('\r\n'),
  );
});

it('offers telephone-event in each clock rate', () => {
  expect(linesOf(offerToSip(LOCAL, ['opus', 'PCMU']), 'm=')).toEqual(['m=audio 41000 RTP/AVP 111 0 110 101']);
});

it('writes IPv6', () => {
  const sdp = offerToSip({ ...LOCAL, rtp: { address: '2001:db8::5', port: 41_000 } }, ['PCMU']);
  expect(linesOf(sdp, 'c=', 'o=')).toEqual(['o=earshot 42 1 IN IP6 2001:db8::5', 'c=IN IP6 2001:db8::5']);
});

describe('answering', () => {
  it.each([
    [SIPP, 'PCMU', { address: '192.0.2.20', port: 6000 }, 6001, []],
    [BARESIP, 'PCMA', { address: '192.0.2.21', port: 18_460 }, 18_461, [{ payloadType: 101, clockRate: 8000 }]],
    [ASTERISK, 'PCMA', { address: '192.0.2.31', port: 14_826 }, 14_827, [{ payloadType: 101, clockRate: 8000 }]],
  ] as const)('%#: finds codec, address and telephone-event', (offer, name, rtp, rtcpPort, telephoneEvents) => {
    const { media, remote } = answer(offer, name);
    expect(media).toMatchObject({ codecs: [{ name }], telephoneEvents, direction: 'sendrecv', ptimeMs: 20 });
    expect(remote).toEqual({ rtp, rtcp: { address: rtp.address, port: rtcpPort } });
  });

  it('uses the payload types of the offer, and rejects video', () => {
    expect(linesOf(answer(BARESIP, 'opus').sdp, 'm=', 'a=rtpmap')).toEqual([
      'm=audio 41000 RTP/AVP 96 101',
      'a=rtpmap:96 opus/48000/2',
      'a=rtpmap:101 telephone-event/8000',
    ]);
    expect(linesOf(answer(ASTERISK, 'PCMA').sdp, 'm=video')).toEqual(['m=video 0 RTP/AVP 31']);
  });

  it.each([
    ['a=sendonly', 'recvonly'],
    ['a=recvonly', 'sendonly'],
    ['a=inactive', 'inactive'],
  ])('mirrors %s', (line, direction) => {
    expect(answer(BARESIP.replace('a=sendrecv', line), 'PCMA').media.direction).toBe(direction);
  });

  it('sends nothing to a peer that holds by 0.0.0.0', () => {
    const { media, sdp } = answer(sipSdp('0', { address: '0.0.0.0' }), 'PCMU');
    expect(media.direction).toBe('recvonly');
    expect(linesOf(sdp, 'a=recvonly')).toHaveLength(1);
    expect(answer(sipSdp('0', { address: '0.0.0.0', direction: 'recvonly' }), 'PCMU').media.direction).toBe('inactive');
  });

  it.each([
    ['a=ptime:30', 30],
    ['a=ptime:30\na=maxptime:20', 20],
    ['a=ptime:17', 20],
    ['a=maxptime:10', 10],
    ['a=ptime:0', 20],
  ])('sends packets as %j asks', (lines, ptimeMs) => {
    expect(answer(SIPP + lines, 'PCMU').media.ptimeMs).toBe(ptimeMs);
  });
});

describe('taking an answer', () => {
  it('follows the order of the answer', () => {
    const accepted = acceptSipAnswer(['PCMU', 'PCMA'], sipSdp('8 0 101'));
    expect(accepted).toMatchObject({ ok: true, value: { media: { codecs: [{ name: 'PCMA' }, { name: 'PCMU' }] } } });
  });

  it.each([
    ['another codec', sipSdp('18'), 'media.codec_mismatch'],
    ['a rejected section', sipSdp('0', { port: 0 }), 'media.no_audio'],
    ['a host name', sipSdp('0', { address: 'pbx.example.org' }), 'media.bad_sdp'],
    ['no c= line', sipSdp('0').replace(/c=.*\r\n/, ''), 'media.bad_sdp'],
    ['a host name in a=rtcp', `${sipSdp('0')}a=rtcp:5 IN IP4 x.example.org\r\n`, 'media.bad_sdp'],
    ['WebRTC', CHROMIUM, 'media.no_audio'],
    ['nothing', '', 'media.bad_sdp'],
  ])('refuses %s', (_, sdp, code) => {
    const accepted = acceptSipAnswer(['PCMU'], sdp);
    expect(accepted.ok ? undefined : accepted.error.code).toBe(code);
  });
});
