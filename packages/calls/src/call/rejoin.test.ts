import { describe, expect, it } from 'vitest';
import type { LegKind } from '../offer-answer/codec-policy.js';
import { CallHarness } from '../testing/call-harness.js';
import { linesOf } from '../testing/fixtures.js';
import { browserAnswer, browserOffer, browserSdp, sipSdp } from '../testing/peers.js';

const FINGERPRINT = Array(32).fill('EE').join(':');
/** What a page that was loaded anew offers: other credentials and another certificate. */
const anew = browserSdp('111 0 8 110 101', { ufrag: 'anew', fingerprint: FINGERPRINT });

function connected(caller: LegKind, callee: LegKind, policy = {}): CallHarness {
  const harness = new CallHarness(caller, callee, policy).setUp();
  if (caller === 'browser') harness.secure('A');
  harness.answer(callee === 'sip' ? sipSdp() : browserAnswer());
  if (callee === 'browser') harness.secure('B');
  harness.confirmAll();
  expect(harness.call.state).toBe('connected');
  return harness;
}

/** A new leg is secured and heard. */
function hear(harness: CallHarness, legId: string): void {
  harness.media({ type: 'leg.ice', legId, state: 'checking' });
  harness.media({ type: 'leg.ice', legId, state: 'connected' });
  harness.media({ type: 'leg.dtls', legId, state: 'connected' });
  harness.media({ type: 'leg.received', legId });
  harness.send({ type: 'leg.receiving', legId });
}

const kindsOf = (outputs: CallHarness['outputs']): readonly string[] =>
  outputs.map((output) => (output.type === 'media' ? output.command.type : output.type));

