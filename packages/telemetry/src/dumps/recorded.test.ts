import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeEntry } from '../describe.js';
import type { BrowserFigures } from '../sample.js';
import type { CallTimeline } from '../timeline.js';
import { type DumpFormat, readDump } from './read.js';

/** Dumps of real calls of Chromium 156 through the gateway; the first without the statistics that nobody reads. */
const RECORDED = {
  'internals-silent-microphone': 'webrtc-internals',
  'rtcstats-5.2-healthy': 'rtcstats',
  'rtcstats-chromium-unheard': 'rtcstats',
} as const satisfies Record<string, DumpFormat>;

function recorded(name: keyof typeof RECORDED): CallTimeline {
  const text = readFileSync(new URL(`../testing/dumps/${name}.txt`, import.meta.url), 'utf8');
  const dump = readDump(text);
  if (!dump.ok || dump.value.calls.length !== 1) throw new Error(`${name} is not one call`);
  expect(dump.value.format).toBe(RECORDED[name]);
  return dump.value.calls[0] as CallTimeline;
}

const told = ({ entries }: CallTimeline): string[] => entries.map(describeEntry);

const figuresOf = ({ samples }: CallTimeline): BrowserFigures[] =>
  samples.map(({ figures }) => figures as BrowserFigures);

const sum = (figures: readonly BrowserFigures[], name: keyof BrowserFigures): number =>
  figures.reduce((total, one) => total + Number(one[name] ?? 0), 0);

/** What every call of a browser leaves, in its order. */
const STORY = [
  /^Chrome 156 on Linux/,
  /^asks for the microphone/,
  /^microphone open: Fake/,
  /^tries every way/,
  /^local offer set: sendrecv, opus/,
  /^candidate host /,
  /^remote answer set: sendrecv, opus/,
  /^media goes from host /,
];

function expectStory(call: CallTimeline): void {
  const places = STORY.map((pattern) => told(call).findIndex((text) => pattern.test(text)));
  expect(places).not.toContain(-1);
  // A browser may gather before it is answered, or after.
  const fixed = places.filter((_, index) => index !== 5);
  expect(fixed).toEqual([...fixed].sort((a, b) => a - b));
}

describe('recorded dumps', () => {
  it.each(Object.keys(RECORDED) as (keyof typeof RECORDED)[])('%s tells the story of a call', (name) => {
    const call = recorded(name);
    expectStory(call);
    expect(call.endedAt).toBeUndefined();
    const figures = figuresOf(call);
    expect(figures.length).toBeGreaterThan(5);
    for (const { ms, dtlsState, packetsSent } of figures.slice(1)) {
      expect(ms).toBeGreaterThan(900);
      expect(ms).toBeLessThan(1_200);
      expect(dtlsState).toBe('connected');
      expect(packetsSent).toBeGreaterThan(40);
    }
  });

  it('a healthy call was heard, and spoken to', () => {
    const figures = figuresOf(recorded('rtcstats-5.2-healthy'));
    expect(sum(figures, 'packetsReceived')).toBeGreaterThan(250);
    expect(sum(figures, 'remoteEnergy')).toBeGreaterThan(0.05);
    expect(sum(figures, 'micEnergy')).toBeGreaterThan(0.05);
    expect(figures.at(-1)).toMatchObject({ decoder: 'opus', packetsLost: 0 });
  });

  it('a silent microphone sends packets without energy', () => {
    const figures = figuresOf(recorded('internals-silent-microphone'));
    expect(sum(figures, 'micEnergy')).toBeLessThan(1e-6);
    expect(sum(figures, 'micSeconds')).toBeGreaterThan(4);
    expect(sum(figures, 'remoteEnergy')).toBeGreaterThan(0.01);
  });

  it('where nothing ever came, nothing was received', () => {
    const figures = figuresOf(recorded('rtcstats-chromium-unheard'));
    expect(new Set(figures.map(({ packetsReceived }) => packetsReceived))).toEqual(new Set([0]));
  });
});
