import { describe, expect, it } from 'vitest';
import { callWords, endWords, formatDuration, meterShare, pathWords } from './words.js';

describe('the words of the page', () => {
  it('count a call', () => {
    expect([0, 7.9, 754, 3_723].map(formatDuration)).toEqual(['0:00', '0:07', '12:34', '1:02:03']);
  });

  it('never say connected for a call that waits for audio', () => {
    const scene = { state: 'answered', incoming: false, muted: false } as const;
    expect(callWords({ ...scene, waiting: ['down'] })).toEqual({
      title: 'Answered, waiting for audio…',
      hint: 'Nothing is heard from the other side yet.',
    });
    expect(callWords({ ...scene, waiting: ['up'] }).hint).toBe('The other side does not receive your voice yet.');
    expect(callWords({ ...scene, waiting: ['up', 'down'] }).hint).toBe('Checking that you hear each other.');
  });

  it('tell who ended a call', () => {
    expect(endWords({ result: 'completed', by: 'far-end' }, 42)).toBe('The other side hung up after 0:42');
    expect(endWords({ result: 'completed', by: 'browser' }, 42)).toBe('Call ended after 0:42');
    expect(endWords({ result: 'cancelled', by: 'browser' }, undefined)).toBe('Call cancelled');
  });

  it('hold the place of a path that is not known yet', () => {
    expect(pathWords(undefined).map(({ value }) => value)).toEqual(['–', '–', '–', '–']);
    const path = { codec: 'opus', candidateType: 'host', protocol: 'udp', roundTripMs: 0.63 };
    expect(pathWords(path).map(({ value }) => value)).toEqual(['opus', 'host', 'UDP', '0.6 ms']);
  });

  it('fill the meter by decibels', () => {
    expect([0, 0.0001, 1].map(meterShare)).toEqual([0, 0, 1]);
    expect(meterShare(0.1)).toBeCloseTo(2 / 3);
    expect(meterShare(Number.NaN)).toBe(0);
  });
});
