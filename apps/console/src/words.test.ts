import type { MediaPath } from '@earshot/client';
import { describe, expect, it } from 'vitest';
import { callWords, endWords, formatDuration, meterShare, partyName, pathWords } from './words.js';

const DIRECT: MediaPath = {
  codec: 'opus',
  via: 'direct',
  transport: 'udp',
  family: 'IPv4',
  server: undefined,
  candidateType: 'host',
  roundTripMs: 0.63,
  hint: undefined,
};

describe('the words of the page', () => {
  it('count a call', () => {
    expect([0, 7.9, 754, 3_723].map(formatDuration)).toEqual(['0:00', '0:07', '12:34', '1:02:03']);
  });

  it('never say connected for a call that waits for audio', () => {
    const scene = { state: 'answered', incoming: false, muted: false, lasts: 0 } as const;
    expect(callWords({ ...scene, waiting: ['down'] })).toEqual({
      title: 'Answered, waiting for audio…',
      hint: 'Nothing is heard from the other side yet.',
    });
    expect(callWords({ ...scene, waiting: ['up'] }).hint).toBe('The other side does not receive your voice yet.');
    expect(callWords({ ...scene, waiting: ['up', 'down'] }).hint).toBe('Checking that you hear each other.');
  });

  it('point at a question of the browser that was overlooked', () => {
    const scene = { state: 'microphone', incoming: false, muted: false, waiting: [] } as const;
    expect(callWords({ ...scene, lasts: 0 }).hint).toContain('Choose Allow');
    expect(callWords({ ...scene, lasts: 6_000 }).hint).toContain('near the address bar');
  });

  it('name the other side', () => {
    const lines = [{ name: 'echo', title: 'Echo', description: '' }];
    expect(partyName({ uri: 'echo' }, lines)).toBe('Echo');
    expect(partyName({ uri: 'sip:bob@192.0.2.7:5060', displayName: 'Bob' }, lines)).toBe('Bob');
    expect(partyName({ uri: 'sip:bob@192.0.2.7:5060' }, lines)).toBe('bob');
    expect(partyName({ uri: '+15550100' }, lines)).toBe('+15550100');
  });

  it('tell who ended a call', () => {
    expect(endWords({ result: 'completed', by: 'far-end' }, 42)).toBe('They hung up after 0:42');
    expect(endWords({ result: 'completed', by: 'browser' }, 42)).toBe('Call ended after 0:42');
    expect(endWords({ result: 'cancelled', by: 'browser' }, undefined)).toBe('Call cancelled');
  });

  it('hold the place of a path that is not known yet', () => {
    expect(pathWords(undefined).map(({ value }) => value)).toEqual(['–', '–', '–']);
    expect(pathWords(DIRECT).map(({ value }) => value)).toEqual(['Direct', 'opus', '0.6 ms']);
  });

  it('say which way the audio goes, and why it takes a detour', () => {
    const route = (path: Partial<MediaPath>): string | undefined => pathWords({ ...DIRECT, ...path })[0]?.value;
    expect(route({ via: 'relay' })).toBe('Through the relay');
    expect(route({ via: 'relay', transport: 'tcp' })).toBe('Through the relay, by TCP');
    expect(route({ via: 'relay', transport: 'tls', hint: 'ice.relay_tcp' })).toBe(
      'Through the relay, by TLS (this network blocks UDP)',
    );
  });

  it('fill the meter by decibels', () => {
    expect([0, 0.0001, 1].map(meterShare)).toEqual([0, 0, 1]);
    expect(meterShare(0.1)).toBeCloseTo(2 / 3);
    expect(meterShare(Number.NaN)).toBe(0);
  });
});
