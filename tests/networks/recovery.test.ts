import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rig, type RunningCall } from '../bench/recovery/rig.js';
import { runOnce } from '../bench/recovery/run.js';
import { SCENARIOS } from '../bench/recovery/scenarios.js';
import { Random } from '../fuzz/random.js';
import { lacks } from '../harness/peers.js';
import { whyNoNamespaces } from './namespace.js';

/** How fast it is, `npm run bench -- recovery` says on a machine that does nothing else: here it has to be at all. */
const WIDE_MS = 8000;
const SEED = 5;
const START_MS = 150_000;

describe.skipIf(whyNoNamespaces() !== undefined || lacks('chromium'))('a running call', () => {
  let rig: Rig;
  let call: RunningCall;
  beforeAll(async () => {
    rig = await Rig.start();
    call = await rig.call();
  }, START_MS);
  afterAll(async () => {
    await call?.hangUp();
    await rig?.stop();
  });

  for (const [index, scenario] of SCENARIOS.filter(({ instrument }) => instrument !== true).entries()) {
    it(`is heard again at both ends, and the phone is told nothing: ${scenario.title}`, async () => {
      const outcome = await runOnce(rig, call, scenario, index, new Random(SEED + index), WIDE_MS);
      expect(outcome, JSON.stringify(outcome)).toMatchObject({ survived: true, sipMessages: 0 });
      const { near, far } = outcome ?? { near: { ms: WIDE_MS }, far: { ms: WIDE_MS } };
      expect(Math.max(near.ms, far.ms), JSON.stringify(outcome)).toBeLessThan(WIDE_MS);
      // Whoever hears no gap of a dead line hears nothing at all.
      if (scenario.outageMs !== undefined) expect(Math.max(near.ms, far.ms)).toBeGreaterThan(scenario.outageMs * 0.9);
    });
  }
});
