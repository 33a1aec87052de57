import { afterAll, describe, expect, it } from 'vitest';
import { SharedBenches } from '../faults/benches.js';
import { FAMILIES } from '../faults/catalog.js';
import { runOne } from '../faults/healthy.js';
import { HEALTHY_KINDS } from '../faults/healthy-kinds.js';
import { inLanes } from '../faults/lanes.js';
import { runFault } from '../faults/run-fault.js';
import { lacks } from '../harness/peers.js';

/** One or two of each family that needs no networks of its own. `npm run faults` brings about all of them. */
const FAULTS = [
  ...['sip-486', 'sip-session-timer', 'phone-sends-nothing', 'phone-other-payload'],
  ...['mic-denied', 'mic-track-ended', 'playout-element-gone', 'ice-other-password', 'turn-other-password'],
];
const HEALTHY = ['opus', 'dense-pcma', 'held-with-music', 'muted-and-back', 'early-media'];

/** Calls at once: each has a browser, and what stands still for want of a core is no healthy call. */
const AT_ONCE = 3;

describe.skipIf(lacks('chromium', 'sipp'))('what is said first of a call', () => {
  const shared = new SharedBenches();
  afterAll(() => shared.stop());

  it('with a fault names it, its layer and whose it is', async () => {
    const jobs = FAMILIES.flatMap((family) =>
      family.faults.filter(({ name }) => FAULTS.includes(name)).map((fault) => ({ family, fault })),
    );
    const results = await inLanes(jobs, AT_ONCE, ({ family, fault }) => runFault(shared, family, fault, 0));
    const said = results.map(({ name, problem, first }) => ({ name, problem, ...first, weight: undefined }));
    const expected = results.map(({ name, expected }) => ({
      name,
      problem: undefined,
      ...expected,
      weight: undefined,
    }));
    expect(said).toEqual(expected);
  });

  it('that is healthy is nothing', async () => {
    const kinds = HEALTHY_KINDS.filter(({ name }) => HEALTHY.includes(name));
    const results = await inLanes(kinds, AT_ONCE, (kind, index) => runOne(shared, kind, index));
    expect(results).toEqual(kinds.map(({ name }) => ({ name, alarms: [] })));
  });
});
