import { fault } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { parseSdp } from '../sdp/parse.js';
import { CallHarness, START_AT } from '../testing/call-harness.js';
import { linesOf } from '../testing/fixtures.js';
import { browserAnswer, browserSdp, sipSdp } from '../testing/peers.js';
import type { CallOutput } from './call-io.js';

const closes = (harness: CallHarness) => harness.commands('close').map(({ legId }) => legId);

/** Browser to SIP, answered and heard both ways. */
const connected = (policy = {}) =>
  new CallHarness('browser', 'sip', policy).setUp().secure('A').answer(sipSdp()).confirmAll();

describe('a browser calls a SIP phone', () => {
  it('describes the browser at once, so that ICE and DTLS complete while it rings', () => {
    const outputs = new CallHarness('browser', 'sip').start();
    expect(outputs.map((output) => (output.type === 'media' ? output.command.type : output.type))).toEqual([
      'state',
      'webrtc.open',
      'rtp.open',
      'webrtc.remote',
      'leg.describe',
    ]);
  });

  it('offers the phone G.711 once a port is open, and carries the caller along', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    const invite = harness.one('leg.invite');
    expect(invite).toMatchObject({ legId: 'B', kind: 'sip', target: 'target-b', displayName: 'Ann' });
    expect(linesOf(invite.sdp, 'm=')).toEqual(['m=audio 41002 RTP/AVP 0 8 101']);
  });

  it('goes through every state of an ordinary call', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A');
    harness.send({ type: 'leg.progress', legId: 'B', status: 180 });
    harness.send({ type: 'leg.progress', legId: 'B', status: 183, sdp: sipSdp() });
    harness.answer(sipSdp()).confirmAll();
    harness.send({ type: 'leg.ended', legId: 'B' });
    expect(
      harness.all('state').map(({ state, waitingFor }) => `${state} ${waitingFor?.join(' ') ?? ''}`.trim()),
    ).toEqual([
      'routing',
      'ringing',
      'early',
      'answered caller-sends callee-hears callee-sends caller-hears',
      'answered callee-hears callee-sends caller-hears',
      'answered callee-sends caller-hears',
      'answered caller-hears',
      'connected',
      'ended',
    ]);
    expect(harness.one('ended')).toEqual({ type: 'ended', result: 'completed', reason: 'normal', by: 'callee' });
    expect(harness.one('leg.hangup')).toEqual({ type: 'leg.hangup', legId: 'A' });
    expect(closes(harness)).toEqual(['A', 'B']);
  });

  it('lets early media be heard, bridges once, and does not repeat a description', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.send({ type: 'leg.progress', legId: 'B', status: 183, sdp: sipSdp() });
    expect(harness.one('leg.ring')).toEqual({ type: 'leg.ring', legId: 'A', status: 183 });
    expect(harness.commands('bridge')).toEqual([{ type: 'bridge', legIds: ['A', 'B'] }]);
    harness.answer(sipSdp());
    expect(harness.commands('bridge')).toHaveLength(1);
    expect(harness.commands('rtp.remote')).toHaveLength(1);
    expect(harness.one('leg.answer').sdp).toBe(harness.one('leg.describe').sdp);
  });

  it('takes an answer without SDP after early media, and none without', () => {
    const early = new CallHarness('browser', 'sip').setUp();
    early.send({ type: 'leg.progress', legId: 'B', status: 183, sdp: sipSdp() });
    expect(early.answer().call.state).toBe('answered');

    const bare = new CallHarness('browser', 'sip').setUp().answer();
    expect(bare.endFault).toBe('media.bad_sdp');
    expect(bare.one('leg.hangup').legId).toBe('B');
    expect(bare.one('leg.reject')).toMatchObject({ legId: 'A', status: 400 });
  });

  it('rings on when early media cannot be read', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.send({ type: 'leg.progress', legId: 'B', status: 183, sdp: 'garbage' });
    expect(harness.call.state).toBe('ringing');
    expect(harness.answer(sipSdp()).call.state).toBe('answered');
  });

  it('follows forked provisional answers to the one that picks up, and trusts only what that one confirms', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A');
    harness.send({ type: 'leg.progress', legId: 'B', status: 183, sdp: sipSdp('0', { port: 7000 }) });
    harness.send({ type: 'leg.progress', legId: 'B', status: 183, sdp: sipSdp('0', { port: 7100 }) });
    harness.confirmAll();
    harness.answer(sipSdp('0', { port: 7200 }));
    expect(harness.commands('rtp.remote').map(({ remote }) => remote.rtp.port)).toEqual([7000, 7100, 7200]);
    expect(harness.all('state').at(-1)).toMatchObject({
      state: 'answered',
      waitingFor: ['callee-hears', 'callee-sends'],
    });
    expect(harness.confirm('callee-hears', 'callee-sends').call.state).toBe('connected');
  });

  it('connects in the moment of the answer when early media has proved every hop', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A');
    harness.send({ type: 'leg.progress', legId: 'B', status: 183, sdp: sipSdp() });
    harness.confirmAll();
    expect(harness.call.state).toBe('early');
    expect(harness.answer(sipSdp()).states.slice(-2)).toEqual(['answered', 'connected']);
  });

  it('ignores answers before an invitation and after an answer', () => {
    const harness = new CallHarness('browser', 'sip');
    harness.start();
    expect(harness.send({ type: 'leg.answered', legId: 'B', sdp: sipSdp() })).toEqual([]);
    const answered = connected();
    expect(answered.send({ type: 'leg.answered', legId: 'B', sdp: sipSdp('8') })).toEqual([]);
    expect(answered.send({ type: 'leg.progress', legId: 'B', status: 180 })).toEqual([]);
  });

  it.each([100, 200, 486])('ignores a provisional answer with status %d', (status) => {
    const harness = new CallHarness('browser', 'sip').setUp();
    expect(harness.send({ type: 'leg.progress', legId: 'B', status })).toEqual([]);
  });
});

