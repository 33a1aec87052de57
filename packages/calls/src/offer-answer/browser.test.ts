import type { CodecName } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { parseSdp } from '../sdp/parse.js';
import {
  BROWSER_OFFERS,
  CHROMIUM,
  CHROMIUM_DUAL_STACK,
  CHROMIUM_HIDDEN,
  CHROMIUM_VIDEO_DATA,
  FIREFOX_HIDDEN,
  FIREFOX_VIDEO,
  linesOf,
  SAFARI_VIDEO_FIRST,
  SIPP,
} from '../testing/fixtures.js';
import { browserAnswer } from '../testing/peers.js';
import { acceptBrowserAnswer, answerBrowser, type BrowserLocal, offerToBrowser, readBrowserOffer } from './browser.js';

const LOCAL: BrowserLocal = {
  ice: { ufrag: 'abcdefgh', pwd: 'abcdefghijklmnopqrstuvwx' },
  fingerprint: { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') },
  candidates: [
    { address: '192.0.2.1', port: 40_000 },
    { address: '2001:db8::1', port: 40_000 },
  ],
  session: { id: '123456789', version: 1 },
};

function answer(offerSdp: string, ...options: readonly (CodecName | BrowserLocal)[]) {
  const offer = readBrowserOffer(offerSdp);
  if (!offer.ok) throw new Error(JSON.stringify(offer.error));
  const names = options.filter((option) => typeof option === 'string');
  const answered = answerBrowser(offer.value, options.find((option) => typeof option === 'object') ?? LOCAL, names);
  if (!answered.ok) throw new Error(JSON.stringify(answered.error));
  return answered.value;
}

describe('answering a browser', () => {
  it('is an ICE-lite, passive, complete description', () => {
    expect(answer(CHROMIUM, 'opus').sdp).toBe(
      [
        'v=0',
        'o=earshot 123456789 1 IN IP4 127.0.0.1',
        's=-',
        't=0 0',
        'a=ice-lite',
        'a=ice-options:ice2',
        'a=group:BUNDLE 0',
        'm=audio 40000 UDP/TLS/RTP/SAVPF 111 63 110',
        'c=IN IP4 192.0.2.1',
        'a=rtpmap:111 opus/48000/2',
        'a=fmtp:111 minptime=10;useinbandfec=1',
        'a=rtpmap:63 red/48000/2',
        'a=fmtp:63 111/111',
        'a=rtpmap:110 telephone-event/48000',
        'a=fmtp:110 0-15',
        'a=mid:0',
        'a=ice-ufrag:abcdefgh',
        'a=ice-pwd:abcdefghijklmnopqrstuvwx',
        `a=fingerprint:sha-256 ${LOCAL.fingerprint.value}`,
        'a=setup:passive',
        'a=rtcp-mux',
        'a=msid:earshot earshot-audio',
        'a=sendrecv',
        'a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host',
        'a=candidate:2 1 udp 2130706175 2001:db8::1 40000 typ host',
        'a=end-of-candidates',
        '',
      ].join('\r\n'),
    );
  });

  it.each([
    ['IPv6 alone', ['2001:db8::1'], ['m=audio 40000 UDP/TLS/RTP/SAVPF 111 63 110', 'c=IN IP6 2001:db8::1']],
    ['both', ['2001:db8::1', '192.0.2.1'], ['m=audio 40000 UDP/TLS/RTP/SAVPF 111 63 110', 'c=IN IP4 192.0.2.1']],
    ['nothing', [], ['m=audio 9 UDP/TLS/RTP/SAVPF 111 63 110', 'c=IN IP4 0.0.0.0']],
  ])('puts the address that most can reach into m= and c=, of %s', (_, addresses, lines) => {
    const candidates = addresses.map((address) => ({ address, port: 40_000 }));
    const { sdp } = answer(CHROMIUM, 'opus', { ...LOCAL, candidates });
    expect(linesOf(sdp, 'm=', 'c=')).toEqual(lines);
    expect(parseSdp(sdp)).toMatchObject({ ok: true, value: { sections: [{ candidates: candidates }] } });
  });

  it('gives each address a foundation and a priority of its own, best first', () => {
    const candidates = ['2001:db8::1', '192.0.2.1', 'fd00::1'].map((address) => ({ address, port: 40_000 }));
    const { sdp } = answer(CHROMIUM, 'opus', { ...LOCAL, candidates });
    expect(linesOf(sdp, 'a=candidate')).toEqual([
      'a=candidate:1 1 udp 2130706431 2001:db8::1 40000 typ host',
      'a=candidate:2 1 udp 2130706175 192.0.2.1 40000 typ host',
      'a=candidate:3 1 udp 2130705919 fd00::1 40000 typ host',
    ]);
  });

  it('yields what the media worker needs', () => {
    const { media, remote } = answer(CHROMIUM, 'PCMA', 'opus');
    expect(media).toEqual({
      codecs: [
        { name: 'PCMA', payloadType: 8, clockRate: 8000 },
        { name: 'opus', payloadType: 111, clockRate: 48_000 },
      ],
      telephoneEvents: [
        { payloadType: 126, clockRate: 8000 },
        { payloadType: 110, clockRate: 48_000 },
      ],
      red: { payloadType: 63, of: 111 },
      direction: 'sendrecv',
      ptimeMs: 20,
    });
    expect(remote.ice).toEqual({ ufrag: 'v5Vb', pwd: 'W8hZ4IJTSDZBqm7Tk78TG+jH' });
    expect(remote.fingerprints).toHaveLength(1);
  });

  it.each([
    [CHROMIUM_VIDEO_DATA, '0', ['m=audio 40000 ', 'm=video 0 ', 'm=application 0 ']],
    [FIREFOX_VIDEO, '0', ['m=audio 40000 ', 'm=video 0 ']],
    [SAFARI_VIDEO_FIRST, 'a', ['m=video 0 ', 'm=audio 40000 ']],
  ])('%#: keeps the order of the sections, rejects all but audio, and bundles audio alone', (offer, mid, sections) => {
    const { sdp } = answer(offer, 'opus');
    const lines = linesOf(sdp, 'm=');
    expect(lines).toHaveLength(sections.length);
    for (const [index, start] of sections.entries()) expect(lines[index]?.startsWith(start)).toBe(true);
    expect(linesOf(sdp, 'a=group:')).toEqual([`a=group:BUNDLE ${mid}`]);
    // Firefox counts the c= lines.
    expect(linesOf(sdp, 'c=')).toHaveLength(sections.length);
  });

  it('takes up the only telephone-event that Firefox offers beside Opus', () => {
    expect(answer(FIREFOX_VIDEO, 'opus').media.telephoneEvents).toEqual([{ payloadType: 101, clockRate: 8000 }]);
  });

  it.each([
    [
      'the browser does not speak it',
      (sdp: string) => sdp.replace('a=rtpmap:63 red/48000/2', 'a=rtpmap:63 x-red/48000/2'),
    ],
    ['it is not of the Opus chosen', (sdp: string) => sdp.replace('a=fmtp:63 111/111', 'a=fmtp:63 0/0')],
    ['it does not say of what', (sdp: string) => sdp.replace('a=fmtp:63 111/111\r\n', '')],
  ])('declines redundancy where %s', (_, change) => {
    expect(change(CHROMIUM)).not.toBe(CHROMIUM);
    const { sdp, media } = answer(change(CHROMIUM), 'opus');
    expect(media.red).toBeUndefined();
    expect(linesOf(sdp, 'm=')).toEqual(['m=audio 40000 UDP/TLS/RTP/SAVPF 111 110']);
  });

  it('declines redundancy of a codec that is not spoken', () => {
    expect(answer(CHROMIUM, 'PCMA').media.red).toBeUndefined();
  });

  it('mirrors the direction', () => {
    expect(answer(CHROMIUM.replace('a=sendrecv', 'a=recvonly'), 'opus')).toMatchObject({
      media: { direction: 'sendonly' },
      sdp: expect.stringContaining('a=sendonly\r\n'),
    });
  });

  it('rejects a second audio section', () => {
    const second = CHROMIUM.slice(CHROMIUM.indexOf('m=audio')).replace('a=mid:0', 'a=mid:1');
    expect(linesOf(answer(CHROMIUM + second, 'opus').sdp, 'm=')).toEqual([
      'm=audio 40000 UDP/TLS/RTP/SAVPF 111 63 110',
      'm=audio 0 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
    ]);
  });

  it('says so when no codec is left', () => {
    const offer = readBrowserOffer(CHROMIUM.replace('opus/48000/2', 'opus/48000'));
    if (!offer.ok) throw new Error('unreadable');
    const answered = answerBrowser(offer.value, LOCAL, ['opus']);
    expect(answered.ok ? undefined : answered.error.code).toBe('media.codec_mismatch');
  });
});

describe('reading a browser offer', () => {
  it.each(Object.keys(BROWSER_OFFERS))('knows the codecs of %s', (name) => {
    const offer = readBrowserOffer(BROWSER_OFFERS[name as keyof typeof BROWSER_OFFERS]);
    expect(offer.ok && offer.value.codecs).toEqual(['opus', 'G722', 'PCMU', 'PCMA']);
  });

  it.each([
    ['Chromium with hidden addresses', CHROMIUM_HIDDEN, ['host', 'srflx', 'relay'], ['udp'], false],
    ['Firefox with hidden addresses', FIREFOX_HIDDEN, ['host', 'srflx', 'relay'], ['udp', 'tcp'], true],
    ['Chromium with two families', CHROMIUM_DUAL_STACK, ['host', 'srflx', 'relay'], ['udp', 'tcp'], false],
  ] as const)('takes the candidates of %s, whatever they are, and needs none', (_, sdp, types, transports, ends) => {
    const offer = readBrowserOffer(sdp);
    if (!offer.ok) throw new Error(JSON.stringify(offer.error));
    const { candidates, endOfCandidates } = offer.value.audio;
    expect([...new Set(candidates.map(({ type }) => type))].toSorted()).toEqual(types.toSorted());
    expect([...new Set(candidates.map(({ transport }) => transport))]).toEqual(transports);
    expect(endOfCandidates).toBe(ends);
    // They change nothing: a lite agent waits to be checked. What it says is the same without any.
    const bare = sdp.replace(/a=(?:candidate:.*|end-of-candidates)\r\n/g, '');
    expect(bare).not.toContain('candidate');
    expect(answer(sdp, 'opus')).toEqual(answer(bare, 'opus'));
    expect(answer(sdp, 'opus').sdp).not.toMatch(/\.local|raddr|tcptype/);
  });

  it.each([
    'a=candidate:1 1 udp 2113937151 138ee25e-08c1-4a7c-8b83-f72299faae2f.local 52613 typ host',
    'a=candidate:1 1 udp 2113937151 host.example.com 52613 typ host generation 0',
    'a=candidate:1 1 tcp 1518214911 192.168.50.2 9 typ host tcptype active',
    'a=candidate:1 1 udp 1677729535 203.0.113.1 1 typ srflx raddr 0.0.0.0 rport 0',
    'a=candidate:1 1 UDP 92217087 2001:db8::1 51778 typ relay raddr :: rport 0',
    'a=candidate:1 1 udp 1 fe80::1%eth0 9 typ host',
    'a=candidate:1 1 ssltcp 1 192.0.2.1 443 typ host',
    'a=candidate:',
    'a=candidate:1 1 udp 99999999999 192.0.2.1 9 typ host',
    'a=candidate:1 300 udp 1 192.0.2.1 99999 typ unheard-of',
  ])('goes on over %s', (line) => {
    const sdp = CHROMIUM.replace('a=ice-ufrag', `${line}\r\na=ice-ufrag`);
    expect(sdp).not.toBe(CHROMIUM);
    expect(answer(sdp, 'opus')).toEqual(answer(CHROMIUM, 'opus'));
  });

  it.each([
    ['a SIP offer', SIPP, 'media.no_audio'],
    ['audio with port 0', CHROMIUM.replace('m=audio 9', 'm=audio 0'), 'media.no_audio'],
    ['no ICE', CHROMIUM.replace(/a=ice-(ufrag|pwd).*\r\n/g, ''), 'media.bad_sdp'],
    ['no fingerprint', CHROMIUM.replace(/a=fingerprint.*\r\n/, ''), 'media.bad_sdp'],
    ['no rtcp-mux', CHROMIUM.replace('a=rtcp-mux\r\n', ''), 'media.bad_sdp'],
    ['a passive DTLS peer', CHROMIUM.replace('actpass', 'passive'), 'dtls.role_conflict'],
    ['a held DTLS peer', CHROMIUM.replace('actpass', 'holdconn'), 'media.bad_sdp'],
    ['garbage', 'garbage', 'media.bad_sdp'],
  ])('refuses %s', (_, sdp, code) => {
    const offer = readBrowserOffer(sdp);
    expect(offer.ok ? undefined : offer.error.code).toBe(code);
  });

  it('takes a bundle-only section as alive', () => {
    const offer = readBrowserOffer(
      CHROMIUM.replace('m=audio 9', 'm=audio 0').replace('a=mid:0', 'a=mid:0\r\na=bundle-only'),
    );
    expect(offer.ok).toBe(true);
  });
});

describe('offering to a browser', () => {
  it('lets the browser be the DTLS client, with telephone-event in each clock rate', () => {
    const sdp = offerToBrowser(LOCAL, ['opus', 'PCMU', 'PCMA']);
    expect(linesOf(sdp, 'm=', 'a=rtpmap', 'a=setup', 'a=mid', 'a=group', 'a=ice-lite')).toEqual([
      'a=ice-lite',
      'a=group:BUNDLE 0',
      'm=audio 40000 UDP/TLS/RTP/SAVPF 111 0 8 63 110 101',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:63 red/48000/2',
      'a=rtpmap:110 telephone-event/48000',
      'a=rtpmap:101 telephone-event/8000',
      'a=mid:0',
      'a=setup:actpass',
    ]);
    expect(parseSdp(sdp).ok).toBe(true);
  });

  it('takes the answer in the order of the browser', () => {
    const accepted = acceptBrowserAnswer(['opus', 'PCMU'], browserAnswer('0 111 101'));
    expect(accepted).toMatchObject({
      ok: true,
      value: {
        media: {
          codecs: [
            { name: 'PCMU', payloadType: 0 },
            { name: 'opus', payloadType: 111 },
          ],
          telephoneEvents: [{ payloadType: 101, clockRate: 8000 }],
        },
      },
    });
  });

  it('refuses codecs that were not offered', () => {
    const accepted = acceptBrowserAnswer(['PCMA'], browserAnswer('111 0'));
    expect(accepted.ok ? undefined : accepted.error.code).toBe('media.codec_mismatch');
  });
});