describe('a page that was loaded anew takes its call up again', () => {
  it('with a leg of its own, and the phone hears nothing of it but comfort noise', () => {
    const harness = connected('browser', 'sip');
    const before = harness.outputs.length;
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: anew });
    const said = harness.outputs.slice(before);
    expect(kindsOf(said)).toEqual([
      'leg.replaced',
      'webrtc.open',
      'webrtc.remote',
      'bridge',
      'close',
      'leg.describe',
      'state',
    ]);
    expect(said[0]).toEqual({ type: 'leg.replaced', legId: 'A', newLegId: 'A2', reason: 'rejoined' });
    expect(harness.commands('bridge').at(-1)?.legIds).toEqual(['A2', 'B']);
    expect(harness.commands('close')).toEqual([{ type: 'close', legId: 'A' }]);
    expect(harness.commands('webrtc.remote').at(-1)?.remote.fingerprints).toEqual([
      { algorithm: 'sha-256', value: FINGERPRINT },
    ]);
    expect(harness.all('leg.describe').at(-1)?.legId).toBe('A2');
    expect(harness.all('state').at(-1)).toEqual({ type: 'state', state: 'reconnecting', side: 'caller' });
    hear(harness, 'A2');
    expect(harness.call.state).toBe('connected');
    expect(harness.wait(5_000).call.nextTimeout).toBeUndefined();
    harness.send({ type: 'leg.ended', legId: 'A2' });
    expect(harness.all('leg.hangup').map(({ legId }) => legId)).toEqual(['B']);
    expect(harness.commands('close').map(({ legId }) => legId)).toEqual(['A', 'A2', 'B']);
  });

  it('with the codecs of the running plan, and its own credentials', () => {
    const harness = connected('browser', 'sip', { codec: 'density' });
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: anew });
    const [first, second] = harness.all('leg.describe').map(({ sdp }) => linesOf(sdp, 'm=', 'a=ice-ufrag', 'o='));
    expect(second?.find((line) => line.startsWith('m='))).toBe(first?.find((line) => line.startsWith('m=')));
    expect(second).not.toEqual(first);
  });

  it('as a callee too, and the other browser goes on without a word', () => {
    const harness = connected('browser', 'browser');
    const before = harness.outputs.length;
    harness.send({ type: 'leg.rejoin', legId: 'B', newLegId: 'B2', sdp: anew });
    hear(harness, 'B2');
    expect(harness.call.state).toBe('connected');
    const toOther = harness.outputs.slice(before).filter((output) => 'legId' in output && output.legId === 'A');
    expect(toOther).toEqual([]);
    expect(harness.commands('bridge').at(-1)?.legIds).toEqual(['B2', 'A']);
  });

  it('several times in a row, also before the one before was heard', () => {
    const harness = connected('browser', 'sip');
    for (const turn of [2, 3, 4]) {
      const legId = turn === 2 ? 'A' : `A${turn - 1}`;
      harness.send({ type: 'leg.rejoin', legId, newLegId: `A${turn}`, sdp: anew });
    }
    expect(harness.commands('close').map(({ legId }) => legId)).toEqual(['A', 'A2', 'A3']);
    // The legs before have no say any more.
    harness.media({ type: 'leg.ice', legId: 'A3', state: 'lost' });
    harness.send({ type: 'leg.ended', legId: 'A' });
    hear(harness, 'A4');
    expect(harness.call.state).toBe('connected');
  });

  it('while its old path is lost, with a grace of its own', () => {
    const harness = connected('browser', 'sip');
    harness.media({ type: 'leg.ice', legId: 'A', state: 'lost' });
    harness.wait(29_000);
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: anew });
    expect(harness.wait(29_000).call.state).toBe('reconnecting');
    expect(harness.wait(1_000).endFault).toBe('ice.consent_lost');
  });

  it('and is not hung up on when it has a path but is heard in one direction only', () => {
    const harness = connected('browser', 'sip');
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: anew });
    harness.media({ type: 'leg.ice', legId: 'A2', state: 'connected' });
    harness.media({ type: 'leg.dtls', legId: 'A2', state: 'connected' });
    harness.send({ type: 'leg.receiving', legId: 'A2' });
    harness.wait(120_000);
    expect(harness.all('state').at(-1)).toEqual({ type: 'state', state: 'answered', waitingFor: ['caller-sends'] });
  });

  it('during a hold, which goes on', () => {
    const harness = connected('browser', 'sip');
    harness.send({ type: 'leg.description', legId: 'B', sdp: sipSdp('0 8 101', { direction: 'inactive' }) });
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: anew });
    harness.media({ type: 'leg.ice', legId: 'A2', state: 'connected' });
    harness.media({ type: 'leg.dtls', legId: 'A2', state: 'connected' });
    expect(harness.states.slice(-3)).toEqual(['held', 'reconnecting', 'held']);
  });

  it('while it rings, as the caller, and is joined when somebody answers', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: anew });
    expect(harness.commands('bridge')).toEqual([]);
    harness.answer(sipSdp());
    expect(harness.commands('bridge')).toEqual([{ type: 'bridge', legIds: ['A2', 'B'] }]);
    expect(harness.one('leg.answer').sdp).toBe(harness.all('leg.describe').at(-1)?.sdp);
  });

  it('by the addresses that browsers reach us at now', () => {
    const harness = connected('browser', 'sip');
    harness.send({ type: 'local.candidates', candidates: [{ address: '192.0.2.77', port: 40_000 }] });
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: anew });
    expect(linesOf(harness.all('leg.describe').at(-1)?.sdp ?? '', 'c=')).toEqual(['c=IN IP4 192.0.2.77']);
  });

  it.each([
    ['garbage', 'A', 'A2', 'garbage', 'media.bad_sdp'],
    ['no codec of the plan', 'A', 'A2', browserOffer('18'), 'media.codec_mismatch'],
    ['the leg of a phone', 'B', 'B2', anew, 'call.wrong_state'],
    ['an id that the call had', 'A', 'A', anew, 'call.wrong_state'],
  ])('%s is refused, and the call goes on', (_, legId, newLegId, sdp, code) => {
    const harness = connected('browser', 'sip');
    expect(harness.send({ type: 'leg.rejoin', legId, newLegId, sdp })).toMatchObject([
      { type: 'leg.refuse', legId, fault: { code } },
    ]);
    expect(harness.call.state).toBe('connected');
  });
});

describe('a page that says it goes', () => {
  it('has less time than one that is lost', () => {
    const harness = connected('browser', 'sip', { reloadMs: 5_000 });
    harness.send({ type: 'leg.connection', legId: 'A', state: 'leaving' });
    harness.send({ type: 'leg.connection', legId: 'A', state: 'lost' });
    expect(harness.wait(4_999).call.state).toBe('connected');
    expect(harness.wait(1).endFault).toBe('signaling.client_gone');
  });

  it('also where it was lost before it said so', () => {
    const harness = connected('browser', 'sip', { reloadMs: 5_000 });
    harness.send({ type: 'leg.connection', legId: 'A', state: 'lost' });
    harness.send({ type: 'leg.connection', legId: 'A', state: 'leaving' });
    expect(harness.wait(5_000).endFault).toBe('signaling.client_gone');
  });

  it('is waited for no more when it is back', () => {
    const harness = connected('browser', 'sip', { reloadMs: 5_000 });
    harness.send({ type: 'leg.connection', legId: 'A', state: 'leaving' });
    harness.send({ type: 'leg.connection', legId: 'A', state: 'lost' });
    harness.send({ type: 'leg.connection', legId: 'A', state: 'resumed' });
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: anew });
    hear(harness, 'A2');
    harness.wait(120_000);
    expect(harness.call.state).toBe('connected');
  });
});
