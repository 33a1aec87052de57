import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutated, sessionDescription } from '../testing/arbitraries.js';
import { ASTERISK, BARESIP, BROWSER_OFFERS, CHROMIUM, FIREFOX_VIDEO, SIP_OFFERS, SIPP } from '../testing/fixtures.js';
import { parseSdp } from './parse.js';
import { printSdp } from './print.js';
import type { AudioSection } from './session-description.js';

function audioOf(sdp: string): AudioSection {
  const parsed = parseSdp(sdp);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const audio = parsed.value.sections.find((section) => section.kind === 'audio');
  if (audio === undefined) throw new Error('no audio');
  return audio;
}

const plain = (...lines: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', ...lines, ''].join('\r\n');

describe('reading a session description', () => {
  it('reads the audio of a Chromium offer', () => {
    const audio = audioOf(CHROMIUM);
    expect(audio).toMatchObject({
      port: 9,
      protocol: 'UDP/TLS/RTP/SAVPF',
      address: '0.0.0.0',
      direction: 'sendrecv',
      rtcpMux: true,
      mid: '0',
      ice: { ufrag: 'v5Vb', pwd: 'W8hZ4IJTSDZBqm7Tk78TG+jH' },
      setup: 'actpass',
      msid: { stream: '74ec9ae1-b6a5-4c69-8b50-331bce18ba74', track: '51ea33e1-8705-4ee1-b4cd-1dcb51eaf5fa' },
    });
    expect(audio.formats.map(({ payloadType, name }) => `${payloadType} ${name}`)).toEqual([
      '111 opus',
      '63 red',
      '9 G722',
      '0 PCMU',
      '8 PCMA',
      '13 CN',
      '110 telephone-event',
      '126 telephone-event',
    ]);
    expect(audio.formats[0]).toEqual({
      payloadType: 111,
      name: 'opus',
      clockRate: 48_000,
      channels: 2,
      fmtp: 'minptime=10;useinbandfec=1',
    });
    expect(audio.candidates).toHaveLength(2);
    expect(audio.candidates[0]).toMatchObject({ type: 'host', transport: 'udp', port: 34_450 });
  });

  it('carries what Firefox says for the session into the section', () => {
    const audio = audioOf(FIREFOX_VIDEO);
    expect(audio.fingerprints).toHaveLength(1);
    expect(audio.fingerprints[0]?.value).toMatch(/^5E:80:4B/);
    expect(audio.ice?.ufrag).toBe('1dbc76c8');
    expect(audio.endOfCandidates).toBe(true);
  });

  it('knows static payload types without a=rtpmap', () => {
    expect(audioOf(SIPP)).toMatchObject({
      port: 6000,
      address: '192.0.2.20',
      formats: [{ payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1 }],
    });
  });

  it('prefers the c= line of the section, and reads ptime and maxptime', () => {
    expect(audioOf(ASTERISK)).toMatchObject({ address: '192.0.2.31', ptimeMs: 20, maxPtimeMs: 140 });
  });

  it('reads a=rtcp', () => {
    expect(audioOf(BARESIP).rtcp).toEqual({ port: 18_461 });
  });

  it('leaves out dynamic payload types without a=rtpmap, and candidates that are none', () => {
    const audio = audioOf(plain('m=audio 9 RTP/AVP 96 0', 'a=candidate:1 1 udp x 192.0.2.1 9 typ host'));
    expect(audio.formats.map(({ payloadType }) => payloadType)).toEqual([0]);
    expect(audio.candidates).toEqual([]);
  });

  it('keeps several fingerprints, in one spelling', () => {
    const value = Array(20).fill('ab').join(':');
    const audio = audioOf(
      plain('m=audio 9 RTP/AVP 0', `a=fingerprint:SHA-1 ${value}`, `a=fingerprint:sha-256 ${value}`),
    );
    expect(audio.fingerprints).toEqual([
      { algorithm: 'sha-1', value: value.toUpperCase() },
      { algorithm: 'sha-256', value: value.toUpperCase() },
    ]);
  });

  it('accepts LF and CR line ends', () => {
    for (const end of ['\n', '\r', '\r\n']) expect(audioOf(SIPP.replaceAll('\n', end)).port).toBe(6000);
  });
});

describe('refusing what is none', () => {
  it.each([
    ['', undefined, 'is empty'],
    ['hello', 'line 1', 'is not of the form "x=value"'],
    ['o=- 1 1 IN IP4 192.0.2.1\r\n', 'line 1', 'the first line must be v=0'],
    ['v=1\r\n', 'line 1', 'the first line must be v=0'],
    ['v=0\r\ns=-\r\n', 'line 1', 'the o= line is missing or malformed'],
    ['v=0\r\no=nonsense\r\n', 'line 2', 'the o= line is missing or malformed'],
    [plain('m=audio'), 'line 5', 'malformed m= line'],
    [plain('m=audio 70000 RTP/AVP 0'), 'line 5', 'malformed m= line'],
    [plain('m=audio 9 RTP/AVP 0 128'), 'line 5', 'a payload type is not a number from 0 to 127'],
    [plain('m=audio 9 RTP/AVP 0', 'a=ice-ufrag:abcd'), 'line 6', /^ice-ufrag needs 4/],
    [plain('m=audio 9 RTP/AVP 0', 'a=ice-ufrag:ab', `a=ice-pwd:${'x'.repeat(22)}`), 'line 6', /^ice-ufrag needs 4/],
    [plain('m=audio 9 RTP/AVP 0', 'a=sendrecv', 'a=fingerprint:sha-256 AB'), 'line 7', 'malformed fingerprint'],
    [plain('m=audio 9 RTP/AVP 0', 'a=setup:maybe'), 'line 6', 'unknown a=setup role'],
    [plain('a=x\0y'), 'line 5', 'holds a control character'],
    [plain(`a=${'x'.repeat(5000)}`), 'line 5', 'longer than 4096 characters'],
    ['v=0\r\n'.repeat(3000), undefined, 'more than 2000 lines'],
    ['v'.repeat(65_537), undefined, 'longer than 65536 characters'],
    [plain(...Array(65).fill('m=audio 9 RTP/AVP 0')), 'line 69', 'more than 64 media sections'],
  ])('%#: names the line and the reason', (text, where, detail) => {
    const parsed = parseSdp(text);
    if (parsed.ok) throw new Error('was accepted');
    expect(parsed.error.code).toBe('media.bad_sdp');
    expect(parsed.error.where).toBe(where);
    expect(parsed.error.detail).toMatch(detail);
  });

  it('never throws', () => {
    const texts = Object.values({ ...BROWSER_OFFERS, ...SIP_OFFERS });
    const input = fc.oneof(
      { weight: 4, arbitrary: mutated(texts) },
      fc.string({ unit: 'binary-ascii', maxLength: 200 }),
    );
    fc.assert(
      fc.property(input, (text) => {
        const parsed = parseSdp(text);
        if (!parsed.ok) expect(parsed.error.code).toBe('media.bad_sdp');
      }),
      { seed: 4566, numRuns: 150 },
    );
  });
});

describe('writing', () => {
  it('survives reading: parse(print(x)) is x', () => {
    fc.assert(
      fc.property(sessionDescription, (description) => {
        expect(parseSdp(printSdp(description))).toEqual({ ok: true, value: description });
      }),
      { seed: 8866, numRuns: 80 },
    );
  });

  it.each(Object.entries({ ...BROWSER_OFFERS, ...SIP_OFFERS }))('keeps the meaning of %s', (_, sdp) => {
    const parsed = parseSdp(sdp);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    expect(parseSdp(printSdp(parsed.value))).toEqual(parsed);
  });
});
