import type { BrowserSample } from '@earshot/telemetry';
import { expect, it } from 'vitest';
import { evidenceUrl, writeLetter } from './letter.js';

it.each([
  ['wss://calls.example.com/earshot', 'https://calls.example.com/api/evidence'],
  ['ws://localhost:8080/earshot', 'http://localhost:8080/api/evidence'],
  ['wss://example.com/voice/earshot?x=1', 'https://example.com/voice/api/evidence'],
])('goes from %s to %s', (socket, url) => {
  expect(evidenceUrl(socket)).toBe(url);
});

const envelope = { token: 'token', sessionId: 'session', callId: 'ab'.repeat(16), sentMs: 9 };

it('carries everything where it fits', () => {
  const events = [{ type: 'client.lifecycle', atMs: 1, state: 'leaving' }] as const;
  expect(JSON.parse(writeLetter(envelope, { events, samples: [] }))).toEqual({ ...envelope, events, samples: [] });
});

it('leaves the oldest samples behind, then the oldest events, in bytes as they are sent', () => {
  const samples = Array.from(
    { length: 2_000 },
    (_, atMs): BrowserSample => ({ atMs, ms: 1_000, decoder: 'é'.repeat(20) }),
  );
  const events = Array.from({ length: 100 }, (_, atMs) => ({ type: 'client.stalled', atMs, lateMs: 1 }) as const);
  const text = writeLetter(envelope, { events, samples });
  expect(Buffer.byteLength(text)).toBeLessThan(60_000);
  const read = JSON.parse(text) as { events: object[]; samples: { atMs: number }[] };
  expect(read.events).toHaveLength(100);
  expect(read.samples.length).toBeGreaterThan(300);
  expect(read.samples.at(-1)?.atMs).toBe(1_999);
  const many = Array.from({ length: 5_000 }, (_, atMs) => ({ type: 'client.stalled', atMs, lateMs: 1 }) as const);
  const cut = JSON.parse(writeLetter(envelope, { events: many, samples })) as { events: object[]; samples: object[] };
  expect(cut.samples).toEqual([]);
  expect(cut.events.at(-1)).toMatchObject({ atMs: 4_999 });
});