describe('a SIP phone calls a browser', () => {
  it('rings the browser with an offer, and answers the phone when the browser does', () => {
    const harness = new CallHarness('sip', 'browser').setUp(sipSdp('8 0 101'));
    const { sdp } = harness.one('leg.invite');
    expect(linesOf(sdp, 'm=', 'a=setup')).toEqual([
      'm=audio 40000 UDP/TLS/RTP/SAVPF 111 8 0 63 110 101',
      'a=setup:actpass',
    ]);
    expect(harness.all('leg.describe')).toEqual([]);
    harness.send({ type: 'leg.progress', legId: 'B', status: 180 });
    expect(harness.one('leg.ring')).toEqual({ type: 'leg.ring', legId: 'A', status: 180 });
    harness.answer(browserAnswer());
    expect(linesOf(harness.one('leg.answer').sdp, 'm=')).toEqual(['m=audio 41000 RTP/AVP 8 101']);
    expect(harness.commands('webrtc.remote')).toHaveLength(1);
    expect(harness.commands('rtp.remote')[0]?.remote.rtp).toEqual({ address: '192.0.2.50', port: 7000 });
    harness.secure('B').confirmAll();
    expect(harness.call.state).toBe('connected');
  });

  it('answers with the codec the browser speaks, so that density transcodes nothing', () => {
    const harness = new CallHarness('sip', 'browser', { codec: 'density' }).setUp(sipSdp('8 0 101'));
    expect(linesOf(harness.one('leg.invite').sdp, 'm=')).toEqual(['m=audio 40000 UDP/TLS/RTP/SAVPF 8 0 101']);
    harness.answer(browserAnswer('0 101'));
    expect(linesOf(harness.one('leg.answer').sdp, 'm=')).toEqual(['m=audio 41000 RTP/AVP 0 101']);
  });

  it('presumes that a phone without RTCP hears, but not that a browser does', () => {
    const harness = new CallHarness('sip', 'browser').setUp().answer(browserAnswer()).secure('B');
    harness.confirm('caller-sends', 'callee-sends');
    harness.media({ type: 'leg.delivered', legId: 'A', evidence: 'presumed' });
    harness.media({ type: 'leg.delivered', legId: 'B', evidence: 'presumed' });
    expect(harness.all('state').at(-1)).toMatchObject({ state: 'answered', waitingFor: ['callee-hears'] });
    harness.media({ type: 'leg.delivered', legId: 'B', evidence: 'reported' });
    expect(harness.call.state).toBe('connected');
  });
});

