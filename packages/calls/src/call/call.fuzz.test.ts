import { fault } from '@earshot/base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LegKind } from '../offer-answer/codec-policy.js';
import { CallHarness, type Input } from '../testing/call-harness.js';
import { browserAnswer, browserSdp, sipSdp } from '../testing/peers.js';
import type { CallOutput } from './call-io.js';
import type { Hop } from './hops.js';
import { TRANSITIONS } from './states.js';

const legId = fc.constantFrom('A', 'B', 'A', 'B', 'C');
const sdp = fc.constantFrom(
  sipSdp(),
  sipSdp('8 101', { port: 7100 }),
  sipSdp('0', { direction: 'inactive' }),
  sipSdp('18'),
  browserAnswer(),
  browserSdp('111 110', { ufrag: 'newu' }),
  browserSdp('0'),
  'garbage',
);
const cause = fc.constantFrom(fault('sip.busy'), fault('sip.no_response'), fault('media.worker_failed'));
const media = (event: fc.Arbitrary<Extract<Input, { readonly type: 'media' }>['event']>): fc.Arbitrary<Input> =>
  event.map((value) => ({ type: 'media', event: value }));
const is = <T extends string>(type: T): fc.Arbitrary<T> => fc.constant(type);

/** Everything that can happen to a call; what helps it along is more likely than what ends it. */
const input: fc.Arbitrary<Input> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: is('leg.answered'), legId, sdp }, { requiredKeys: ['type', 'legId'] }) },
  {
    weight: 3,
    arbitrary: fc.record(
      { type: is('leg.progress'), legId, status: fc.constantFrom(100, 180, 183, 200), sdp },
      { requiredKeys: ['type', 'legId', 'status'] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ type: is('leg.description'), legId, sdp }) },
  { weight: 4, arbitrary: fc.record({ type: is('leg.receiving'), legId }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: is('leg.connection'),
      legId,
      state: fc.constantFrom('lost', 'resumed', 'lost', 'resumed', 'gone'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: is('leg.ended'), legId }) },
  { weight: 1, arbitrary: fc.record({ type: is('leg.failed'), legId, fault: cause }) },
  {
    weight: 4,
    arbitrary: media(
      fc.record({
        type: is('rtp.opened'),
        legId,
        local: fc.constant({ address: '0.0.0.0', port: 41_000 }),
      }),
    ),
  },
  { weight: 8, arbitrary: media(fc.record({ type: is('leg.received'), legId })) },
  {
    weight: 8,
    arbitrary: media(
      fc.record({
        type: is('leg.delivered'),
        legId,
        evidence: fc.constantFrom('reported', 'reported', 'presumed', 'denied'),
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: media(
      fc.record({
        type: is('leg.ice'),
        legId,
        state: fc.constantFrom('checking', 'connected', 'connected', 'lost'),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: media(
      fc.record({
        type: is('leg.check'),
        legId,
        outcome: fc.constantFrom('valid', 'bad-integrity'),
        from: fc.constant({ address: '198.51.100.9', port: 50_000 }),
        count: fc.constant(1),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: media(
      fc.record({ type: is('leg.partial_flight'), legId, flight: fc.constantFrom(1, 5), bytes: fc.constant(200) }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: is('leg.gathered'), legId, candidate: fc.constantFrom('host', 'srflx', 'relay') }),
  },
  { weight: 1, arbitrary: media(fc.record({ type: is('leg.failed'), legId, fault: cause })) },
);

/** The proofs of each hop, kept apart from the call: what it must have been told before it may say `connected`. */
class Witness {
  readonly #proved = new Set<Hop>();
  readonly #kinds: Readonly<Record<string, LegKind>>;

  constructor(caller: LegKind, callee: LegKind) {
    this.#kinds = { A: caller, B: callee };
  }

  get complete(): boolean {
    return this.#proved.size === 4;
  }

  see(given: Input): void {
    const leg = given.type === 'media' ? given.event.legId : 'legId' in given ? given.legId : '';
    const kind = this.#kinds[leg];
    if (kind === undefined) return;
    const side = leg === 'A' ? 'caller' : 'callee';
    if (given.type === 'leg.receiving' && kind === 'browser') this.#proved.add(`${side}-hears`);
    if (given.type !== 'media') return;
    if (given.event.type === 'leg.received') this.#proved.add(`${side}-sends`);
    if (given.event.type !== 'leg.delivered') return;
    const { evidence } = given.event;
    if (evidence === 'denied') this.#proved.delete(`${side}-hears`);
    else if (evidence === 'reported' || kind === 'sip') this.#proved.add(`${side}-hears`);
  }
}

const kinds = fc.constantFrom<LegKind>('browser', 'sip');
const steps = fc.array(
  fc.oneof({ weight: 9, arbitrary: input }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }) }),
  { maxLength: 40, size: 'max' },
);
/** How far an ordinary call has come before everything else begins. */
const beginning = fc.constantFrom('started', 'ready', 'answered');

function countOf(outputs: readonly CallOutput[], leg: string, ...types: readonly string[]): number {
  return outputs.filter((output) => {
    const said = output.type === 'media' ? output.command : output;
    return types.includes(said.type) && 'legId' in said && said.legId === leg;
  }).length;
}

it('whatever happens, a call follows its table, connects only when heard, and ends cleanly and once', () => {
  let connections = 0;
  fc.assert(
    fc.property(kinds, kinds, beginning, steps, (caller, callee, begun, script) => {
      const harness = new CallHarness(caller, callee);
      const witness = new Witness(caller, callee);
      if (begun === 'started') harness.start();
      else harness.setUp();
      if (begun === 'answered') harness.answer(callee === 'sip' ? sipSdp() : browserAnswer());
      let state = harness.call.state;
      for (const step of script) {
        const before = harness.outputs.length;
        const wasEnded = state === 'ended';
        if (typeof step === 'number') harness.wait(step);
        else {
          witness.see(step);
          harness.send(step);
        }
        const said = harness.outputs.slice(before);
        if (wasEnded) expect(said).toEqual([]);
        for (const output of said) {
          if (output.type !== 'state') continue;
          expect(TRANSITIONS[state as keyof typeof TRANSITIONS]).toContain(output.state);
          state = output.state;
        }
        if (state === 'connected') {
          connections += 1;
          expect(witness.complete).toBe(true);
        }
      }
      // Left alone, a browser that lost its path or a call that was never heard ends; hanging up ends the rest.
      harness.wait(200_000).send({ type: 'leg.ended', legId: 'A' });
      expect(harness.call.state).toBe('ended');
      expect(harness.call.nextTimeout).toBeUndefined();
      expect(harness.outputs.at(-1)?.type).toBe('ended');
      expect(harness.all('ended')).toHaveLength(1);
      for (const leg of ['A', 'B']) {
        const opened = countOf(harness.outputs, leg, 'webrtc.open', 'rtp.open');
        expect(countOf(harness.outputs, leg, 'close')).toBe(opened);
        expect(countOf(harness.outputs, leg, 'leg.hangup', 'leg.reject')).toBeLessThanOrEqual(1);
      }
      expect(harness.commands('bridge').length).toBeLessThanOrEqual(1);
      expect(harness.all('leg.invite').length).toBeLessThanOrEqual(1);
      expect(harness.all('leg.answer').length).toBeLessThanOrEqual(1);
    }),
    { seed: 7092, numRuns: 250 },
  );
  // The scripts are worth something only if some of them get there.
  expect(connections).toBeGreaterThan(10);
});
