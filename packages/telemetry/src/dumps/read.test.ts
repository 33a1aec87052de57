import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeEntry } from '../describe.js';
import { TimelineWriter } from '../testing/timelines.js';
import type { CallTimeline, TimelineEntry } from '../timeline.js';
import { readDump } from './read.js';

const told = ({ entries }: CallTimeline): string[] => entries.map(describeEntry);

/** The calls of a text that must be readable. */
function callsOf(text: string): readonly CallTimeline[] {
  const dump = readDump(text);
  if (!dump.ok) throw new Error(JSON.stringify(dump.error));
  return dump.value.calls;
}

const failure = (text: string): string => {
  const dump = readDump(text);
  return dump.ok ? 'read' : dump.error.code;
};

describe('our own export', () => {
  const timeline = new TimelineWriter().begins('all', []).check('valid').state('connected').ends().done();

  it.each([
    ['a timeline', timeline],
    ['what the API answers', { record: { callId: 'x' }, timeline, verdicts: [], gaps: [] }],
    ['a list', [timeline]],
  ])('is read: %s', (_what, value) => {
    expect(callsOf(JSON.stringify(value))).toEqual([timeline]);
  });

  it('is read as version 1, which had no samples', () => {
    const { samples: _, omittedSamples: __, ...rest } = timeline;
    expect(callsOf(JSON.stringify({ timeline: { ...rest, version: 1 }, reach: [] }))).toEqual([timeline]);
  });

  it('is refused in a later version', () => {
    expect(failure(JSON.stringify({ ...timeline, version: 3 }))).toBe('dump.unknown_format');
  });

  it('counts entries and samples that make no sense as left out', () => {
    const broken = {
      ...timeline,
      entries: [
        ...timeline.entries,
        ...['x', null, {}, { at: 1, source: 'browser', leg: 'caller', event: { type: 'ice.candidate', atMs: 1 } }],
        { at: 1, source: 'gateway', event: { type: 'ice.check', leg: 'caller', from: 7 } },
        { at: 1, source: 'gateway', event: { type: 'constructor' } },
      ],
      samples: [{ at: 1 }, { at: 1, source: 'browser', leg: 'caller', figures: { ms: 'x' } }],
    };
    expect(callsOf(JSON.stringify(broken))[0]).toEqual({ ...timeline, omitted: 6, omittedSamples: 2 });
  });
});

/** As Chromium 156 writes it: values as JSON text, a series for each member. */
const internals = (updateLog: readonly object[], stats: object = {}): string =>
  JSON.stringify({
    getUserMedia: [
      { audio: '', origin: 'http://a', pid: 1, request_id: 0, request_type: 'getUserMedia', rid: 3, timestamp: 990 },
      { audio_track_info: '{"id":"t","label":"Headset"}', video_track_info: 'null', timestamp: 995 },
    ],
    UserAgent: 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36',
    PeerConnections: { '3-1': { pid: 1, url: 'http://a/', rtcConfiguration: '{"iceServers":[]}', updateLog, stats } },
  });

const SDP =
  'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 126\r\nc=IN IP4 0.0.0.0\r\n'.concat(
    'a=rtpmap:111 opus/48000/2\r\na=rtpmap:126 telephone-event/8000\r\na=sendrecv\r\na=setup:actpass\r\n',
    'm=video 0 UDP/TLS/RTP/SAVPF 96\r\n',
  );
const PAIR = 'media goes from host 192.0.2.7:5000 over UDP to 192.0.2.9:40000, 12 ms there and back';

