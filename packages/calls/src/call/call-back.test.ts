import { fault } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { CallHarness, type Input } from '../testing/call-harness.js';
import { linesOf } from '../testing/fixtures.js';
import { browserAnswer, browserSdp, sipSdp } from '../testing/peers.js';

const PHONE = { legId: 'P', target: 'sip:+4930@trunk', uri: 'sip:far@192.0.2.1', advertisedAddress: '203.0.113.7' };
const RTP = { address: '0.0.0.0', port: 41_010 };

/** Browser to SIP, heard both ways, with call-backs by themselves after ten seconds. */
const connected = (policy = {}) =>
  new CallHarness('browser', 'sip', { callBackAfterMs: 10_000, ...policy })
    .setUp()
    .secure('A')
    .answer(sipSdp())
    .confirmAll();

const callBack = (harness: CallHarness, asked = false, phone = PHONE) =>
  harness.send({ type: 'leg.callback', legId: 'A', phone, asked });

/** The network of the browser is pulled: neither media nor an answer comes from now on. */
function pull(harness: CallHarness): void {
  harness.send({ type: 'leg.unheard', legId: 'A', since: harness.now });
  harness.send({ type: 'leg.connection', legId: 'A', state: 'silent', since: harness.now });
}

/** A phone that is being called, and rings. */
function ringing(policy = {}): CallHarness {
  const harness = connected(policy);
  pull(harness);
  harness.wait(10_000);
  callBack(harness);
  harness.media({ type: 'rtp.opened', legId: 'P', local: RTP });
  harness.send({ type: 'leg.progress', legId: 'P', status: 180 });
  return harness;
}

const states = (harness: CallHarness) => harness.all('leg.callback').map(({ state }) => state);
const hangups = (harness: CallHarness) => harness.all('leg.hangup').map(({ legId }) => legId);

describe('a browser that cannot be heard', () => {
  it('is due for a call-back once media and signalling have been gone for so long, and said so once', () => {
    const harness = connected();
    harness.send({ type: 'leg.unheard', legId: 'A', since: harness.now });
    harness.wait(3_000).send({ type: 'leg.connection', legId: 'A', state: 'silent', since: harness.now });
    expect(harness.wait(9_999).all('leg.callback_due')).toEqual([]);
    harness.wait(1);
    expect(harness.all('leg.callback_due')).toEqual([{ type: 'leg.callback_due', legId: 'A' }]);
    harness.send({ type: 'leg.connection', legId: 'A', state: 'lost' });
    harness.wait(15_000);
    expect(harness.all('leg.callback_due')).toHaveLength(1);
  });

  const notDue: readonly [string, readonly Input[]][] = [
    ['media alone is gone', [{ type: 'leg.unheard', legId: 'A', since: 0 }]],
    ['signalling alone is gone', [{ type: 'leg.connection', legId: 'A', state: 'silent' }]],
    [
      'it is heard again',
      [
        { type: 'leg.unheard', legId: 'A', since: 0 },
        { type: 'leg.connection', legId: 'A', state: 'silent' },
        { type: 'leg.heard', legId: 'A' },
      ],
    ],
    [
      'its page answers again',
      [
        { type: 'leg.unheard', legId: 'A', since: 0 },
        { type: 'leg.connection', legId: 'A', state: 'lost' },
        { type: 'leg.connection', legId: 'A', state: 'resumed' },
      ],
    ],
    [
      'it is a phone',
      [
        { type: 'leg.unheard', legId: 'B', since: 0 },
        { type: 'leg.connection', legId: 'B', state: 'silent' },
      ],
    ],
  ];
  it.each(notDue)('is not due for one while %s', (_, inputs) => {
    const harness = connected();
    for (const input of inputs) harness.send(input);
    expect(harness.wait(29_000).all('leg.callback_due')).toEqual([]);
  });

  it('is never due for one by itself unless the policy says so', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp()).confirmAll();
    pull(harness);
    expect(harness.wait(29_000).all('leg.callback_due')).toEqual([]);
  });

  it('is not due for one before anybody answered', () => {
    const harness = new CallHarness('browser', 'sip', { callBackAfterMs: 10_000 }).setUp();
    pull(harness);
    expect(harness.wait(29_000).all('leg.callback_due')).toEqual([]);
  });
});

