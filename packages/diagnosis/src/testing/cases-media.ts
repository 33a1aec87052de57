import { AUDIO, CallWriter } from './call-writer.js';
import type { Case } from './cases.js';

const call = (): CallWriter => new CallWriter();
const talking = (): CallWriter => call().connects().runs(5);
const SYMPTOM = 6_270;

/** Seeded and even: which packets of a second are lost. */
const lossOf = (percent: number) => (second: number) => {
  const lost = Math.round((50 * percent) / 100) + ((second * 7) % 3) - 1;
  return { packetsLost: Math.max(0, lost), packetsReceived: 50 - Math.max(0, lost) };
};

export const MEDIA_CASES: readonly Case[] = [
  {
    code: 'media.far_end_leg_dead',
    name: 'answered, and not one packet comes',
    side: 'far-end',
    weight: 'fault',
    symptomMs: 1_170,
    write: () =>
      call()
        .begins()
        .reaches()
        .rings()
        .answers()
        .gateway({ type: 'media.received' })
        .runs(28, {
          page: { packetsReceived: 0, remoteEnergy: 0, samplesReceived: 0 },
          caller: { packetsSent: 0 },
          callee: { packetsReceived: 0 },
        })
        .ends('media.far_end_leg_dead', 'gateway'),
  },
  {
    code: 'server.bad_advertised_address',
    name: 'the phone side was told a private address',
    side: 'gateway',
    weight: 'fault',
    write: () =>
      call()
        .begins()
        .reaches()
        .gateway({ type: 'sdp.set', side: 'local', kind: 'offer', audio: { ...AUDIO, address: '10.0.0.0' } }, 'callee')
        .gateway(
          { type: 'sdp.set', side: 'remote', kind: 'answer', audio: { ...AUDIO, address: '198.51.100.0' } },
          'callee',
        )
        .rings()
        .answers()
        .gateway(
          { type: 'sdp.set', side: 'remote', kind: 'answer', audio: { ...AUDIO, address: '198.51.100.0' } },
          'callee',
        )
        .runs(15, { page: { packetsReceived: 0 }, caller: { packetsSent: 0 }, callee: { packetsReceived: 0 } })
        .ends('media.far_end_leg_dead', 'gateway'),
  },
  {
    code: 'media.far_end_leg_dead',
    name: 'packets come, and stop',
    side: 'far-end',
    weight: 'fault',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { page: { packetsReceived: 0 }, caller: { packetsSent: 0 }, callee: { packetsReceived: 0 } })
        .ends(),
  },
  {
    code: 'media.one_way_uplink',
    name: 'the browser sends, nothing arrives, nothing counts as lost',
    side: 'caller',
    weight: 'fault',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { caller: { packetsReceived: 0, packetsLost: 0 }, callee: { packetsSent: 0 } })
        .ends(),
  },
  {
    code: 'media.one_way_uplink',
    name: 'the phone side reports that nothing arrives',
    side: 'far-end',
    weight: 'fault',
    symptomMs: SYMPTOM,
    write: () => talking().gateway({ type: 'media.delivered', evidence: 'denied' }, 'callee').runs(12).ends(),
  },
  {
    code: 'media.one_way_downlink',
    name: 'the gateway sends, nothing reaches the browser',
    side: 'caller',
    weight: 'fault',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, {
          page: {
            packetsReceived: 0,
            packetsLost: 0,
            transportBytesReceived: 300,
            concealedSamples: 48_000,
            remoteEnergy: 0,
          },
        })
        .ends(),
  },
  {
    code: 'media.far_end_silent',
    name: 'packets with digital silence since the answer',
    side: 'far-end',
    weight: 'fault',
    write: () =>
      call()
        .connects()
        .runs(15, { page: { remoteEnergy: 0 }, callee: { levelDb: -127 } })
        .ends(),
  },
  {
    code: 'media.payload_mismatch',
    name: 'packets of a type that nobody agreed on',
    side: 'far-end',
    weight: 'fault',
    write: () =>
      call()
        .connects()
        .runs(12, {
          page: { packetsReceived: 0 },
          caller: { packetsSent: 0 },
          callee: { packetsRefused: 50, packetsReceived: 0 },
        })
        .ends(),
  },
  {
    code: 'dtmf.not_negotiated',
    name: 'a key that cannot be handed on',
    side: 'far-end',
    weight: 'degraded',
    write: () => talking().gateway({ type: 'dtmf.relayed', delivered: false }, 'caller').runs(6).ends(),
  },
  {
    code: 'network.loss',
    name: 'ten percent from the browser',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { caller: lossOf(10) })
        .ends(),
  },
  {
    code: 'network.loss',
    name: 'ten percent to the browser',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { page: (i) => ({ ...lossOf(10)(i), concealedSamples: 4_800, concealmentEvents: 5 }) })
        .ends(),
  },
  {
    code: 'network.loss_burst',
    name: 'runs of a third of a second',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(20, {
          caller: (i) => (i % 3 === 0 ? { packetsLost: 15, packetsReceived: 35, lossRuns: 1, longestLoss: 15 } : {}),
        })
        .ends(),
  },
  {
    code: 'network.jitter',
    name: 'uneven and late, nothing lost',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { page: { jitterMs: 60, packetsDiscarded: 3, concealedSamples: 1_000 }, caller: { jitterMs: 55 } })
        .ends(),
  },
  {
    code: 'network.jitter',
    name: 'uneven on the phone side',
    side: 'far-end',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { page: { jitterMs: 60 }, callee: { jitterMs: 60 } })
        .ends(),
  },
  {
    code: 'network.delay',
    name: 'a long round trip that stays',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { page: { roundTripMs: 650, pairRoundTripMs: 640 } })
        .ends(),
  },
  {
    code: 'network.congestion',
    name: 'the round trip climbs, then packets go missing',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(4, { page: (i) => ({ roundTripMs: 60 * i - 200, pairRoundTripMs: 60 * i - 200 }) })
        .runs(12, { page: { roundTripMs: 380, pairRoundTripMs: 380 }, caller: lossOf(12) })
        .ends(),
  },
  {
    code: 'network.far_end_loss',
    name: 'loss on the SIP leg',
    side: 'far-end',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, {
          callee: lossOf(8),
          page: (i) => ({ ...lossOf(8)(i), concealedSamples: 3_800, concealmentEvents: 4 }),
        })
        .ends(),
  },
  {
    code: 'network.jitter',
    name: 'packets that overtake each other are not lost',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(14, {
          caller: (i) => {
            const missing = i % 2 === 0 ? 7 : -7;
            return {
              jitterMs: 52,
              maxGapMs: 110,
              packetsLost: missing,
              packetsReceived: 50 - missing,
              lossRuns: 6,
              longestLoss: 6,
            };
          },
        })
        .ends(),
  },
  {
    code: 'network.delay',
    name: 'a step that was measured half-way',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(14, {
          page: (i) => ({ roundTripMs: 20, pairRoundTripMs: i < 7 ? 350 : i < 10 ? 702 : 706 }),
        })
        .ends(),
  },
  {
    code: 'network.congestion',
    name: 'a queue that fills, measured seldom',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(8, { page: (i) => ({ roundTripMs: 20, pairRoundTripMs: 18 + 180 * Math.floor((i - 5) / 2.5) * 2.5 }) })
        .runs(10, {
          page: (i) => ({ ...lossOf(15)(i), pairRoundTripMs: 1_210, concealedSamples: 7_000, concealmentEvents: 7 }),
        })
        .ends(),
  },
  {
    code: 'network.loss_burst',
    name: 'runs that browsers hear as long gaps',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(14, {
          page: (i) =>
            i % 2 === 0 ? { packetsLost: 12, packetsReceived: 38, concealedSamples: 12_500, concealmentEvents: 2 } : {},
        })
        .ends(),
  },
  {
    code: 'media.payload_mismatch',
    name: 'packets of another type that are counted as received',
    side: 'far-end',
    weight: 'fault',
    write: () =>
      talking()
        .runs(12, {
          page: { packetsReceived: 0, transportBytesReceived: 200 },
          caller: { packetsSent: 0 },
          callee: { packetsRefused: 50 },
        })
        .ends(),
  },
  {
    code: 'network.jitter',
    name: 'a browser whose buffer has to grow',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(12, { page: (i) => ({ jitterMs: 24 + (i % 4), jitterBufferMs: 105 }) })
        .ends(),
  },
  {
    code: 'network.loss_burst',
    name: 'a run that goes on from one second to the next',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(1, { page: { packetsLost: 7, packetsReceived: 43, concealedSamples: 6_600, concealmentEvents: 1 } })
        .runs(1, { page: { packetsReceived: 40, concealedSamples: 8_500, concealmentEvents: 1 } })
        .runs(1, {
          page: {
            packetsLost: 21,
            packetsReceived: 40,
            concealedSamples: 10_500,
            concealmentEvents: undefined,
          } as never,
        })
        .runs(4)
        .ends(),
  },
  {
    code: 'network.congestion',
    name: 'a queue that reports show before checks do',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      talking()
        .runs(3, { page: { checksAnswered: 0 } })
        .runs(8, {
          page: { checksAnswered: 0, roundTripMs: 888 },
          caller: { packetsLost: 16, packetsReceived: 33, roundTripMs: 1_185 },
        })
        .ends(),
  },
];