describe('a dump of chrome://webrtc-internals', () => {
  const series = (statsType: string, member: string, values: readonly unknown[], startSecond = 0) => ({
    [`${statsType}1-${member}`]: {
      startTime: new Date(1_000_000 + startSecond * 1_000).toISOString(),
      endTime: new Date(1_002_000).toISOString(),
      statsType,
      values: JSON.stringify(values),
    },
  });
  const times = [1_000_000, 1_001_000, 1_002_000];
  const stats = {
    ...series('inbound-rtp', 'timestamp', times),
    ...series('inbound-rtp', 'kind', ['audio', 'audio', 'audio']),
    ...series('inbound-rtp', 'packetsReceived', [10, 60, 111]),
    ...series('inbound-rtp', '[packetsReceived/s]', [50, 51], 1),
    ...series('inbound-rtp', 'transportId', ['transport1', 'transport1', 'transport1']),
    // Came later than the rest.
    ...series('inbound-rtp', 'totalAudioEnergy', [0.5, 0.75], 1),
    ...series('transport', 'timestamp', times),
    ...series('transport', 'dtlsState', ['connecting', 'connected', 'connected']),
    ...series('transport', 'selectedCandidatePairId', ['candidate-pair1', 'candidate-pair1', 'candidate-pair1']),
    ...series('candidate-pair', 'timestamp', times),
    ...series('candidate-pair', 'localCandidateId', ['local-candidate1', 'local-candidate1', 'local-candidate1']),
    ...series('candidate-pair', 'remoteCandidateId', ['remote-candidate1', 'remote-candidate1', 'remote-candidate1']),
    ...series('candidate-pair', 'currentRoundTripTime', [0.012, 0.012, 0.012]),
    ...series('local-candidate', 'timestamp', times),
    ...series('local-candidate', 'candidateType', ['host', 'host', 'host']),
    ...series('local-candidate', 'address', ['192.0.2.7', '192.0.2.7', '192.0.2.7']),
    ...series('local-candidate', 'port', [5_000, 5_000, 5_000]),
    ...series('remote-candidate', 'timestamp', times),
    ...series('remote-candidate', 'candidateType', ['host', 'host', 'host']),
    ...series('remote-candidate', 'address', ['192.0.2.9', '192.0.2.9', '192.0.2.9']),
    ...series('remote-candidate', 'port', [40_000, 40_000, 40_000]),
  };

  it('gives events and samples', () => {
    const [call] = callsOf(
      internals(
        [
          {
            type: 'setLocalDescriptionOnSuccess',
            value: JSON.stringify({ type: 'offer', sdp: SDP }),
            timestamp: 1_000,
          },
          { type: 'onicegatheringstatechange', value: '"gathering"', timestamp: 1_001 },
          {
            type: 'onicecandidate',
            value: '{"candidate":"candidate:1 1 udp 9 192.0.2.7 5000 typ host generation 0"}',
            timestamp: 1_002,
          },
          {
            type: 'onicecandidateerror',
            value: '{"url":"turn:a.example","errorCode":701,"errorText":"no answer","address":"192.0.2.7"}',
            timestamp: 1_003,
          },
          { type: 'oniceconnectionstatechange', value: '"connected"', timestamp: 1_004 },
          { type: 'onconnectionstatechange', value: '"connected"', timestamp: 1_005 },
          { type: 'close', value: '', timestamp: 1_003_000 },
        ],
        stats,
      ),
    );
    expect(call).toMatchObject({ callId: '3-1', startedAt: 990, endedAt: 1_003_000, vantages: ['browser'] });
    expect(call === undefined ? [] : told(call)).toEqual([
      'Chrome 156 on Windows, SDK chrome://webrtc-internals',
      'asks for the microphone',
      'microphone open: Headset',
      'tries every way: the call begins',
      'local offer set: sendrecv, opus, with telephone-events, at 0.0.0.0:9',
      'candidates: gathering',
      'candidate host 192.0.2.7:5000 over UDP',
      'turn:a.example gave no candidate: 701 (no answer)',
      'connection connected',
      PAIR,
      'DTLS connecting',
      'DTLS connected',
      'connection closed',
    ]);
    expect(call?.samples.map(({ at, figures }) => ({ at, ...figures }))).toMatchObject([
      { at: 1_001_000, ms: 1_000, packetsReceived: 50, remoteEnergy: 0.5 },
      { at: 1_002_000, ms: 1_000, packetsReceived: 51, remoteEnergy: 0.25 },
    ]);
  });

  it('is read in its older form', () => {
    const [call] = callsOf(
      internals([
        { type: 'setRemoteDescription', value: `type: answer, sdp: ${SDP}`, time: '1/2/2020, 10:00:00 AM' },
        {
          type: 'icecandidate',
          value:
            'sdpMid: 0, sdpMLineIndex: 0, candidate: candidate:1 1 udp 9 192.0.2.7 5000 typ srflx, url: stun:b.example',
          time: '1/2/2020, 10:00:01 AM',
        },
        {
          type: 'icecandidateerror',
          value: 'url: turn:b.example\nhost_candidate: 10.0.0.x:1\nerror_text: Unauthorized\nerror_code: 401',
          time: '1/2/2020, 10:00:02 AM',
        },
        { type: 'iceconnectionstatechange', value: 'checking', time: '1/2/2020, 10:00:02 AM' },
        { type: 'iceconnectionstatechange', value: 'failed', time: '1/2/2020, 10:00:17 AM' },
      ]),
    );
    expect(call === undefined ? [] : told(call).slice(2)).toEqual([
      'remote answer set: sendrecv, opus, with telephone-events, at 0.0.0.0:9',
      'candidate srflx 192.0.2.7:5000 over UDP by stun:b.example',
      'turn:b.example gave no candidate: 401 (Unauthorized)',
      'connection connecting',
      'connection failed',
    ]);
  });

  it('names a file without a connection', () => {
    expect(failure('{"PeerConnections":{},"UserAgent":"x"}')).toBe('dump.no_call');
  });
});