describe('legs are interchangeable', () => {
  it('browser to browser', () => {
    const harness = new CallHarness('browser', 'browser').setUp();
    expect(linesOf(harness.one('leg.describe').sdp, 'm=')).toEqual(['m=audio 40000 UDP/TLS/RTP/SAVPF 111 110']);
    harness.answer(browserAnswer('111 110')).secure('A').secure('B').confirmAll();
    expect(harness.call.state).toBe('connected');
    expect(harness.commands('webrtc.open')).toHaveLength(2);
  });

  it('SIP to SIP, with early media towards the caller', () => {
    const harness = new CallHarness('sip', 'sip').setUp(sipSdp('8 101'));
    expect(linesOf(harness.one('leg.invite').sdp, 'm=')).toEqual(['m=audio 41002 RTP/AVP 8 0 101']);
    harness.send({ type: 'leg.progress', legId: 'B', status: 183, sdp: sipSdp('0 101', { port: 7500 }) });
    const early = harness.one('leg.ring');
    expect(linesOf(early.sdp ?? '', 'm=')).toEqual(['m=audio 41000 RTP/AVP 8 101']);
    harness.answer(sipSdp('0 101', { port: 7500 })).confirmAll();
    expect(harness.one('leg.answer').sdp).toBe(early.sdp);
    expect(harness.call.state).toBe('connected');
  });

  it('gives each leg its own credentials and session id', () => {
    const harness = new CallHarness('browser', 'browser').setUp();
    const [a, b] = harness.commands('webrtc.open');
    expect(a?.ice.ufrag).not.toBe(b?.ice.ufrag);
    const origins = [harness.one('leg.describe').sdp, harness.one('leg.invite').sdp].map(
      (sdp) => linesOf(sdp, 'o=')[0],
    );
    expect(origins[0]).not.toBe(origins[1]);
  });
});

describe('before anything rings', () => {
  it.each([
    ['no codec in common', browserSdp('18'), 'media.codec_mismatch', 488],
    ['no audio', browserSdp('111').replace('m=audio', 'm=video'), 'media.no_audio', 488],
    ['garbage', 'v=0\r\nnonsense', 'media.bad_sdp', 400],
  ])('%s is refused by name, and nothing was opened', (_, offer, code, status) => {
    const harness = new CallHarness('browser', 'sip');
    harness.start(offer);
    expect(harness.one('leg.reject')).toMatchObject({ legId: 'A', status, fault: { code } });
    expect(harness.one('ended')).toMatchObject({ result: 'failed', reason: code, by: 'gateway' });
    expect(harness.all('media')).toEqual([]);
    expect(harness.all('leg.invite')).toEqual([]);
  });

  it('a worker without ports ends the call', () => {
    const harness = new CallHarness('browser', 'sip');
    harness.start();
    harness.media({ type: 'leg.failed', legId: 'B', fault: fault('media.ports_exhausted') });
    expect(harness.one('leg.reject')).toMatchObject({ legId: 'A', status: 503 });
    expect(harness.all('leg.hangup')).toEqual([]);
    expect(closes(harness)).toEqual(['A', 'B']);
  });

  it('a worker that says nothing does so too, after five seconds', () => {
    const harness = new CallHarness('browser', 'sip');
    harness.start();
    expect(harness.call.nextTimeout).toBe(START_AT + 5000);
    expect(harness.wait(5000).endFault).toBe('media.worker_failed');
  });
});

