import { fault } from '@earshot/base';
import { expect, it } from 'vitest';
import type { Call } from './call.js';
import { Phone } from './phone.js';
import { FakeBrowser } from './testing/fake-browser.js';
import { FakeGateway } from './testing/fake-gateway.js';
import type { FakePeer } from './testing/fake-media.js';

interface Scene {
  readonly browser: FakeBrowser;
  readonly gateway: FakeGateway;
  readonly phone: Phone;
}

async function scene(): Promise<Scene> {
  const browser = new FakeBrowser();
  const gateway = new FakeGateway(browser);
  const phone = new Phone({ url: 'wss://example.test/earshot', token: 'token' }, browser);
  const connected = phone.connect();
  await browser.run(10);
  await connected;
  return { browser, gateway, phone };
}

function peerOf(browser: FakeBrowser): FakePeer {
  const peer = browser.peers.at(-1);
  if (peer === undefined) throw new Error('no peer connection');
  return peer;
}

/** Has audio arrive for `duration` ms, as bytes that grow. */
async function hear(browser: FakeBrowser, duration: number): Promise<void> {
  for (let passed = 0; passed < duration; passed += 100) {
    peerOf(browser).bytesReceived += 800;
    await browser.run(100);
  }
}

async function connectedCall(): Promise<Scene & { readonly call: Call; readonly states: string[] }> {
  const given = await scene();
  const { browser, gateway, phone } = given;
  const call = phone.call('echo');
  const states: string[] = [call.state];
  call.on('state', (state) => states.push(state));
  await browser.run(10);
  const callId = call.id;
  gateway.say({ type: 'call.state', callId, state: 'ringing', at: 1 });
  gateway.say({ type: 'call.answer', callId, sdp: 'answer 1' });
  await browser.run(10);
  peerOf(browser).become('connected');
  gateway.say({ type: 'call.state', callId, state: 'answered', at: 2, waitingFor: ['up', 'down'], givesUpInMs: 8_000 });
  await hear(browser, 300);
  gateway.say({ type: 'call.state', callId, state: 'connected', at: 3 });
  await browser.run(10);
  return { ...given, call, states };
}

it('asks for the microphone before anything else, while the gesture lasts', async () => {
  const { browser, phone } = await scene();
  let asked = false;
  browser.microphone = () => {
    asked = true;
    return new Promise(() => undefined);
  };
  const call = phone.call('echo');
  expect(asked).toBe(true);
  expect(call.state).toBe('microphone');
  await browser.run(1_000);
  expect(browser.peers).toEqual([]);
});

it('goes from the microphone to connected, and says connected only when the gateway does', async () => {
  const { gateway, call, states } = await connectedCall();
  expect(states).toEqual(['microphone', 'calling', 'ringing', 'answered', 'connected']);
  const types = gateway.messages.map((message) => message.type).filter((type) => type !== 'call.evidence');
  expect(types).toEqual(['call.start', 'call.receiving', 'call.report']);
  expect(gateway.sent('call.start')).toMatchObject([{ to: 'echo', sdp: 'offer 1' }]);
  expect(gateway.sent('call.report')).toMatchObject([
    { report: { codec: 'opus', candidateType: 'host', protocol: 'udp', roundTripMs: 2 } },
  ]);
  expect(call.path).toEqual({
    codec: 'opus',
    via: 'direct',
    transport: 'udp',
    family: 'IPv4',
    server: undefined,
    candidateType: 'host',
    roundTripMs: 2,
    hint: undefined,
  });
});

it('stays in answered, with what it waits for, while no audio is confirmed', async () => {
  const { browser, gateway, phone } = await scene();
  const call = phone.call('silent');
  await browser.run(10);
  gateway.say({
    type: 'call.state',
    callId: call.id,
    state: 'answered',
    at: 1,
    waitingFor: ['down'],
    givesUpInMs: 8_000,
  });
  await hear(browser, 1_000);
  expect(call.state).toBe('answered');
  expect(call.waiting).toEqual({ for: ['down'], until: expect.any(Number) });
  const why = fault('media.far_end_leg_dead');
  gateway.say({ type: 'call.ended', callId: call.id, result: 'failed', by: 'gateway', fault: why });
  await browser.run(10);
  expect(call.end?.error?.code).toBe('media.far_end_leg_dead');
});

