import { expect, it } from 'vitest';
import { readFigures } from './stats.js';

const report = (...stats: readonly Readonly<Record<string, unknown>>[]): Map<string, object> =>
  new Map(stats.map((entry) => [String(entry.id), entry]));

it('reads a report of Chromium, where the transport names the pair', () => {
  const figures = readFigures(
    report(
      { id: 'T', type: 'transport', selectedCandidatePairId: 'P2' },
      { id: 'P1', type: 'candidate-pair', localCandidateId: 'L1', nominated: true, state: 'succeeded' },
      {
        id: 'P2',
        type: 'candidate-pair',
        localCandidateId: 'L2',
        remoteCandidateId: 'R',
        currentRoundTripTime: 0.031,
      },
      { id: 'L1', type: 'local-candidate', candidateType: 'host', protocol: 'udp' },
      {
        id: 'L2',
        type: 'local-candidate',
        candidateType: 'relay',
        protocol: 'udp',
        relayProtocol: 'tls',
        address: '192.0.2.7',
        port: 45_000,
        url: 'turns:[2001:db8::1]:443?transport=tcp',
      },
      { id: 'R', type: 'remote-candidate', candidateType: 'host', protocol: 'udp', address: '192.0.2.7', port: 40_000 },
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
      { id: 'O', type: 'outbound-rtp', kind: 'audio', mediaSourceId: 'S', bytesSent: 7_000, packetsSent: 44 },
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
    path: {
      codec: 'PCMA',
      via: 'relay',
      transport: 'tls',
      family: 'IPv6',
      server: 'turns:[2001:db8::1]:443?transport=tcp',
      candidateType: 'relay',
      roundTripMs: 31,
    },
    pair: {
      local: {
        type: 'relay',
        protocol: 'udp',
        address: '192.0.2.7',
        port: 45_000,
        relayProtocol: 'tls',
        url: 'turns:[2001:db8::1]:443?transport=tcp',
      },
      remote: { type: 'host', protocol: 'udp', address: '192.0.2.7', port: 40_000 },
      roundTripMs: 31,
    },
  });
});

it('reads a report of Firefox, which marks the pair', () => {
  const figures = readFigures(
    report(
      { id: 'P1', type: 'candidate-pair', localCandidateId: 'L1', nominated: false, state: 'succeeded' },
      { id: 'P2', type: 'candidate-pair', localCandidateId: 'L2', selected: true, nominated: true },
      { id: 'L2', type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'tcp' },
    ),
  );
  expect(figures.path).toEqual({
    codec: undefined,
    via: 'relay',
    transport: 'tcp',
    family: undefined,
    server: undefined,
    candidateType: 'relay',
    roundTripMs: undefined,
  });
});

/** A report with one pair. */
const pairOf = (local: object, remote: object) =>
  readFigures(
    report(
      { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
      { id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' },
      { id: 'L', type: 'local-candidate', ...local },
      { id: 'R', type: 'remote-candidate', ...remote },
    ),
  ).path;

it('knows the family by the next hop: the gateway, or the relay', () => {
  const gateway = { candidateType: 'host', protocol: 'udp', address: '2001:db8::5', port: 40_000 };
  expect(pairOf({ candidateType: 'host', protocol: 'udp', address: 'f00.local' }, gateway).family).toBe('IPv6');
  const relayed = { candidateType: 'relay', protocol: 'udp', relayProtocol: 'udp', address: '2001:db8::7' };
  expect(pairOf({ ...relayed, url: 'turn:192.0.2.1:3478' }, gateway).family).toBe('IPv4');
  expect(pairOf({ ...relayed, url: 'turn:turn.example.com', relatedAddress: '192.0.2.9' }, gateway)).toMatchObject({
    family: 'IPv4',
    server: 'turn:turn.example.com',
  });
  expect(pairOf({ ...relayed, url: 'turn:turn.example.com' }, gateway).family).toBe(undefined);
  expect(pairOf({ ...relayed, relatedAddress: '0.0.0.0' }, gateway).family).toBe(undefined);
});

it('knows a relayed path by its relay, though its candidate is known as prflx', () => {
  const local = { candidateType: 'prflx', protocol: 'udp', relayProtocol: 'udp', address: '192.0.2.7' };
  expect(pairOf(local, { candidateType: 'host', address: '192.0.2.1' })).toMatchObject({
    via: 'relay',
    candidateType: 'prflx',
  });
});

it('makes nothing up from an empty report', () => {
  expect(readFigures(report())).toMatchObject({ bytesReceived: 0, concealed: 0, microphoneLevel: undefined });
});