describe('calls that do not come about', () => {
  it('the caller cancels while it rings', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.send({ type: 'leg.progress', legId: 'B', status: 180 });
    harness.send({ type: 'leg.ended', legId: 'A' });
    expect(harness.one('leg.hangup')).toEqual({ type: 'leg.hangup', legId: 'B' });
    expect(harness.all('leg.reject')).toEqual([]);
    expect(harness.one('ended')).toMatchObject({
      result: 'cancelled',
      reason: 'sip.cancelled_by_caller',
      by: 'caller',
    });
    // A 200 that crossed the CANCEL is the shell's to acknowledge and end.
    expect(harness.send({ type: 'leg.answered', legId: 'B', sdp: sipSdp() })).toEqual([]);
    expect(
      harness.send({ type: 'leg.failed', legId: 'B', fault: fault('sip.cancelled_by_caller'), status: 487 }),
    ).toEqual([]);
  });

  it('the callee is busy, and its status goes through', () => {
    const harness = new CallHarness('sip', 'sip').setUp();
    harness.send({ type: 'leg.failed', legId: 'B', fault: fault('sip.busy'), status: 600 });
    expect(harness.one('leg.reject')).toMatchObject({ legId: 'A', status: 600, fault: { code: 'sip.busy' } });
    expect(harness.all('leg.hangup')).toEqual([]);
    expect(harness.one('ended')).toMatchObject({ result: 'busy', by: 'callee' });
  });

  it('a browser declines', () => {
    const harness = new CallHarness('sip', 'browser').setUp();
    harness.send({ type: 'leg.failed', legId: 'B', fault: fault('sip.declined') });
    expect(harness.one('leg.reject')).toMatchObject({ legId: 'A', status: 603 });
    expect(harness.one('ended')).toMatchObject({ result: 'rejected' });
  });

  it('nobody answers', () => {
    const harness = new CallHarness('browser', 'sip', { ringTimeoutMs: 20_000 }).setUp().wait(19_999);
    expect(harness.call.state).toBe('routing');
    harness.wait(1);
    expect(harness.one('leg.hangup')).toMatchObject({ legId: 'B' });
    expect(harness.one('leg.reject')).toMatchObject({ legId: 'A', status: 480 });
    expect(harness.one('ended')).toMatchObject({ result: 'no-answer', reason: 'call.not_answered', by: 'gateway' });
    expect(harness.call.nextTimeout).toBeUndefined();
  });

  it('the answer speaks nothing that was offered', () => {
    const harness = new CallHarness('browser', 'sip').setUp().answer(sipSdp('18'));
    expect(harness.one('leg.hangup')).toMatchObject({ legId: 'B', fault: { code: 'media.codec_mismatch' } });
    expect(harness.one('leg.reject')).toMatchObject({ legId: 'A', status: 488 });
  });

  it('a callee that leaves while it rings cannot be reached', () => {
    const harness = new CallHarness('sip', 'browser').setUp();
    harness.send({ type: 'leg.connection', legId: 'B', state: 'gone' });
    expect(harness.one('leg.reject')).toMatchObject({ legId: 'A', status: 480 });
    const silent = new CallHarness('sip', 'browser').setUp();
    silent.send({ type: 'leg.ended', legId: 'B' });
    expect(silent.endFault).toBe('sip.unavailable');
  });
});

describe('connected means heard', () => {
  it('a phone that is silent never connects, and is named', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp());
    harness.confirm('caller-sends', 'callee-hears').wait(29_999);
    expect(harness.all('state').at(-1)).toMatchObject({
      state: 'answered',
      waitingFor: ['callee-sends', 'caller-hears'],
    });
    harness.wait(1);
    expect(harness.endFault).toBe('media.far_end_leg_dead');
    expect(harness.states).not.toContain('connected');
    expect(harness.one('ended').unheard).toEqual(['callee-sends', 'caller-hears']);
    expect(harness.all('leg.hangup').map(({ legId }) => legId)).toEqual(['A', 'B']);
  });

  it('a phone that is deaf never connects, and is named', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp());
    harness.confirm('caller-sends', 'callee-sends', 'caller-hears');
    harness.media({ type: 'leg.delivered', legId: 'B', evidence: 'denied' });
    harness.wait(30_000);
    expect(harness.endFault).toBe('media.one_way_uplink');
    expect(harness.states).not.toContain('connected');
  });

  it('a browser that hears nothing is named', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp());
    harness.confirm('caller-sends', 'callee-hears', 'callee-sends').wait(30_000);
    expect(harness.endFault).toBe('media.one_way_downlink');
  });

  it('falls back when the far end later denies that it hears, and is not hung up on for it', () => {
    const harness = connected();
    harness.media({ type: 'leg.delivered', legId: 'B', evidence: 'denied' });
    expect(harness.all('state').at(-1)).toMatchObject({ state: 'answered', waitingFor: ['callee-hears'] });
    harness.wait(120_000);
    expect(harness.call.state).toBe('answered');
    harness.media({ type: 'leg.delivered', legId: 'B', evidence: 'reported' });
    expect(harness.call.state).toBe('connected');
  });

  it('a phone that answers on hold is no fault, and not connected', () => {
    const harness = new CallHarness('browser', 'sip')
      .setUp()
      .secure('A')
      .answer(sipSdp('0', { direction: 'inactive' }));
    harness.confirm('caller-sends').wait(60_000);
    expect(harness.call.state).toBe('answered');
  });

  it.each([
    [[], 'ice.udp_blocked'],
    [['checking'], 'ice.nat_needs_relay'],
    [['checking', 'connected'], 'dtls.blackholed'],
  ] as const)('a browser whose ICE came to %j is named', (states, code) => {
    const harness = new CallHarness('browser', 'sip').setUp().answer(sipSdp()).confirm('callee-sends');
    for (const state of states) harness.media({ type: 'leg.ice', legId: 'A', state });
    harness.wait(30_000);
    expect(harness.one('ended').fault).toMatchObject({ code, where: 'caller' });
  });

  it('believes a browser alone that it hears, not a SIP leg', () => {
    const harness = new CallHarness('browser', 'sip').setUp().answer(sipSdp());
    harness.send({ type: 'leg.receiving', legId: 'B' });
    expect(harness.all('state').at(-1)?.waitingFor).toContain('callee-hears');
  });
});

