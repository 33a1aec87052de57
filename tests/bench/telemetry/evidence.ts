import type { CallRecord, CallTimeline, LegFigures, Sample, TimelineEntry } from '@earshot/telemetry';
import type { EvidencePart } from '../../../apps/gateway/dist/store/index.js';

/** A call's browser is sampled once a second, and so is each of its legs at the gateway. */
const SAMPLES_A_SECOND = 3;
/** Entries come in flocks; over a call of three minutes it is about so many. */
const ENTRIES_A_SECOND = 1;

const browserSample = (at: number, random: () => number): Sample => ({
  at,
  source: 'browser',
  leg: 'caller',
  figures: {
    ms: 1000,
    packetsReceived: 49 + Math.floor(random() * 3),
    bytesReceived: 3900 + Math.floor(random() * 300),
    packetsLost: random() < 0.05 ? 1 : 0,
    packetsDiscarded: 0,
    jitterMs: Math.round(random() * 80) / 10,
    samplesReceived: 48_000,
    concealedSamples: Math.floor(random() * 200),
    silentConcealedSamples: 0,
    concealmentEvents: random() < 0.05 ? 1 : 0,
    jitterBufferMs: Math.round(400 + random() * 200) / 10,
    remoteEnergy: Math.round(random() * 10_000) / 1e6,
    remoteSeconds: 1,
    packetsSent: 50,
    bytesSent: 3900 + Math.floor(random() * 300),
    micEnergy: Math.round(random() * 10_000) / 1e6,
    micSeconds: 1,
    remotePacketsLost: 0,
    remoteJitterMs: Math.round(random() * 50) / 10,
    roundTripMs: Math.round(300 + random() * 100) / 10,
    pairRoundTripMs: Math.round(280 + random() * 100) / 10,
    transportBytesSent: 5500 + Math.floor(random() * 300),
    transportBytesReceived: 5500 + Math.floor(random() * 300),
    synthesizedSeconds: 0,
    playoutDelayMs: 12,
    hidden: false,
    lateMs: Math.floor(random() * 4),
  },
});

const legFigures = (random: () => number): LegFigures => ({
  ms: 1000,
  codec: 'opus',
  packetsReceived: 50,
  bytesReceived: 3900 + Math.floor(random() * 300),
  packetsLost: random() < 0.05 ? 1 : 0,
  jitterMs: Math.round(random() * 80) / 10,
  maxGapMs: 20 + Math.floor(random() * 20),
  packetsSent: 50,
  bytesSent: 3900 + Math.floor(random() * 300),
  remotePacketsLost: 0,
  remoteJitterMs: Math.round(random() * 50) / 10,
  roundTripMs: Math.round(300 + random() * 100) / 10,
  srtpAuthFailures: 0,
  levelDb: -20 - Math.floor(random() * 30),
});

const gatewaySample = (at: number, leg: 'caller' | 'callee', random: () => number): Sample => ({
  at,
  source: 'gateway',
  leg,
  figures: legFigures(random),
});

function entry(at: number, random: () => number): TimelineEntry {
  const address = `198.51.100.${Math.floor(random() * 250)}`;
  const port = 40_000 + Math.floor(random() * 20_000);
  if (random() < 0.5) {
    const event = {
      type: 'ice.check',
      leg: 'caller',
      outcome: 'answered',
      from: { address, port },
      count: 4,
      until: at,
    };
    return { at, source: 'gateway', event } as TimelineEntry;
  }
  const candidate = { type: 'srflx', protocol: 'udp', address, port } as const;
  return { at, source: 'browser', leg: 'caller', event: { type: 'ice.candidate', atMs: at % 100_000, candidate } };
}

/** What is seen of a call in so many seconds. */
export function evidencePart(
  { key, callId, startedAt }: CallRecord,
  from: number,
  seconds: number,
  random: () => number,
): EvidencePart {
  const entries: TimelineEntry[] = [];
  const samples: Sample[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const at = from + second * 1000;
    for (let count = 0; count < ENTRIES_A_SECOND; count += 1) entries.push(entry(at + 7, random));
    samples.push(
      browserSample(at + 400, random),
      gatewaySample(at, 'caller', random),
      gatewaySample(at, 'callee', random),
    );
  }
  const head: Omit<CallTimeline, 'entries' | 'samples'> = {
    version: 2,
    callId,
    startedAt,
    caller: 'browser',
    callee: 'sip',
    clocks: [{ leg: 'caller', askedAt: startedAt - 40, withinMs: 12 }],
    omitted: 0,
    omittedSamples: 0,
  };
  return { key, callId, head, entries, samples };
}

export const eventsOf = (seconds: number): number => seconds * (ENTRIES_A_SECOND + SAMPLES_A_SECOND);
