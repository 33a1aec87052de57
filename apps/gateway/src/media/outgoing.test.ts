import { expect, it } from 'vitest';
import { Outgoing, Slices } from './outgoing.js';

it('gives the bytes asked for, and the same slice again for the same place', () => {
  const slices = new Slices();
  const buffer = Uint8Array.from({ length: 4000 }, (_, index) => index & 0xff);
  const first = slices.of(buffer, 4, 172);
  expect([...first]).toEqual([...buffer.subarray(4, 176)]);
  expect(slices.of(buffer, 4, 172)).toBe(first);
  expect(slices.of(buffer.subarray(4), 0, 172)).toBe(first);
  expect(slices.of(buffer, 4, 3000)).toEqual(buffer.subarray(4, 3004));
});

it('tells other places and other buffers of the same length apart', () => {
  const slices = new Slices();
  const [one, other] = [new Uint8Array(64).fill(1), new Uint8Array(64).fill(2)];
  expect([...slices.of(one, 0, 2)]).toEqual([1, 1]);
  expect([...slices.of(other, 0, 2)]).toEqual([2, 2]);
  one[9] = 3;
  expect([...slices.of(one, 8, 2)]).toEqual([1, 3]);
});

it('never changes a packet that the system has not taken yet', () => {
  const outgoing = new Outgoing();
  const build = Uint8Array.of(0, 1, 2, 3);
  const taken = outgoing.put(build, 1, 3);
  expect(taken).toEqual(Uint8Array.of(1, 2, 3));
  build.fill(9);
  expect(taken).toEqual(Uint8Array.of(1, 2, 3));
  outgoing.leave();
  const after = outgoing.put(build, 1, 3);
  expect([taken, after]).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(9, 9, 9)]);
  expect(outgoing.put(build, 0, 4)?.buffer).toBe(after?.buffer);
  expect(outgoing.put(new Uint8Array(4096), 0, 4096)).toBeUndefined();
});