/** Credentials for restarts to come are told apart. */
const isNoSpare = (output: CallOutput): boolean =>
  output.type !== 'leg.spare' &&
  !(output.type === 'media' && output.command.type === 'webrtc.restart' && output.command.isSpare === true);
const restartsOf = (harness: CallHarness) =>
  harness.commands('webrtc.restart').filter(({ isSpare }) => isSpare !== true);

describe('the path breaks', () => {
  it('an ICE restart is answered with new credentials, and the phone hears nothing of it', () => {
    const harness = connected();
    const before = harness.outputs.length;
    harness.send({ type: 'leg.description', legId: 'A', sdp: browserSdp('111 0 8 110 101', { ufrag: 'newu' }) });
    const [restart, remote, describe, ...more] = harness.outputs.slice(before).filter(isNoSpare);
    expect(restart).toMatchObject({ type: 'media', command: { type: 'webrtc.restart', legId: 'A', abandons: false } });
    expect(remote).toMatchObject({
      type: 'media',
      command: { type: 'webrtc.remote', legId: 'A', remote: { ice: { ufrag: 'newu' } } },
    });
    expect(describe).toMatchObject({ type: 'leg.describe', legId: 'A' });
    expect(more).toEqual([]);
    const [first, second] = harness.all('leg.describe').map(({ sdp }) => linesOf(sdp, 'o=', 'm=', 'a=ice-ufrag'));
    expect(second?.[1]).toBe(first?.[1]);
    expect(second?.[0]).toBe(first?.[0]?.replace(' 1 IN', ' 2 IN'));
    expect(second?.[2]).not.toBe(first?.[2]);
    expect(second?.[2]).toBe(`a=ice-ufrag:${restartsOf(harness)[0]?.ice.ufrag}`);
    expect(harness.call.state).toBe('connected');
  });

  it('a browser whose paths carry nothing has them abandoned', () => {
    const harness = connected();
    const sdp = browserSdp('111 110', { ufrag: 'newu' });
    harness.send({ type: 'leg.description', legId: 'A', sdp, abandons: true });
    expect(restartsOf(harness)).toMatchObject([{ abandons: true }]);
  });

  it('the same credentials restart nothing', () => {
    const harness = connected();
    harness.send({ type: 'leg.description', legId: 'A', sdp: browserSdp('111 110') });
    expect(restartsOf(harness)).toEqual([]);
    expect(harness.all('leg.describe')).toHaveLength(2);
  });

  it('a called browser restarts ICE too', () => {
    const harness = new CallHarness('sip', 'browser').setUp().answer(browserAnswer()).secure('B').confirmAll();
    harness.send({ type: 'leg.description', legId: 'B', sdp: browserSdp('111 110', { ufrag: 'newu' }) });
    expect(restartsOf(harness)).toHaveLength(1);
    expect(harness.one('leg.describe').legId).toBe('B');
  });

  it.each([
    ['garbage', 'garbage', 'media.bad_sdp'],
    [
      'another certificate',
      browserSdp('111', { fingerprint: Array(32).fill('EE').join(':') }),
      'dtls.fingerprint_mismatch',
    ],
    ['no codec in common', browserSdp('18'), 'media.codec_mismatch'],
  ])('%s in mid-call is refused, and the call goes on', (_, sdp, code) => {
    const harness = connected();
    expect(harness.send({ type: 'leg.description', legId: 'A', sdp })).toMatchObject([
      { type: 'leg.refuse', legId: 'A', fault: { code } },
    ]);
    expect(harness.call.state).toBe('connected');
  });

  it('a restart before the callee has answered is refused', () => {
    const harness = new CallHarness('sip', 'browser').setUp();
    expect(harness.send({ type: 'leg.description', legId: 'B', sdp: browserSdp('111') })).toMatchObject([
      { type: 'leg.refuse', fault: { code: 'call.wrong_state' } },
    ]);
  });

  it('a restart while it rings changes what the answer repeats', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.send({ type: 'leg.description', legId: 'A', sdp: browserSdp('111 110', { ufrag: 'newu' }) });
    harness.answer(sipSdp());
    expect(harness.one('leg.answer').sdp).toBe(harness.all('leg.describe').at(-1)?.sdp);
  });

  it('lost consent is reconnecting, and heals', () => {
    const harness = connected();
    harness.media({ type: 'leg.ice', legId: 'A', state: 'lost' });
    expect(harness.all('state').at(-1)).toEqual({ type: 'state', state: 'reconnecting', side: 'caller' });
    harness.wait(29_000);
    harness.media({ type: 'leg.ice', legId: 'A', state: 'checking' });
    expect(harness.call.state).toBe('reconnecting');
    harness.media({ type: 'leg.ice', legId: 'A', state: 'connected' });
    expect(harness.call.state).toBe('connected');
    expect(harness.call.nextTimeout).toBeUndefined();
  });

  it('checking of a new path does not give a lost one more time', () => {
    const harness = connected();
    harness.media({ type: 'leg.ice', legId: 'A', state: 'lost' });
    harness.wait(10_000);
    harness.media({ type: 'leg.ice', legId: 'A', state: 'checking' });
    expect(harness.wait(20_000).endFault).toBe('ice.consent_lost');
    expect(harness.one('ended')).toMatchObject({ result: 'failed', by: 'caller' });
    expect(harness.all('leg.hangup').map(({ legId }) => legId)).toEqual(['A', 'B']);
  });

  it('lost signalling leaves the call alone until the grace is over', () => {
    const harness = connected({ clientGraceMs: 10_000 });
    expect(harness.send({ type: 'leg.connection', legId: 'A', state: 'lost' })).toEqual([]);
    harness.wait(9000);
    harness.send({ type: 'leg.connection', legId: 'A', state: 'resumed' });
    harness.wait(60_000);
    expect(harness.call.state).toBe('connected');
    harness.send({ type: 'leg.connection', legId: 'A', state: 'lost' });
    expect(harness.wait(10_000).endFault).toBe('signaling.client_gone');
  });

  it('a page that has gone ends the call at once, and is not told', () => {
    const harness = connected();
    harness.send({ type: 'leg.connection', legId: 'A', state: 'gone' });
    expect(harness.one('leg.hangup')).toMatchObject({ legId: 'B', fault: { code: 'signaling.client_gone' } });
    expect(harness.one('ended')).toMatchObject({ result: 'failed', by: 'caller' });
  });

  it('a media failure ends both legs', () => {
    const harness = connected();
    harness.media({ type: 'leg.failed', legId: 'A', fault: fault('media.worker_failed') });
    expect(harness.all('leg.hangup').map(({ legId }) => legId)).toEqual(['A', 'B']);
    expect(harness.one('ended')).toMatchObject({ result: 'failed', reason: 'media.worker_failed', by: 'gateway' });
  });
});