it('is over once there is an end that says why, not before', async () => {
  const { browser, gateway, call } = await connectedCall();
  const seen: unknown[] = [];
  call.on('state', (state) => seen.push([state, call.end?.error?.code]));
  gateway.say({ type: 'call.state', callId: call.id, state: 'ended', at: 2 });
  await browser.run(10);
  expect(call.state).toBe('connected');
  const why = fault('media.far_end_leg_dead');
  gateway.say({ type: 'call.ended', callId: call.id, result: 'failed', by: 'gateway', fault: why });
  await browser.run(10);
  expect(seen).toEqual([['ended', 'media.far_end_leg_dead']]);
});

it('releases everything when it ends, by whomever', async () => {
  for (const by of ['browser', 'far-end'] as const) {
    const { browser, gateway, phone, call } = await connectedCall();
    if (by === 'browser') call.hangUp();
    else gateway.say({ type: 'call.ended', callId: call.id, result: 'completed', by });
    await browser.run(10);
    expect(call.state).toBe('ended');
    expect(call.end).toEqual({ result: 'completed', by, error: undefined });
    expect(browser.streams.every((stream) => stream.tracks.every((track) => track.stopped))).toBe(true);
    expect(browser.meters.every((meter) => meter.closed)).toBe(true);
    expect(peerOf(browser).closed).toBe(true);
    expect(browser.speakers.map((speaker) => speaker.playing)).toEqual([undefined]);
    expect(phone.calls).toEqual([]);
    expect(gateway.sent('call.hangup')).toHaveLength(by === 'browser' ? 1 : 0);
  }
});

it('can call again after hanging up, through the same audio element', async () => {
  const { browser, phone, call } = await connectedCall();
  call.hangUp();
  phone.call('music');
  await browser.run(10);
  expect(browser.peers).toHaveLength(2);
  expect(browser.speakers).toHaveLength(1);
});

it('stops a microphone that is granted after hanging up', async () => {
  const { browser, gateway, phone } = await scene();
  const grant = browser.microphone;
  browser.microphone = async (constraints) => {
    await new Promise<void>((resolve) => browser.after(500, resolve));
    return grant(constraints);
  };
  const call = phone.call('echo');
  await browser.run(100);
  call.hangUp();
  await browser.run(1_000);
  expect(call.end?.result).toBe('cancelled');
  expect(browser.streams[0]?.tracks[0]?.stopped).toBe(true);
  expect(gateway.messages.map(({ type }) => type)).toEqual(['call.evidence', 'call.abandoned']);
});

it('names a refused microphone, and tells the gateway that there is no call', async () => {
  const { browser, gateway, phone } = await scene();
  browser.microphone = () => Promise.reject(new DOMException('Permission dismissed', 'NotAllowedError'));
  const call = phone.call('echo');
  await browser.run(10);
  expect(call.end?.error).toMatchObject({ code: 'mic.prompt_dismissed' });
  expect(gateway.messages.map(({ type }) => type)).toEqual(['call.evidence', 'call.abandoned']);
  expect(gateway.sent('call.abandoned')).toMatchObject([{ to: 'echo', fault: { code: 'mic.prompt_dismissed' } }]);
});

it('ends with the reason when there is no session to be had, and gives the microphone back', async () => {
  const browser = new FakeBrowser();
  const gateway = new FakeGateway(browser);
  gateway.refusal = fault('auth.token_invalid');
  const call = new Phone({ url: 'wss://example.test/earshot', token: 'bad' }, browser).call('echo');
  await browser.run(100);
  expect(call.end?.error?.code).toBe('auth.token_invalid');
  expect(browser.streams[0]?.tracks[0]?.stopped).toBe(true);
});

it('survives a lost WebSocket without a change of its state', async () => {
  const { browser, gateway, phone, call, states } = await connectedCall();
  const before = states.length;
  gateway.cut();
  expect(phone.state).toBe('reconnecting');
  await hear(browser, 1_000);
  expect(phone.state).toBe('ready');
  expect(states.slice(before)).toEqual([]);
  const digits: string[] = [];
  call.on('dtmf', (digit) => digits.push(digit));
  gateway.say({ type: 'call.dtmf', callId: call.id, digit: '1', durationMs: 100 });
  expect(digits).toEqual(['1']);
});

