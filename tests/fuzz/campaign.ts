import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { toHex } from '@earshot/base';
import fc from 'fast-check';
import { mutate } from './mutate.js';
import { Random } from './random.js';

/** A parser, or a state machine that takes what parsers give, under attack. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs to mutate; at least one. */
  readonly seeds: readonly Uint8Array[];
  /** Inputs of the right structure with any content. */
  readonly structured: fc.Arbitrary<Uint8Array>;
  /** A fresh consumer that lives for the whole campaign, so that what it keeps of hostile inputs adds up. */
  readonly create: () => (input: Uint8Array, now: number) => void;
}

export interface Campaign {
  readonly inputs: number;
  readonly seed: number;
}

/** What a consumer may keep after any number of hostile inputs. */
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;
const RANDOM_LENGTH = 300;
const BATCH = 500;

/** Heap and buffers in use, in bytes, after a full collection. */
const memoryInUse = (() => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  return (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
})();

/** One part random bytes, three parts structured, four parts mutations. */
function* inputsOf({ seeds, structured }: FuzzTarget, { inputs, seed }: Campaign): Generator<Uint8Array> {
  const random = new Random(seed);
  let batch: Uint8Array[] = [];
  for (let index = 0; index < inputs; index += 1) {
    const kind = index % 8;
    if (kind === 0) yield random.bytes(random.below(RANDOM_LENGTH));
    else if (kind < 4) {
      if (batch.length === 0) batch = fc.sample(structured, { numRuns: BATCH, seed: random.next() | 0 });
      yield batch.pop() ?? new Uint8Array(0);
    } else yield mutate(seeds, random);
  }
}

/** Feeds a target. Throws what the target threw, with the input to repeat it, or when memory grew beyond the bound. */
export function fuzz(target: FuzzTarget, campaign: Campaign): void {
  const consume = target.create();
  const before = memoryInUse();
  let now = 0;
  for (const input of inputsOf(target, campaign)) {
    now += 1;
    const shown = input.slice();
    try {
      consume(input, now);
    } catch (error) {
      throw new Error(`${target.name}, seed ${campaign.seed}, input ${now}: ${toHex(shown)}`, { cause: error });
    }
  }
  const growth = memoryInUse() - before;
  if (growth > MAX_GROWTH_BYTES) {
    throw new Error(`${target.name}, seed ${campaign.seed}: kept ${growth} bytes after ${campaign.inputs} inputs`);
  }
  // The consumer must outlive the measurement.
  consume(new Uint8Array(0), now + 1);
}
