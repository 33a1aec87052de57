import { CallWriter } from './call-writer.js';
import type { Case } from './cases.js';

const talking = (): CallWriter => new CallWriter().connects().runs(5);
const SYMPTOM = 6_270;

/** What arrives of 50 packets a second by the second since the line became too narrow: first they wait, then they are lost. */
const narrow = (second: number): { packetsReceived: number; packetsLost: number } =>
  [
    { packetsReceived: 41, packetsLost: 0 },
    { packetsReceived: 24, packetsLost: 0 },
    { packetsReceived: 25, packetsLost: 4 },
  ][second - 6] ?? { packetsReceived: 32, packetsLost: 18 };

/** Lines that are too narrow or too long, told before round trips and reports have gone round often enough. */
export const LINE_CASES: readonly Case[] = [
  {
    code: 'network.congestion',
    name: 'packets of the browser wait, then are lost, and nobody measured it',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () => talking().runs(12, { caller: narrow }).ends(),
  },
  {
    code: 'network.congestion',
    name: 'packets to the browser wait, then are lost, and nobody measured it',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { page: (i) => ({ ...narrow(i), concealedSamples: 9_000, concealmentEvents: 12 }) })
        .ends(),
  },
  {
    code: 'network.loss',
    name: 'a quarter is lost, and nothing waits',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(12, { caller: (i) => ({ packetsLost: 12 + (i % 3), packetsReceived: 38 - (i % 3), lossRuns: 11 }) })
        .ends(),
  },
  {
    code: 'network.delay',
    name: 'a step of delay that the first report saw half of',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    write: () =>
      talking()
        .runs(1, {
          page: { packetsReceived: 33, roundTripMs: 354, concealedSamples: 16_000, concealmentEvents: 1 },
          caller: { packetsReceived: 33 },
        })
        .runs(1, { page: { roundTripMs: 354, checksAnswered: 0 } })
        .runs(1, { page: { roundTripMs: 355, pairRoundTripMs: 702 }, caller: { roundTripMs: 704 } })
        .runs(10, {
          page: (i) => ({ roundTripMs: 704 + (i % 3), pairRoundTripMs: 702 + (i % 5), jitterBufferMs: 90 }),
          caller: { roundTripMs: 703 },
        })
        .ends(),
  },
  {
    code: 'network.jitter',
    name: 'uneven on the way to the browser, as its report says first',
    side: 'caller',
    weight: 'degraded',
    symptomMs: SYMPTOM,
    withinMs: 4_000,
    write: () =>
      talking()
        .runs(12, { page: { jitterMs: 33, jitterBufferMs: 130 }, caller: { remoteJitterMs: 41 } })
        .ends(),
  },
];