it('ends with a reason when the session is gone for good', async () => {
  const { browser, gateway, call } = await connectedCall();
  gateway.forget();
  await browser.run(1_000);
  expect(call.end?.error?.code).toBe('signaling.resume_expired');
});

it('restarts ICE when the path is disconnected and bytes stand still, and recovers', async () => {
  const { browser, gateway, call, states } = await connectedCall();
  peerOf(browser).become('disconnected');
  await browser.run(2_000);
  expect(call.state).toBe('reconnecting');
  expect(gateway.sent('call.description')).toEqual([]);
  await browser.run(1_500);
  expect(gateway.sent('call.description')).toMatchObject([{ kind: 'offer', sdp: 'restart 2' }]);
  gateway.say({ type: 'call.description', callId: call.id, kind: 'answer', sdp: 'answer 2' });
  peerOf(browser).become('connected');
  await hear(browser, 1_000);
  expect(states.slice(-2)).toEqual(['reconnecting', 'connected']);
});

it('does not restart for a lost check while bytes flow', async () => {
  const { browser, gateway, call } = await connectedCall();
  peerOf(browser).become('disconnected');
  await hear(browser, 5_000);
  expect(call.state).toBe('connected');
  expect(gateway.sent('call.description')).toEqual([]);
});

it('offers one restart at a time', async () => {
  const { browser, gateway, call } = await connectedCall();
  await Promise.all([call.restartIce(), call.restartIce()]);
  expect(gateway.sent('call.description')).toHaveLength(1);
  gateway.say({ type: 'call.description', callId: call.id, kind: 'answer', sdp: 'answer 2' });
  await browser.run(10);
  await call.restartIce();
  expect(gateway.sent('call.description')).toHaveLength(2);
});

it('takes an offer of the gateway, even when it crosses its own', async () => {
  const { browser, gateway, call } = await connectedCall();
  await call.restartIce();
  gateway.say({ type: 'call.description', callId: call.id, kind: 'offer', sdp: 'their offer' });
  await browser.run(10);
  expect(gateway.sent('call.description').map(({ kind }) => kind)).toEqual(['offer', 'answer']);
});

it('mutes, sends tones, and refuses what is no key', async () => {
  const { browser, call } = await connectedCall();
  call.mute();
  expect(browser.streams[0]?.tracks[0]?.enabled).toBe(false);
  call.unmute();
  expect(browser.streams[0]?.tracks[0]?.enabled).toBe(true);
  call.sendDtmf('12#');
  expect(peerOf(browser).tones).toEqual(['12#']);
  expect(() => call.sendDtmf('hello')).toThrow(TypeError);
});

it('asks for a tap when the browser holds sound back, and plays after it', async () => {
  const { browser, phone } = await scene();
  browser.blockPlayout = true;
  const call = phone.call('echo');
  const errors: string[] = [];
  call.on('error', ({ code }) => errors.push(code));
  await browser.run(10);
  expect(errors).toEqual(['playout.autoplay_blocked']);
  for (const speaker of browser.speakers) speaker.blocked = false;
  await call.resumePlayout();
  expect(browser.speakers[0]?.playing).toBe(call.remoteStream);
});

it('ends with a name when the answer cannot be read', async () => {
  const { browser, gateway, phone } = await scene();
  const call = phone.call('echo');
  await browser.run(10);
  gateway.say({ type: 'call.answer', callId: call.id, sdp: 'unreadable' });
  await browser.run(10);
  expect(call.end?.error?.code).toBe('media.bad_sdp');
  expect(gateway.sent('call.hangup')).toHaveLength(1);
});

it('measures both ways', async () => {
  const { browser, call } = await connectedCall();
  let levels: unknown;
  call.on('levels', (measured) => {
    levels = measured;
  });
  await browser.run(300);
  expect(levels).toEqual({ microphone: 0.5, remote: 0.25 });
});

it('leaves no timer of its own behind', async () => {
  const { browser, gateway, phone, call } = await connectedCall();
  call.hangUp();
  await browser.run(60_000);
  phone.disconnect();
  gateway.session = undefined;
  await browser.run(60_000);
  expect(browser.pendingTimers).toBe(0);
});