describe('the phone re-offers in mid-call', () => {
  it('hold is answered, mirrored to the worker, and lasts until the phone resumes', () => {
    const harness = connected();
    harness.send({ type: 'leg.description', legId: 'B', sdp: sipSdp('0 8 101', { direction: 'sendonly' }) });
    expect(linesOf(harness.all('leg.describe').at(-1)?.sdp ?? '', 'm=', 'a=recvonly')).toEqual([
      'm=audio 41002 RTP/AVP 0 101',
      'a=recvonly',
    ]);
    expect(harness.commands('rtp.remote').at(-1)?.media.direction).toBe('recvonly');
    expect(harness.all('state').at(-1)).toEqual({ type: 'state', state: 'held', side: 'callee' });
    harness.wait(120_000).send({ type: 'leg.description', legId: 'B', sdp: sipSdp('0 8 101') });
    expect(harness.call.state).toBe('connected');
  });

  it('a path that is lost and regained during a hold leaves it held', () => {
    const harness = connected();
    harness.send({ type: 'leg.description', legId: 'B', sdp: sipSdp('0 8 101', { direction: 'inactive' }) });
    harness.media({ type: 'leg.ice', legId: 'A', state: 'lost' });
    harness.media({ type: 'leg.ice', legId: 'A', state: 'connected' });
    expect(harness.states.slice(-3)).toEqual(['held', 'reconnecting', 'held']);
  });

  it('hold by 0.0.0.0 and back is no move', () => {
    const harness = connected();
    harness.send({ type: 'leg.description', legId: 'B', sdp: sipSdp('0 8 101', { address: '0.0.0.0' }) });
    expect(harness.call.state).toBe('held');
    harness.send({ type: 'leg.description', legId: 'B', sdp: sipSdp() });
    expect(harness.call.state).toBe('connected');
  });

  it('another address has confirmed nothing yet', () => {
    const harness = connected();
    harness.send({ type: 'leg.description', legId: 'B', sdp: sipSdp('0 8 101', { address: '192.0.2.99' }) });
    expect(harness.all('state').at(-1)).toMatchObject({
      state: 'answered',
      waitingFor: ['callee-hears', 'callee-sends'],
    });
  });

  it('another codec is taken where it can be', () => {
    const harness = connected();
    harness.send({ type: 'leg.description', legId: 'B', sdp: sipSdp('8 101') });
    expect(harness.commands('rtp.remote').at(-1)?.media.codecs).toMatchObject([{ name: 'PCMA' }]);
  });
});

