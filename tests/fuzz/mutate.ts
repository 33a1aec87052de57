import { concat } from '@earshot/base';
import type { Random } from './random.js';

/** Values at the edges of what lengths and counters may be. */
const EDGES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const MAX_LENGTH = 4096;

type Mutation = (bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

const flipBit: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
};

const setEdge: Mutation = (bytes, random) => {
  bytes[random.below(bytes.length)] = random.pick(EDGES);
  return bytes;
};

const setRandom: Mutation = (bytes, random) => {
  bytes[random.below(bytes.length)] = random.next();
  return bytes;
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1));

const remove: Mutation = (bytes, random) => {
  const from = random.below(bytes.length);
  const to = Math.min(bytes.length, from + 1 + random.below(16));
  return concat(bytes.subarray(0, from), bytes.subarray(to));
};

const insert: Mutation = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  return concat(bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at));
};

const repeat: Mutation = (bytes, random) => {
  const from = random.below(bytes.length);
  const part = bytes.subarray(from, from + 1 + random.below(64));
  const copies = Array.from({ length: 1 + random.below(8) }, () => part);
  return concat(bytes.subarray(0, from), ...copies, bytes.subarray(from));
};

const splice: Mutation = (bytes, random, corpus) => {
  const other = random.pick(corpus);
  return concat(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1)));
};

const MUTATIONS: readonly Mutation[] = [flipBit, setEdge, setRandom, truncate, remove, insert, repeat, splice];

/** A copy of one of the corpus, changed in one to six places. */
export function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = random.pick(corpus).slice();
  for (let count = 1 + random.below(6); count > 0 && bytes.length > 0; count -= 1) {
    bytes = random.pick(MUTATIONS)(bytes, random, corpus).slice(0, MAX_LENGTH);
  }
  return bytes;
}
