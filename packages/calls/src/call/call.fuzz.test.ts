import { fault } from '@earshot/base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LegKind } from '../offer-answer/codec-policy.js';
import { CallHarness, type Input, START_AT } from '../testing/call-harness.js';
import { browserAnswer, browserSdp, sipSdp } from '../testing/peers.js';
import type { CallOutput } from './call-io.js';
import type { Hop, Side } from './hops.js';
import { TRANSITIONS } from './states.js';

/** The caller's leg and the callee's, whichever they are by then, a phone that is called back, and a leg of before. */
const legId = fc.constantFrom('A', 'B', 'A', 'B', 'A', 'B', 'P', 'P', 'old');
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
const PORT = { address: '0.0.0.0', port: 41_000 };
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
      state: fc.constantFrom('lost', 'silent', 'resumed', 'lost', 'resumed', 'leaving', 'gone'),
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
        local: fc.constant(PORT),
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
  { weight: 3, arbitrary: media(fc.record({ type: is('leg.dtls'), legId, state: is('connected') })) },
  { weight: 4, arbitrary: fc.record({ type: is('leg.rejoin'), legId, newLegId: is('new'), sdp }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: is('leg.callback'),
      legId,
      phone: fc.constant({ legId: 'new', target: 'sip:phone' }),
      asked: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: media(fc.record({ type: is('rtp.opened'), legId: is('P'), local: fc.constant(PORT) })),
  },
  { weight: 4, arbitrary: fc.record({ type: is('leg.answered'), legId: is('P'), sdp: fc.constant(sipSdp()) }) },
  { weight: 2, arbitrary: fc.record({ type: is('leg.unheard'), legId, since: fc.constant(START_AT) }) },
  { weight: 2, arbitrary: fc.record({ type: is('leg.heard'), legId }) },
  { weight: 3, arbitrary: fc.record({ type: is('leg.restarted'), legId, sdp }) },
);

/** Which legs a call has by now. */
class Legs {
  #now: { readonly A: string; readonly B: string; readonly P: string; readonly old: string } = {
    A: 'A',
    B: 'B',
    P: 'none',
    old: 'none',
  };
  #named = 0;

  get caller(): string {
    return this.#now.A;
  }

  /** Says the step of the legs there are. */
  place(step: Input): Input {
    const here = (name: string): string => (name in this.#now ? this.#now[name as 'A'] : name);
    if (step.type === 'media') return { ...step, event: { ...step.event, legId: here(step.event.legId) } };
    const placed = 'legId' in step ? { ...step, legId: here(step.legId) } : step;
    if (placed.type === 'leg.rejoin') return { ...placed, newLegId: this.#name() };
    if (placed.type !== 'leg.callback') return placed;
    return { ...placed, phone: { ...placed.phone, legId: this.#name() } };
  }

  see(output: CallOutput): void {
    if (output.type === 'media' && output.command.type === 'rtp.open' && output.command.legId.startsWith('new')) {
      this.#now = { ...this.#now, P: output.command.legId };
    }
    if (output.type !== 'leg.replaced') return;
    const side = this.#now.A === output.legId ? 'A' : 'B';
    this.#now = { ...this.#now, [side]: output.newLegId, old: output.legId };
  }

  sideOf(legId: string): Side | undefined {
    return legId === this.#now.A ? 'caller' : legId === this.#now.B ? 'callee' : undefined;
  }

  #name(): string {
    this.#named += 1;
    return `new${this.#named}`;
  }
}

const HOPS: readonly Hop[] = ['caller-sends', 'callee-hears', 'callee-sends', 'caller-hears'];

/** The proofs of each hop, kept apart from the call: what it must have been told before it may say `connected`. */
class Witness {
  readonly #proved = new Set<Hop>();
  readonly #kinds: Record<Side, LegKind>;
  readonly #legs: Legs;

  constructor(caller: LegKind, callee: LegKind, legs: Legs) {
    this.#kinds = { caller, callee };
    this.#legs = legs;
  }

  get complete(): boolean {
    return this.#proved.size === 4;
  }

  /** Every hop was proved before the script begins. */
  trust(): void {
    for (const hop of HOPS) this.#proved.add(hop);
  }

  see(given: Input): void {
    const side = this.#legs.sideOf(given.type === 'media' ? given.event.legId : 'legId' in given ? given.legId : '');
    if (side === undefined) return;
    const kind = this.#kinds[side];
    if (given.type === 'leg.receiving' && kind === 'browser') this.#proved.add(`${side}-hears`);
    if (given.type !== 'media') return;
    if (given.event.type === 'leg.received') this.#proved.add(`${side}-sends`);
    if (given.event.type !== 'leg.delivered') return;
    const { evidence } = given.event;
    if (evidence === 'denied') this.#proved.delete(`${side}-hears`);
    else if (evidence === 'reported' || kind === 'sip') this.#proved.add(`${side}-hears`);
  }

  /** What was proved held for the leg before. */
  replaced({ legId, reason }: Extract<CallOutput, { readonly type: 'leg.replaced' }>): void {
    const side = this.#legs.sideOf(legId);
    if (side === undefined) return;
    if (reason === 'moved_to_phone') this.#kinds[side] = 'sip';
    this.#proved.delete(`${side}-sends`);
    this.#proved.delete(`${side}-hears`);
  }
}

const kinds = fc.constantFrom<LegKind>('browser', 'sip');
const steps = fc.array(
  fc.oneof({ weight: 9, arbitrary: input }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }) }),
  { maxLength: 60, size: 'max' },
);
/** How far an ordinary call has come before everything else begins. */
const beginning = fc.constantFrom('started', 'ready', 'answered', 'connected', 'connected', 'connected');