describe('the phone of its user', () => {
  it('is offered what the far end speaks first, at an address that it can send to, and shown the far end', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp('8 101')).confirmAll();
    callBack(harness, true);
    harness.media({ type: 'rtp.opened', legId: 'P', local: RTP });
    const invite = harness.all('leg.invite').at(-1);
    expect(invite).toMatchObject({ legId: 'P', kind: 'sip', target: 'sip:+4930@trunk', uri: 'sip:far@192.0.2.1' });
    expect(linesOf(invite?.sdp ?? '', 'm=', 'c=')).toEqual(['c=IN IP4 203.0.113.7', 'm=audio 41010 RTP/AVP 8 0 101']);
    expect(harness.call.state).toBe('connected');
  });

  it('takes the place of the browser when it answers, and the far end hears nothing of it', () => {
    const harness = ringing();
    const before = harness.outputs.length;
    harness.send({ type: 'leg.answered', legId: 'P', sdp: sipSdp('0 101', { address: '192.0.2.60' }) });
    const said = harness.outputs.slice(before).map((output) => (output.type === 'media' ? output.command : output));
    expect(said.map(({ type }) => type)).toEqual([
      'leg.callback',
      'leg.replaced',
      'rtp.remote',
      'bridge',
      'close',
      'state',
    ]);
    expect(said[1]).toEqual({ type: 'leg.replaced', legId: 'A', newLegId: 'P', reason: 'moved_to_phone' });
    expect(said[3]).toEqual({ type: 'bridge', legIds: ['P', 'B'] });
    expect(said[4]).toEqual({ type: 'close', legId: 'A' });
    expect(harness.call.state).toBe('reconnecting');
    harness.media({ type: 'leg.received', legId: 'P' });
    harness.media({ type: 'leg.delivered', legId: 'P', evidence: 'reported' });
    expect(harness.call.state).toBe('connected');
    // What the browser was waited for counts no more.
    expect(harness.wait(200_000).call.state).toBe('connected');
    expect(states(harness)).toEqual(['calling', 'ringing', 'joined']);
    harness.send({ type: 'leg.ended', legId: 'P' });
    expect(hangups(harness)).toEqual(['B']);
    expect(harness.commands('close').map(({ legId }) => legId)).toEqual(['A', 'P', 'B']);
  });

  it('is not hung up on where it is not heard, any more than another that was heard once', () => {
    const harness = ringing();
    harness.send({ type: 'leg.answered', legId: 'P', sdp: sipSdp('0 101') });
    expect(harness.wait(200_000).all('state').at(-1)).toEqual({
      type: 'state',
      state: 'answered',
      waitingFor: ['caller-sends', 'caller-hears'],
    });
  });

  it('may answer by what it said while it rang', () => {
    const harness = ringing();
    harness.send({ type: 'leg.progress', legId: 'P', status: 183, sdp: sipSdp('0 101', { port: 7700 }) });
    harness.send({ type: 'leg.answered', legId: 'P' });
    expect(harness.commands('rtp.remote').at(-1)?.remote.rtp.port).toBe(7700);
  });

  it('is joined with a browser that was called, too', () => {
    const harness = new CallHarness('sip', 'browser').setUp().answer(browserAnswer()).secure('B').confirmAll();
    harness.send({ type: 'leg.callback', legId: 'B', phone: PHONE, asked: true });
    harness.media({ type: 'rtp.opened', legId: 'P', local: RTP });
    harness.send({ type: 'leg.answered', legId: 'P', sdp: sipSdp('0 101') });
    expect(harness.commands('bridge').at(-1)?.legIds).toEqual(['P', 'A']);
  });

  it('is let go when the browser is heard again before it answered', () => {
    const harness = ringing();
    harness.send({ type: 'leg.connection', legId: 'A', state: 'resumed' });
    harness.send({ type: 'leg.heard', legId: 'A' });
    expect(states(harness)).toEqual(['calling', 'ringing', 'cancelled']);
    expect(hangups(harness)).toEqual(['P']);
    expect(harness.commands('close')).toEqual([{ type: 'close', legId: 'P' }]);
    expect(harness.send({ type: 'leg.answered', legId: 'P', sdp: sipSdp() })).toEqual([]);
    expect(harness.wait(200_000).call.state).toBe('connected');
  });

  it('is let go when a page that was loaded anew is heard', () => {
    const harness = ringing();
    harness.send({ type: 'leg.rejoin', legId: 'A', newLegId: 'A2', sdp: browserSdp('111 110', { ufrag: 'anew' }) });
    expect(states(harness)).toEqual(['calling', 'ringing']);
    harness.media({ type: 'leg.received', legId: 'A2' });
    expect(harness.all('leg.callback').at(-1)).toEqual({
      type: 'leg.callback',
      legId: 'A2',
      state: 'cancelled',
      asked: false,
    });
  });

  it.each([
    ['is busy', { type: 'leg.failed', legId: 'P', fault: fault('sip.busy'), status: 486 }, []],
    ['hangs up', { type: 'leg.ended', legId: 'P' }, []],
    ['speaks nothing that was offered', { type: 'leg.answered', legId: 'P', sdp: sipSdp('18') }, ['P']],
    [
      'has no port here',
      { type: 'media', event: { type: 'leg.failed', legId: 'P', fault: fault('media.ports_exhausted') } },
      ['P'],
    ],
  ] as const)('that %s is told of, and the call goes on until its grace ends', (_, input, hungUp) => {
    const harness = ringing();
    harness.send({ type: 'leg.connection', legId: 'A', state: 'lost' });
    harness.send(input as Input);
    expect(harness.all('leg.callback').at(-1)).toMatchObject({
      state: 'failed',
      fault: { code: 'call.callback_failed' },
    });
    expect(hangups(harness)).toEqual(hungUp);
    expect(harness.commands('close')).toEqual([{ type: 'close', legId: 'P' }]);
    expect(harness.wait(29_999).call.state).toBe('connected');
    expect(harness.all('leg.callback_due')).toHaveLength(1);
    expect(harness.wait(1).endFault).toBe('signaling.client_gone');
  });

  it('rings no longer than it may, and keeps the call that long where its grace ends before', () => {
    const harness = connected({ clientGraceMs: 12_000, callBackRingMs: 20_000 });
    pull(harness);
    harness.media({ type: 'leg.ice', legId: 'A', state: 'lost' });
    harness.wait(10_000);
    callBack(harness);
    harness.media({ type: 'rtp.opened', legId: 'P', local: RTP });
    expect(harness.wait(19_999).call.state).toBe('reconnecting');
    harness.wait(1);
    expect(states(harness)).toEqual(['calling', 'failed']);
    expect(hangups(harness)[0]).toBe('P');
    expect(harness.endFault).toBe('ice.consent_lost');
  });

  it('may still answer when the session of the browser is over, unless its page said goodbye', () => {
    const gone = ringing();
    gone.send({ type: 'leg.connection', legId: 'A', state: 'gone' });
    gone.send({ type: 'leg.heard', legId: 'A' });
    gone.send({ type: 'leg.answered', legId: 'P', sdp: sipSdp('0 101') });
    expect(gone.wait(100_000).call.state).toBe('answered');
    const left = ringing();
    left.send({ type: 'leg.connection', legId: 'A', state: 'gone', byWish: true });
    expect(left.endFault).toBe('signaling.client_gone');
    expect(hangups(left)).toEqual(['B', 'P']);
    expect(states(left).at(-1)).toBe('cancelled');
  });

  it('that does not answer leaves a browser whose session is over with nothing', () => {
    const harness = ringing();
    harness.send({ type: 'leg.connection', legId: 'A', state: 'gone' });
    harness.send({ type: 'leg.failed', legId: 'P', fault: fault('sip.busy') });
    expect(harness.wait(0).endFault).toBe('signaling.client_gone');
  });

  it('is let go when the far end hangs up', () => {
    const harness = ringing();
    harness.send({ type: 'leg.ended', legId: 'B' });
    expect(hangups(harness).sort()).toEqual(['A', 'P']);
    expect(harness.commands('close').map(({ legId }) => legId)).toEqual(['P', 'A', 'B']);
  });

  it('is called once at a time, and twice in a call', () => {
    const harness = connected();
    callBack(harness, true);
    expect(callBack(harness, true, { ...PHONE, legId: 'P2' })).toMatchObject([{ type: 'leg.refuse', legId: 'A' }]);
    harness.send({ type: 'leg.failed', legId: 'P', fault: fault('sip.busy') });
    expect(callBack(harness, true)).toMatchObject([{ type: 'leg.refuse' }]);
    callBack(harness, true, { ...PHONE, legId: 'P2' });
    harness.send({ type: 'leg.failed', legId: 'P2', fault: fault('sip.busy') });
    expect(callBack(harness, true, { ...PHONE, legId: 'P3' })).toMatchObject([
      { type: 'leg.refuse', fault: { code: 'call.wrong_state' } },
    ]);
    expect(callBack(harness, false, { ...PHONE, legId: 'P4' })).toEqual([]);
    expect(harness.call.state).toBe('connected');
  });

  it('is not called before anybody answered, nor for a phone', () => {
    const early = new CallHarness('browser', 'sip').setUp();
    expect(callBack(early, true)).toMatchObject([{ type: 'leg.refuse', fault: { code: 'call.wrong_state' } }]);
    const harness = connected();
    expect(harness.send({ type: 'leg.callback', legId: 'B', phone: PHONE, asked: true })).toMatchObject([
      { type: 'leg.refuse', legId: 'B' },
    ]);
  });
});
