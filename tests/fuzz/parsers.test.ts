import { expect, it } from 'vitest';
import { type FuzzTarget, fuzz } from './campaign.js';
import { dtls } from './targets/dtls.js';
import { rtcp } from './targets/rtcp.js';
import { rtp } from './targets/rtp.js';
import { sdp } from './targets/sdp.js';
import { sip } from './targets/sip.js';
import { srtp } from './targets/srtp.js';
import { stun } from './targets/stun.js';
import { turn } from './targets/turn.js';

const TARGETS: readonly FuzzTarget[] = [stun, turn, dtls, srtp, rtp, rtcp, sip, sdp];

/** `npm run fuzz` sets these; alone, a quick share of the same inputs is fed. */
const { EARSHOT_FUZZ_INPUTS = '21000', EARSHOT_FUZZ_SEED = '1', EARSHOT_FUZZ_TARGETS = '' } = process.env;
const names = EARSHOT_FUZZ_TARGETS.toUpperCase().split(',').filter(Boolean);
const chosen = names.length === 0 ? TARGETS : TARGETS.filter(({ name }) => names.includes(name));
const inputs = Math.ceil(Number(EARSHOT_FUZZ_INPUTS) / chosen.length);

const named = chosen.map((target) => [target.name, target] as const);

it.each(named)(`%s: ${inputs} hostile inputs, no throw, memory bounded`, (_, target) => {
  expect(() => fuzz(target, { inputs, seed: Number(EARSHOT_FUZZ_SEED) })).not.toThrow();
});

it('tells what broke, and on which input', () => {
  const broken: FuzzTarget = {
    ...rtcp,
    name: 'broken',
    create: () => (input) => {
      if (input[0] === 0x81) throw new RangeError('out of bounds');
    },
  };
  expect(() => fuzz(broken, { inputs: 1000, seed: 1 })).toThrow(/broken, seed 1, input \d+: 81/);
});

it('tells when memory grows with hostile inputs', () => {
  const kept: Uint8Array[] = [];
  const hoarder: FuzzTarget = { ...rtcp, name: 'hoarder', create: () => () => void kept.push(new Uint8Array(100_000)) };
  expect(() => fuzz(hoarder, { inputs: 1000, seed: 1 })).toThrow(/hoarder, seed 1: kept \d+ bytes/);
});
