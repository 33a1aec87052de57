import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BrowserFigures, Sample } from '../sample.js';
import { HOST, relay, SRFLX, TimelineWriter, TURN_TLS } from '../testing/timelines.js';
import type { CallTimeline } from '../timeline.js';
import { readDump } from './read.js';
import { writeRtcstats } from './write-rtcstats.js';

const written = new TimelineWriter()
  .begins('all', [TURN_TLS])
  .browser({ type: 'mic.opened', label: 'Headset' })
  .browser({ type: 'mic.track', state: 'muted' })
  .candidate(HOST)
  .candidate(SRFLX)
  .candidate(relay(TURN_TLS, 'tls'))
  .error(TURN_TLS, 401, 'Unauthorized')
  .browser({ type: 'ice.connection', state: 'connected' })
  .pair(HOST)
  .browser({ type: 'dtls.connection', state: 'connected' })
  .browser({ type: 'playout.state', state: 'failed', code: 'playout.autoplay_blocked' })
  .done();

const sample = (index: number, figures: BrowserFigures): Sample => ({
  at: written.startedAt + (index + 1) * 1_000,
  source: 'browser',
  leg: 'caller',
  figures: { ...figures, ms: 1_000 },
});

function back(timeline: CallTimeline): CallTimeline {
  const dump = readDump(writeRtcstats(timeline));
  const call = dump.ok ? dump.value.calls[0] : undefined;
  if (call === undefined) throw new Error('it was not read');
  return call;
}

const eventsOf = ({ entries }: CallTimeline): object[] =>
  entries.flatMap((entry) => {
    if (entry.source !== 'browser') return [];
    const { atMs: _, ...event } = entry.event;
    return [{ at: entry.at, event }];
  });

const counter = fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined });
const amount = fc.option(fc.double({ min: 0, max: 1_000, noNaN: true }), { nil: undefined });
/** Figures of a browser, some of them left out, always with those that keep the others in place. */
const figures = fc.record({
  packetsReceived: fc.integer({ min: 0, max: 1_000 }),
  bytesReceived: counter,
  packetsLost: fc.option(fc.integer({ min: -5, max: 100 }), { nil: undefined }),
  jitterMs: amount,
  samplesReceived: fc.integer({ min: 1, max: 96_000 }),
  concealedSamples: counter,
  jitterBufferMs: amount,
  remoteEnergy: amount,
  remoteSeconds: amount,
  packetsSent: fc.integer({ min: 0, max: 1_000 }),
  micEnergy: amount,
  micSeconds: amount,
  remotePacketsLost: counter,
  roundTripMs: amount,
  pairRoundTripMs: amount,
  checksSent: counter,
  checksAnswered: counter,
  transportBytesSent: counter,
  dtlsState: fc.constantFrom('connected', undefined),
  synthesizedSeconds: amount,
  playoutDelayMs: amount,
  hidden: fc.option(fc.boolean(), { nil: undefined }),
  lateMs: amount,
  micLevel: amount,
});

it('keeps every event of a browser, at its time', () => {
  expect(eventsOf(back(written))).toEqual(eventsOf(written));
});

it('names what rtcstats has a name for as rtcstats does', () => {
  const names = writeRtcstats(written)
    .split('\n')
    .slice(2, -1)
    .map((line) => (JSON.parse(line) as string[])[0]);
  expect(new Set(names)).toEqual(
    new Set([
      ...['create', 'earshot.event', 'onicegatheringstatechange', 'onicecandidate', 'onicecandidateerror'],
      'onconnectionstatechange',
    ]),
  );
});

it('keeps the figures', () => {
  fc.assert(
    fc.property(fc.array(figures, { minLength: 1, maxLength: 5 }), (list) => {
      // Which objects there are does not change during a call, nor which members they have.
      const shape = list[0] ?? {};
      const samples = list.map((one, index) => {
        const same = Object.entries(shape).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, one[name as keyof typeof one] ?? value]],
        );
        return sample(index, Object.fromEntries(same) as unknown as BrowserFigures);
      });
      const read = back({ ...written, samples }).samples;
      expect(read).toHaveLength(samples.length);
      read.forEach((one, index) => {
        const wanted = samples[index]?.figures ?? {};
        for (const [name, value] of Object.entries(wanted)) {
          const got = one.figures[name as 'ms'];
          if (typeof value === 'number') expect(got, name).toBeCloseTo(value, 5);
          else expect(got, name).toBe(value);
        }
        expect(Object.keys(one.figures).sort()).toEqual(Object.keys(wanted).sort());
      });
    }),
    { numRuns: 100 },
  );
});

it('creates a connection before it says anything of it', () => {
  const lines = writeRtcstats({ ...written, samples: [sample(-5, { ms: 0, packetsSent: 3 })] }).split('\n');
  expect(lines[0]).toBe('RTCStatsDump');
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ fileFormat: 3 });
  expect(JSON.parse(lines[2] ?? '')).toMatchObject(['create', 'caller', {}, written.startedAt - 5_000]);
});

it('writes a connection for each browser', () => {
  const both = { ...written, samples: [sample(0, { ms: 0 }), { ...sample(0, { ms: 0 }), leg: 'callee' } as Sample] };
  const dump = readDump(writeRtcstats(both));
  expect(dump.ok && dump.value.calls.map(({ callId }) => callId)).toEqual(['caller', 'callee']);
});
