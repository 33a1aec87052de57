import { describe, expect, it } from 'vitest';
import { figuresBetween } from './stats.js';

const report = (
  ...stats: readonly { readonly id: string; readonly [member: string]: unknown }[]
): Map<string, object> => new Map(stats.map((entry) => [entry.id, entry]));

/** A connection of Chromium `n` seconds after it began, with the members that are read and some that are not. */
const chromium = (n: number, more: { readonly lost?: number; readonly ssrc?: string } = {}) => {
  const timestamp = 1_700_000_000_000 + n * 1_000;
  const { lost = 0, ssrc = 'IT01A1' } = more;
  return report(
    { id: 'P', type: 'peer-connection', timestamp },
    {
      ...{ id: ssrc, type: 'inbound-rtp', kind: 'audio', timestamp, codecId: 'CIT', transportId: 'T', playoutId: 'AP' },
      ...{ packetsReceived: 50 * n, bytesReceived: 5_000 * n, packetsLost: lost, packetsDiscarded: n, jitter: 0.004 },
      ...{
        totalSamplesReceived: 48_000 * n,
        concealedSamples: 480 * n,
        silentConcealedSamples: 0,
        concealmentEvents: n,
      },
      ...{ totalAudioEnergy: 0.25 * n, totalSamplesDuration: n, jitterBufferDelay: 1_920 * n, audioLevel: 0.5 },
      jitterBufferEmittedCount: 48_000 * n,
    },
    { id: 'V', type: 'inbound-rtp', kind: 'video', packetsReceived: 900 * n, timestamp },
    { id: 'CIT', type: 'codec', mimeType: 'audio/opus', timestamp },
    {
      ...{
        id: 'OT',
        type: 'outbound-rtp',
        kind: 'audio',
        timestamp,
        mediaSourceId: 'S',
        remoteId: 'R',
        transportId: 'T',
      },
      ...{ packetsSent: 50 * n, bytesSent: 4_000 * n, targetBitrate: 32_000 },
    },
    { id: 'S', type: 'media-source', kind: 'audio', totalAudioEnergy: 0.5 * n, totalSamplesDuration: n, timestamp },
    { id: 'R', type: 'remote-inbound-rtp', kind: 'audio', packetsLost: n, jitter: 0.002, roundTripTime: 0.05 },
    {
      ...{ id: 'T', type: 'transport', selectedCandidatePairId: 'CP2', dtlsState: 'connected' },
      ...{ bytesSent: 6_000 * n, bytesReceived: 7_000 * n },
    },
    { id: 'CP1', type: 'candidate-pair', requestsSent: 99 },
    {
      ...{
        id: 'CP2',
        type: 'candidate-pair',
        requestsSent: 3,
        consentRequestsSent: 2 * n,
        responsesReceived: 3 + 2 * n,
      },
      ...{ currentRoundTripTime: 0.012, availableOutgoingBitrate: 300_000 },
    },
    {
      id: 'AP',
      type: 'media-playout',
      synthesizedSamplesDuration: 0.01 * n,
      totalPlayoutDelay: 4_800 * n,
      totalSamplesCount: 48_000 * n,
    },
  );
};

describe('figures between two reports', () => {
  it('are what was added, and delays as they were at the end', () => {
    expect(figuresBetween(chromium(3), chromium(5))).toEqual({
      ms: 2_000,
      packetsReceived: 100,
      bytesReceived: 10_000,
      packetsLost: 0,
      packetsDiscarded: 2,
      samplesReceived: 96_000,
      concealedSamples: 960,
      silentConcealedSamples: 0,
      concealmentEvents: 2,
      remoteEnergy: 0.5,
      remoteSeconds: 2,
      jitterMs: 4,
      jitterBufferMs: 40,
      decoder: 'opus',
      packetsSent: 100,
      bytesSent: 8_000,
      targetBitrate: 32_000,
      micEnergy: 1,
      micSeconds: 2,
      remotePacketsLost: 2,
      remoteJitterMs: 2,
      roundTripMs: 50,
      checksSent: 4,
      checksAnswered: 4,
      pairRoundTripMs: 12,
      availableBitrate: 300_000,
      transportBytesSent: 12_000,
      transportBytesReceived: 14_000,
      dtlsState: 'connected',
      synthesizedSeconds: expect.closeTo(0.02) as number,
      playoutDelayMs: 100,
    });
  });

  it('are all of it without an earlier report', () => {
    expect(figuresBetween(undefined, chromium(4))).toMatchObject({ ms: 0, packetsReceived: 200, micEnergy: 2 });
  });

  it('count a stream anew whose counters begin anew', () => {
    expect(figuresBetween(chromium(9), chromium(1))).toMatchObject({ packetsReceived: 50 });
    expect(figuresBetween(chromium(9), chromium(10, { ssrc: 'IT01A2' }))).toMatchObject({ packetsReceived: 500 });
  });

  it('let losses be taken back', () => {
    expect(figuresBetween(chromium(1, { lost: 9 }), chromium(2, { lost: 7 })).packetsLost).toBe(-2);
  });

  it('leave out what is not said', () => {
    const firefox = report(
      { id: 'i', type: 'inbound-rtp', mediaType: 'audio', packetsReceived: 5, timestamp: 10 },
      { id: 'p', type: 'candidate-pair', selected: true, nominated: true, currentRoundTripTime: 0.02 },
    );
    expect(figuresBetween(report(), firefox)).toEqual({ ms: 10, packetsReceived: 5, pairRoundTripMs: 20 });
    expect(figuresBetween(report(), report())).toEqual({ ms: 0 });
  });
});
