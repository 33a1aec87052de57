import fc from 'fast-check';
import type {
  AudioFormat,
  AudioSection,
  MediaSection,
  OtherSection,
  SessionDescription,
} from '../sdp/session-description.js';

const textOf = (alphabet: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });
const token = textOf('abcxyzABCXYZ0123456789', 1, 8);
const decimal = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const address = fc.oneof(fc.ipV4(), fc.ipV6());
const port = fc.integer({ min: 0, max: 65_535 });
const iceText = (length: number) => textOf('abcXYZ019+/', length, length);
const fingerprint = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => ({
  algorithm: 'sha-256',
  value: Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:'),
}));

const format: fc.Arbitrary<AudioFormat> = fc.record(
  {
    payloadType: fc.integer({ min: 0, max: 127 }),
    name: token,
    clockRate: fc.constantFrom(8000, 16_000, 48_000),
    channels: fc.constantFrom(1, 2),
    fmtp: fc.constantFrom('0-15', 'minptime=10;useinbandfec=1', 'mode=20; x=y'),
  },
  { requiredKeys: ['payloadType', 'name', 'clockRate', 'channels'] },
);

const candidate = fc.record({
  foundation: token,
  component: fc.constantFrom(1, 2),
  transport: fc.constantFrom('udp', 'tcp'),
  priority: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  address,
  port,
  type: fc.constantFrom('host', 'srflx', 'prflx', 'relay'),
});

const audio: fc.Arbitrary<AudioSection> = fc.record(
  {
    kind: fc.constant('audio' as const),
    port,
    protocol: fc.constantFrom('RTP/AVP', 'UDP/TLS/RTP/SAVPF'),
    formats: fc.uniqueArray(format, { selector: ({ payloadType }) => payloadType, maxLength: 5 }),
    address,
    direction: fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive'),
    ptimeMs: fc.integer({ min: 1, max: 200 }),
    maxPtimeMs: fc.integer({ min: 1, max: 200 }),
    rtcp: fc.record({ port, address }, { requiredKeys: ['port'] }),
    rtcpMux: fc.boolean(),
    bundleOnly: fc.boolean(),
    mid: token,
    msid: fc.record({ stream: token, track: token }, { requiredKeys: ['stream'] }),
    ice: fc.record({ ufrag: iceText(8), pwd: iceText(24) }),
    fingerprints: fc.array(fingerprint, { maxLength: 2 }),
    setup: fc.constantFrom('actpass', 'active', 'passive', 'holdconn'),
    candidates: fc.array(candidate, { maxLength: 3 }),
    endOfCandidates: fc.boolean(),
  },
  {
    requiredKeys: [
      'kind',
      'port',
      'protocol',
      'formats',
      'address',
      'direction',
      'rtcpMux',
      'bundleOnly',
      'fingerprints',
      'candidates',
      'endOfCandidates',
    ],
  },
);

const other: fc.Arbitrary<OtherSection> = fc.record(
  {
    kind: fc.constant('other' as const),
    media: fc.constantFrom('video', 'application', 'text'),
    port,
    protocol: fc.constantFrom('UDP/TLS/RTP/SAVPF', 'UDP/DTLS/SCTP'),
    formats: fc.constantFrom('96 97', 'webrtc-datachannel', '31'),
    mid: token,
  },
  { requiredKeys: ['kind', 'media', 'port', 'protocol', 'formats'] },
);

const section: fc.Arbitrary<MediaSection> = fc.oneof(audio, other);

export const sessionDescription: fc.Arbitrary<SessionDescription> = fc.record(
  {
    origin: fc.record({ username: token, sessionId: decimal, sessionVersion: decimal, address }),
    connection: address,
    iceLite: fc.boolean(),
    iceOptions: fc.uniqueArray(token, { maxLength: 2 }),
    bundle: fc.uniqueArray(token, { maxLength: 3 }),
    sections: fc.array(section, { maxLength: 4 }),
  },
  { requiredKeys: ['origin', 'iceLite', 'iceOptions', 'bundle', 'sections'] },
);

/** A text with characters, lines and words of it dropped, doubled, swapped or overwritten. */
export function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 40 }),
    insert: fc.oneof(
      fc.string({ maxLength: 8, unit: 'binary-ascii' }),
      fc.constantFrom(
        '\r\n',
        '\0',
        ' ',
        '/',
        ':',
        '99999999999',
        '-1',
        'm=audio 9 RTP/AVP 0\r\n',
        'a=',
        '__proto__',
        '%0d%0a',
        '\u2028',
        '\ud800',
        '\u00e9',
      ),
    ),
    repeat: fc.integer({ min: 1, max: 20 }),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 6 })).map(([text, edits]) =>
    edits.reduce((current, { at, length, insert, repeat }) => {
      const start = Math.floor(at * current.length);
      return current.slice(0, start) + insert.repeat(repeat) + current.slice(start + length);
    }, text),
  );
}
