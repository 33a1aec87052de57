import type { Fault } from '@earshot/base';
import { Call } from '../call/call.js';
import type { CallInput, CallOptions, CallOutput, CallPolicy } from '../call/call-io.js';
import type { Hop } from '../call/hops.js';
import type { MediaCommand, MediaEvent } from '../media.js';
import type { LegKind } from '../offer-answer/codec-policy.js';
import { browserOffer, FINGERPRINT, sipSdp } from './peers.js';

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never;
export type Input = WithoutNow<CallInput>;
type OutputOf<T extends CallOutput['type']> = Extract<CallOutput, { readonly type: T }>;
type CommandOf<T extends MediaCommand['type']> = Extract<MediaCommand, { readonly type: T }>;

/** Repeatable bytes: xorshift32. */
export function seededRandom(seed: number): (length: number) => Uint8Array {
  let state = seed || 1;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 255;
    });
}

export const START_AT = 1_000_000;

/** A call on a virtual clock. Leg ids are `A` (caller) and `B` (callee); everything it ever said is kept. */
export class CallHarness {
  readonly call: Call;
  readonly outputs: CallOutput[] = [];
  now = START_AT;
  readonly #kinds: Readonly<Record<'A' | 'B', LegKind>>;

  constructor(caller: LegKind, callee: LegKind, policy: Partial<CallPolicy> = {}, options: Partial<CallOptions> = {}) {
    this.#kinds = { A: caller, B: callee };
    this.call = new Call({
      callId: 'call-1',
      random: seededRandom(7),
      local: {
        fingerprint: { algorithm: 'sha-256', value: FINGERPRINT },
        candidates: [{ address: '192.0.2.1', port: 40_000 }],
        sipAdvertisedAddress: '192.0.2.1',
      },
      policy: { codec: 'quality', ...policy },
      ...options,
    });
  }

  send(input: Input): readonly CallOutput[] {
    const outputs = this.call.handle({ ...input, now: this.now });
    this.outputs.push(...outputs);
    return outputs;
  }

  media(event: MediaEvent): readonly CallOutput[] {
    return this.send({ type: 'media', event });
  }

  start(offerSdp = this.#kinds.A === 'browser' ? browserOffer() : sipSdp()): readonly CallOutput[] {
    return this.send({
      type: 'start',
      caller: { legId: 'A', kind: this.#kinds.A, offerSdp, displayName: 'Ann', uri: 'sip:ann@example.org' },
      callee: { legId: 'B', kind: this.#kinds.B, target: 'target-b' },
    });
  }

  /** Starts, and gives every SIP leg its port. */
  setUp(offerSdp?: string): this {
    this.start(offerSdp);
    if (this.#kinds.A === 'sip')
      this.media({ type: 'rtp.opened', legId: 'A', local: { address: '0.0.0.0', port: 41_000 } });
    if (this.#kinds.B === 'sip')
      this.media({ type: 'rtp.opened', legId: 'B', local: { address: '0.0.0.0', port: 41_002 } });
    return this;
  }

  /** Lets ICE and DTLS of a browser leg complete. */
  secure(legId: 'A' | 'B'): this {
    this.media({ type: 'leg.ice', legId, state: 'checking' });
    this.media({ type: 'leg.ice', legId, state: 'connected', remote: { address: '198.51.100.9', port: 50_000 } });
    this.media({ type: 'leg.dtls', legId, state: 'connected' });
    return this;
  }

  answer(sdp?: string): this {
    this.send({ type: 'leg.answered', legId: 'B', ...(sdp === undefined ? {} : { sdp }) });
    return this;
  }

  /** Confirms hops in the way that fits the kind of leg. */
  confirm(...hops: readonly Hop[]): this {
    for (const hop of hops) {
      const legId = hop.startsWith('caller') ? 'A' : 'B';
      if (hop.endsWith('sends')) this.media({ type: 'leg.received', legId });
      else if (this.#kinds[legId] === 'browser') this.send({ type: 'leg.receiving', legId });
      else this.media({ type: 'leg.delivered', legId, evidence: 'reported' });
    }
    return this;
  }

  confirmAll(): this {
    return this.confirm('caller-sends', 'callee-hears', 'callee-sends', 'caller-hears');
  }

  /** Lets time pass, firing each timeout when it is due. */
  wait(ms: number): this {
    const until = this.now + ms;
    for (let due = this.call.nextTimeout; due !== undefined && due <= until; due = this.call.nextTimeout) {
      this.now = due;
      this.send({ type: 'timeout' });
    }
    this.now = until;
    return this;
  }

  all<T extends CallOutput['type']>(type: T): readonly OutputOf<T>[] {
    return this.outputs.filter((output): output is OutputOf<T> => output.type === type);
  }

  one<T extends CallOutput['type']>(type: T): OutputOf<T> {
    const [output, ...more] = this.all(type);
    if (output === undefined || more.length > 0) throw new Error(`${more.length + 1} outputs ${type}`);
    return output;
  }

  commands<T extends MediaCommand['type']>(type: T): readonly CommandOf<T>[] {
    return this.all('media')
      .map(({ command }) => command)
      .filter((command): command is CommandOf<T> => command.type === type);
  }

  get states(): readonly string[] {
    return this.all('state').map(({ state }) => state);
  }

  get endFault(): Fault['code'] | undefined {
    return this.one('ended').fault?.code;
  }
}