describe('digits', () => {
  it('are told to the browser on the other side only', () => {
    const harness = connected();
    expect(harness.media({ type: 'leg.dtmf', legId: 'B', digit: '5', durationMs: 120 })).toEqual([
      { type: 'leg.dtmf', legId: 'A', digit: '5', durationMs: 120 },
    ]);
    expect(harness.media({ type: 'leg.dtmf', legId: 'A', digit: '5', durationMs: 120 })).toEqual([]);
  });
});

describe('hanging up', () => {
  it('both at once ends once', () => {
    const harness = connected();
    harness.send({ type: 'leg.ended', legId: 'A' });
    expect(harness.send({ type: 'leg.ended', legId: 'B' })).toEqual([]);
    expect(harness.all('ended')).toHaveLength(1);
    expect(closes(harness)).toEqual(['A', 'B']);
  });

  it('starting twice, and events of unknown legs, change nothing', () => {
    const harness = connected();
    expect(harness.start()).toEqual([]);
    expect(harness.send({ type: 'leg.ended', legId: 'C' })).toEqual([]);
    expect(new CallHarness('browser', 'sip').send({ type: 'timeout' })).toEqual([]);
  });

  it('says what was never heard', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp()).confirm('caller-sends');
    harness.send({ type: 'leg.ended', legId: 'A' });
    expect(harness.one('ended')).toMatchObject({
      result: 'completed',
      unheard: ['callee-hears', 'callee-sends', 'caller-hears'],
    });
  });
});

it('writes descriptions that it can read itself', () => {
  const harness = new CallHarness('browser', 'sip').setUp();
  for (const { sdp } of [harness.one('leg.describe'), harness.one('leg.invite')]) expect(parseSdp(sdp).ok).toBe(true);
});