/** Lines of the current format. */
const rtcstats = (...lines: readonly (readonly unknown[])[]): string =>
  ['RTCStatsDump', '{"fileFormat":3}', ...lines.map((line) => JSON.stringify(line)), ''].join('\n');

describe('a dump of rtcstats', () => {
  it('is read in its current form, with numbers for names and differences of statistics', () => {
    const [call] = callsOf(
      rtcstats(
        [
          39,
          null,
          { userAgentData: { brands: [{ brand: 'Chromium', version: '150' }], platform: 'Linux' } },
          1_000_000,
        ],
        [60, null, { audio: { deviceId: { exact: 'd' } } }, 'x-0', 5],
        [65, null, 'NotAllowedError: Permission dismissed', 'x-0', 5],
        [39, 'PC_0', { iceTransportPolicy: 'relay' }, 10],
        [3, 'PC_0', { type: 'offer', sdp: SDP }, '2-0', 10],
        // Shortened: both sections are as they were.
        [6, 'PC_0', { type: 'offer', sdp: 'v=\r\nm=\r\nm=\r\n' }, '6-0', 10],
        [15, 'PC_0', 'InvalidAccessError: Failed to set remote answer sdp: no fingerprint', 10],
        [25, 'PC_0', 'connecting', 10],
        ['g', 'PC_0', { 0: { type: 1, 11: 'audio', 14: 10, 5: '1' }, 1: { type: 5, 123: 'new' }, t: 2_000 }, 10],
        ['g', 'PC_0', { 0: { 14: 60 }, 1: { 123: 'connected' }, t: 3_000 }, 10],
        ['g', 'PC_0', { 0: { 14: 61 }, t: 9_000 }, 10],
        ['g', 'PC_0', { 0: { 14: 111 }, 1: null, t: 10_000 }, 10],
        ['MediaStreamTrack.enabled', null, false, 10],
        [51, 'PC_0', [['audio', 'a'], null], 10],
        [36, 'PC_0', null, 10],
      ),
    );
    expect(call === undefined ? [] : told(call)).toEqual([
      'Chrome 150 on Linux, SDK rtcstats',
      'asks for the microphone chosen earlier',
      'no microphone: mic.prompt_dismissed (NotAllowedError, Permission dismissed)',
      'tries relays only: the call begins',
      'local offer set: sendrecv, opus, with telephone-events, at 0.0.0.0:9',
      'the browser refused the remote description (InvalidAccessError, Failed to set remote answer sdp: no fingerprint)',
      'connection connecting',
      'DTLS new',
      'DTLS connected',
      'microphone muted on the page',
      'no microphone is used any more',
      'connection closed',
    ]);
    expect(call?.samples.map(({ figures }) => figures)).toMatchObject([
      { ms: 1_000, packetsReceived: 50, dtlsState: 'connected' },
      // The page stood still, and says so by its absence.
      { ms: 6_000, packetsReceived: 1, lateMs: 5_000 },
      { ms: 1_000, packetsReceived: 50 },
    ]);
  });

  it('is read in its older form', () => {
    const lines = [
      { path: '/', userAgent: 'Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/152.0', fileFormat: 2 },
      ['navigator.mediaDevices.getUserMedia', null, { audio: true }, 1_000],
      ['navigator.mediaDevices.getUserMediaOnSuccess', null, { tracks: [{ kind: 'audio', label: 'Mic' }] }, 1_005],
      ['create', 'PC_0', { browserType: 'moz' }, 1_010],
      ['addTrack', 'PC_0', 'audio:a stream:s', 1_011],
      ['oniceconnectionstatechange', 'PC_0', 'checking', 1_012],
      ['oniceconnectionstatechange', 'PC_0', 'completed', 1_013],
      [
        'getstats',
        'PC_0',
        { i: { type: 'inbound-rtp', kind: 'audio', packetsReceived: 5, timestamp: 0 }, timestamp: 2_000 },
        2_000,
      ],
      ['getstats', 'PC_0', { i: { packetsReceived: 9, timestamp: 0 }, timestamp: 3_000 }, 3_000],
    ];
    const [call] = callsOf(lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(call === undefined ? [] : told(call)).toEqual([
      'Firefox 152 on Linux, SDK rtcstats',
      'asks for the microphone',
      'microphone open: Mic',
      'tries every way: the call begins',
      'connection connecting',
      'connection connected',
    ]);
    expect(call?.samples.map(({ figures }) => figures)).toEqual([{ ms: 1_000, packetsReceived: 4 }]);
  });

  it('goes over lines that are none', () => {
    expect(callsOf(`${rtcstats(['create', 'PC_0', {}, 5])}{"half`)).toHaveLength(1);
    expect(failure(rtcstats())).toBe('dump.no_call');
  });
});

describe('a file that is no dump', () => {
  it.each([
    ['', 'dump.unknown_format'],
    ['hello', 'dump.unknown_format'],
    ['[]', 'dump.unknown_format'],
    ['{"a":1}', 'dump.unknown_format'],
    ['{"UserAgent":"x","PeerConnections":{"1":{"updateLog":[', 'dump.truncated'],
  ])('is named: %s', (text, code) => {
    expect(failure(text)).toBe(code);
  });
});

describe('whatever a file holds', () => {
  /** JSON of about the shape of a dump, so that the readers get far into it. */
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      SDP,
      'candidate:1 1 udp 9 a 5 typ host',
      'type: offer, sdp: m=audio',
      '[1,2]',
      1e300,
      -1,
      '__proto__',
    ),
  );
  const fields = (names: readonly string[]) =>
    fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), value, { maxKeys: 6 });
  const stats = fields(['type', 'kind', 'timestamp', 'packetsReceived', 'localCandidateId', 'dtlsState', 't', '14']);
  const line = fc.tuple(
    fc.constantFrom(
      'getStats',
      'getstats',
      'create',
      'onicecandidate',
      'setLocalDescription',
      'earshot.event',
      6,
      'g',
      20,
    ),
    fc.constantFrom('PC_0', null, 'x'),
    fc.oneof(value, fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(value, stats), { maxKeys: 4 })),
    fc.oneof(fc.double(), fc.integer(), value),
  );
  const connection = fc.record({
    updateLog: fc.array(fc.oneof(value, fields(['type', 'value', 'timestamp', 'time']))),
    stats: fc.dictionary(
      fc.constantFrom('a-timestamp', 'a-type', 'b-timestamp', 'b-packetsReceived', '-', 'a-[x]', '__proto__-__proto__'),
      fc.oneof(value, fields(['startTime', 'endTime', 'values', 'statsType'])),
    ),
  });
  const entry = fields(['at', 'source', 'leg', 'event', 'figures']);
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(line).map((lines) => rtcstats(...lines)),
    fc.array(line).map((lines) => lines.map((one) => JSON.stringify(one)).join('\n')),
    fc
      .dictionary(fc.string({ maxLength: 3 }), fc.oneof(connection, value))
      .map((PeerConnections) => JSON.stringify({ PeerConnections, getUserMedia: [{}, 7], UserAgent: 'x' })),
    fc
      .record({
        version: fc.constantFrom(1, 2, 'x'),
        entries: fc.array(entry),
        samples: fc.array(entry),
        clocks: value,
      })
      .map((one) => JSON.stringify(one)),
  );

  it('the reader says what it is, and its entries can be told', () => {
    fc.assert(
      fc.property(text, (content) => {
        const dump = readDump(content);
        if (!dump.ok) return;
        for (const call of dump.value.calls) {
          expect(call.entries.map((one: TimelineEntry) => describeEntry(one)).every((one) => one.length > 0)).toBe(
            true,
          );
          expect(call.samples.every(({ figures }) => Number.isFinite(figures.ms))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
