import { expect, it } from 'vitest';
import { ExtendedSequence } from './sequence.js';

function started(first = 100): ExtendedSequence {
  const sequence = new ExtendedSequence();
  sequence.update(first - 1);
  sequence.update(first);
  return sequence;
}

it('believes a source after two packets in a row', () => {
  const sequence = new ExtendedSequence();
  expect(sequence.update(5)).toBe('probation');
  expect(sequence.update(9)).toBe('probation');
  expect(sequence.valid).toBe(false);
  expect(sequence.update(10)).toBe('first');
  expect(sequence.valid).toBe(true);
  expect(sequence.expected).toBe(1);
});

it('counts on across the wrap of 16 bits', () => {
  const sequence = started(0xfffe);
  for (const next of [0xffff, 0, 1]) expect(sequence.update(next)).toBe('in-order');
  expect(sequence.expected).toBe(4);
  expect(sequence.received).toBe(4);
  expect(sequence.highest - sequence.base).toBe(3);
});

it('tells late from repeated', () => {
  const sequence = started(100);
  expect(sequence.update(103)).toBe('in-order');
  expect(sequence.update(101)).toBe('reordered');
  expect(sequence.update(101)).toBe('duplicate');
  expect(sequence.update(103)).toBe('duplicate');
  expect(sequence.expected).toBe(4);
});

it('takes a jump seriously once a second packet follows it', () => {
  const sequence = started(100);
  expect(sequence.update(40_000)).toBe('jump');
  expect(sequence.update(101)).toBe('in-order');
  expect(sequence.update(40_000)).toBe('jump');
  expect(sequence.update(40_001)).toBe('restart');
  expect(sequence.expected).toBe(1);
  expect(sequence.update(40_002)).toBe('in-order');
});
