import { expect, it } from 'vitest';
import { addCounters, NO_COUNTERS, settled } from './counters.js';

const COUNTERS = {
  ...NO_COUNTERS,
  active: { udp: 2, tcp: 1, tls: 0 },
  allocated: { udp: 5, tcp: 1, tls: 0 },
  streams: 3,
  packetsUp: 10,
  refused: { 'turn.auth_failed': 4 },
} as const;

it('adds up threads, also what one of them has never seen', () => {
  const other = { ...NO_COUNTERS, active: { udp: 0, tcp: 0, tls: 7 }, refused: { 'turn.peer_forbidden': 1 } } as const;
  expect(addCounters(COUNTERS, other)).toEqual({
    ...COUNTERS,
    active: { udp: 2, tcp: 1, tls: 7 },
    refused: { 'turn.auth_failed': 4, 'turn.peer_forbidden': 1 },
  });
});

it('keeps of a thread that is gone what was, and not what is', () => {
  expect(settled(COUNTERS)).toEqual({ ...COUNTERS, active: { udp: 0, tcp: 0, tls: 0 }, streams: 0 });
});