function countOf(outputs: readonly CallOutput[], leg: string, ...types: readonly string[]): number {
  return outputs.filter((output) => {
    const said = output.type === 'media' ? output.command : output;
    return types.includes(said.type) && 'legId' in said && said.legId === leg;
  }).length;
}

/** Bridges of legs that are closed by then, or were never opened. */
function joinedToClosed(outputs: readonly CallOutput[]): readonly string[] {
  const open = new Set<string>();
  return outputs.flatMap((output) => {
    if (output.type !== 'media') return [];
    const { command } = output;
    if (command.type === 'close') open.delete(command.legId);
    if (command.type === 'webrtc.open' || command.type === 'rtp.open') open.add(command.legId);
    return command.type === 'bridge' ? command.legIds.filter((id) => !open.has(id)) : [];
  });
}

it('whatever happens, a call follows its table, connects only when heard, and ends cleanly and once', () => {
  let [connections, rejoins, joined, cancelled, holds] = [0, 0, 0, 0, 0];
  fc.assert(
    fc.property(kinds, kinds, beginning, steps, (caller, callee, begun, script) => {
      const harness = new CallHarness(caller, callee, { callBackAfterMs: 5_000 });
      const legs = new Legs();
      const witness = new Witness(caller, callee, legs);
      if (begun === 'started') harness.start();
      else harness.setUp();
      if (begun === 'answered' || begun === 'connected') harness.answer(callee === 'sip' ? sipSdp() : browserAnswer());
      if (begun === 'connected') {
        harness.confirmAll();
        witness.trust();
      }
      let state = harness.call.state;
      for (const step of script) {
        const before = harness.outputs.length;
        const wasEnded = state === 'ended';
        if (typeof step === 'number') harness.wait(step);
        else {
          const placed = legs.place(step);
          witness.see(placed);
          harness.send(placed);
        }
        const said = harness.outputs.slice(before);
        if (wasEnded) expect(said).toEqual([]);
        for (const output of said) {
          if (output.type === 'leg.replaced') witness.replaced(output);
          legs.see(output);
          if (output.type !== 'state') continue;
          expect(TRANSITIONS[state as keyof typeof TRANSITIONS]).toContain(output.state);
          state = output.state;
        }
        if (state === 'held') holds += 1;
        if (state === 'connected') {
          connections += 1;
          expect(witness.complete).toBe(true);
        }
      }
      // Left alone, a browser that lost its path or a call that was never heard ends; hanging up ends the rest.
      harness.wait(200_000).send({ type: 'leg.ended', legId: legs.caller });
      expect(harness.call.state).toBe('ended');
      expect(harness.call.nextTimeout).toBeUndefined();
      expect(harness.outputs.at(-1)?.type).toBe('ended');
      expect(harness.all('ended')).toHaveLength(1);
      const all = ['webrtc.open', 'rtp.open'] as const;
      const everOpened = new Set(all.flatMap((type) => harness.commands(type).map(({ legId: opened }) => opened)));
      for (const leg of new Set(['A', 'B', ...everOpened])) {
        const opened = countOf(harness.outputs, leg, 'webrtc.open', 'rtp.open');
        expect(countOf(harness.outputs, leg, 'close')).toBe(opened);
        expect(countOf(harness.outputs, leg, 'leg.hangup', 'leg.reject')).toBeLessThanOrEqual(1);
      }
      const told = harness.all('leg.callback').map((output) => output.state);
      const replaced = harness.all('leg.replaced');
      const called = told.filter((what) => what === 'calling').length;
      expect(called).toBeLessThanOrEqual(2);
      expect(told.filter((what) => ['joined', 'failed', 'cancelled'].includes(what))).toHaveLength(called);
      expect(harness.commands('bridge').length).toBeLessThanOrEqual(1 + replaced.length);
      expect(harness.all('leg.invite').length).toBeLessThanOrEqual(1 + called);
      expect(joinedToClosed(harness.outputs)).toEqual([]);
      rejoins += replaced.filter(({ reason }) => reason === 'rejoined').length;
      joined += told.filter((what) => what === 'joined').length;
      cancelled += told.filter((what) => what === 'cancelled').length;
      expect(harness.all('leg.answer').length).toBeLessThanOrEqual(1);
    }),
    { seed: 7092, numRuns: 500 },
  );
  // The scripts are worth something only if some of them get there.
  expect(connections).toBeGreaterThan(10);
  for (const count of [rejoins, joined, cancelled, holds]) expect(count).toBeGreaterThan(5);
}, 60_000);
