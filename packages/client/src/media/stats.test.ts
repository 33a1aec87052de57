import { expect, it } from 'vitest';
import { readFigures } from './stats.js';

const report = (...stats: readonly object[]): Map<string, object> =>
  new Map(stats.map((entry, index) => [String(index), entry]));

it('reads a report of Chromium, where the transport names the pair', () => {
  const figures = readFigures(
    report(
      { id: 'T', type: 'transport', selectedCandidatePairId: 'P2' },
      { id: 'P1', type: 'candidate-pair', localCandidateId: 'L1', nominated: true, state: 'succeeded' },
      { id: 'P2', type: 'candidate-pair', localCandidateId: 'L2', currentRoundTripTime: 0.031 },
      { id: 'L1', type: 'local-candidate', candidateType: 'host', protocol: 'udp' },
      { id: 'L2', type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' },
      { id: 'C', type: 'codec', mimeType: 'audio/PCMA' },
      {
        id: 'I',
        type: 'inbound-rtp',
        kind: 'audio',
        codecId: 'C',
        bytesReceived: 8_000,
        packetsReceived: 50,
        packetsLost: 2,
        jitter: 0.004,
        totalSamplesReceived: 48_000,
        concealedSamples: 4_900,
        silentConcealedSamples: 100,
      },
      { id: 'O', type: 'outbound-rtp', kind: 'audio', bytesSent: 7_000, packetsSent: 44 },
      { id: 'S', type: 'media-source', kind: 'audio', audioLevel: 0.1 },
    ),
  );
  expect(figures).toEqual({
    bytesReceived: 8_000,
    packetsReceived: 50,
    packetsLost: 2,
    jitterMs: 4,
    concealed: 0.1,
    bytesSent: 7_000,
    packetsSent: 44,
    microphoneLevel: 0.1,
    remoteLevel: undefined,
    path: { codec: 'PCMA', candidateType: 'relay', protocol: 'tls', roundTripMs: 31 },
  });
});

it('reads a report of Firefox, which marks the pair', () => {
  const figures = readFigures(
    report(
      { id: 'P1', type: 'candidate-pair', localCandidateId: 'L1', nominated: false, state: 'succeeded' },
      { id: 'P2', type: 'candidate-pair', localCandidateId: 'L2', selected: true, nominated: true },
      { id: 'L2', type: 'local-candidate', candidateType: 'prflx', protocol: 'udp' },
    ),
  );
  expect(figures.path).toEqual({ codec: undefined, candidateType: 'prflx', protocol: 'udp', roundTripMs: undefined });
});

it('makes nothing up from an empty report', () => {
  expect(readFigures(report())).toMatchObject({ bytesReceived: 0, concealed: 0, microphoneLevel: undefined });
});
