import type { OngoingCall } from '@earshot/signaling';
import { describe, expect, it } from 'vitest';
import type { Call } from '../call.js';
import type { Phone } from '../phone.js';
import { PhoneScene } from '../testing/scene.js';

const CALLER = { uri: 'sip:bob@example.test' };

const ongoing = (call: Call, more: Partial<OngoingCall> = {}): OngoingCall => ({
  callId: call.id,
  direction: call.direction,
  remote: call.remote,
  state: 'connected',
  ...more,
});

/** The phone of the page that was loaded anew, and the calls it took up. */
async function back(scene: PhoneScene, says = true): Promise<{ phone: Phone; calls: Call[]; incoming: Call[] }> {
  const phone = await scene.reload(says);
  const calls: Call[] = [];
  const incoming: Call[] = [];
  phone.on('call', (call) => calls.push(call));
  phone.on('incoming', (call) => incoming.push(call));
  void phone.connect();
  await scene.browser.run(50);
  return { phone, calls, incoming };
}

async function inCall(): Promise<{ scene: PhoneScene; call: Call }> {
  const scene = await PhoneScene.connected();
  const call = await scene.call('echo');
  await scene.talk(1_000);
  return { scene, call };
}

describe('a page that is loaded anew in mid-call', () => {
  it('does not hang up, and takes the call up under its id', async () => {
    const { scene, call } = await inCall();
    scene.gateway.calls = [ongoing(call)];
    scene.browser.context = { ...scene.browser.context, permission: 'granted' };
    const { calls } = await back(scene);
    expect(scene.gateway.sent('call.hangup')).toEqual([]);
    const [again] = calls;
    expect([again?.id, again?.direction, again?.remote.uri, again?.resumed]).toEqual([
      call.id,
      'outgoing',
      'echo',
      true,
    ]);
    expect(again?.state).toBe('reconnecting');
    expect(scene.gateway.sent('call.rejoin')).toMatchObject([{ callId: call.id, sdp: 'offer 1' }]);
    scene.gateway.say({ type: 'call.answer', callId: call.id, sdp: 'answer' });
    scene.gateway.say({ type: 'call.state', callId: call.id, state: 'connected', at: 1 });
    await scene.talk(500);
    expect(again?.state).toBe('connected');
    expect(scene.gateway.sent('call.receiving')).toHaveLength(2);
    expect(call.resumed).toBe(false);
  });

  it('keeps what the gateway does not know: mute, the microphone, and since when it is connected', async () => {
    const scene = await PhoneScene.connected();
    const call = scene.phone.call('echo', { microphone: { deviceId: 'desk' } });
    await scene.browser.run(10);
    scene.gateway.say({ type: 'call.state', callId: call.id, state: 'connected', at: 1 });
    await scene.browser.run(10);
    const connectedAt = call.connectedAt;
    call.mute();
    scene.gateway.calls = [ongoing(call, { connectedForMs: 1 })];
    const asked: MediaStreamConstraints[] = [];
    const { microphone } = scene.browser;
    scene.browser.microphone = (constraints) => {
      asked.push(constraints);
      return microphone(constraints);
    };
    const { calls } = await back(scene);
    expect([calls[0]?.muted, calls[0]?.connectedAt]).toEqual([true, connectedAt]);
    expect(scene.browser.streams.at(-1)?.tracks[0]?.enabled).toBe(false);
    expect(asked).toMatchObject([{ audio: { deviceId: 'desk' } }]);
  });

  it('goes on with its evidence on the same clock', async () => {
    const { scene, call } = await inCall();
    scene.gateway.calls = [ongoing(call)];
    const before = scene.gateway.sent('call.evidence').length;
    const { phone } = await back(scene);
    await scene.browser.run(1_000);
    const evidence = scene.gateway.sent('call.evidence').slice(before);
    expect(evidence.every(({ callId }) => callId === call.id)).toBe(true);
    const events = evidence.flatMap((message) => message.events);
    const taken = events.find((event) => event.type === 'client.lifecycle');
    expect(taken).toMatchObject({ state: 'taken_up' });
    expect(taken?.atMs).toBeGreaterThan(1_000);
    // What the page before had not told yet went by HTTP, with its last word.
    expect(scene.browser.posted.at(-1)?.text).toMatch(/"leaving"/);
    phone.disconnect();
  });

  it('says that somebody must answer where the microphone is not granted any more', async () => {
    const { scene, call } = await inCall();
    scene.gateway.calls = [ongoing(call)];
    scene.browser.microphone = () => new Promise(() => undefined);
    const { calls } = await back(scene);
    const errors: string[] = [];
    calls[0]?.on('error', ({ code }) => errors.push(code));
    expect(calls[0]?.state).toBe('microphone');
    await scene.browser.run(6_000);
    expect(errors).toEqual(['mic.prompt_ignored']);
    calls[0]?.hangUp();
    expect(calls[0]?.end).toMatchObject({ result: 'completed', by: 'browser' });
    expect(scene.gateway.sent('call.hangup')).toHaveLength(1);
  });

  it('takes it up after a crash too, which says nothing before', async () => {
    const { scene, call } = await inCall();
    scene.gateway.calls = [ongoing(call)];
    const { calls } = await back(scene, false);
    expect(calls.map(({ id }) => id)).toEqual([call.id]);
  });

  it('takes it up once more when it is loaded anew twice', async () => {
    const { scene, call } = await inCall();
    call.mute();
    scene.gateway.calls = [ongoing(call)];
    await back(scene);
    const { calls } = await back(scene);
    expect(calls.map(({ id, muted }) => [id, muted])).toEqual([[call.id, true]]);
  });

  it('takes it up though it went before it was connected again', async () => {
    const { scene, call } = await inCall();
    scene.gateway.calls = [ongoing(call)];
    const phone = await scene.reload();
    phone.connect().catch(() => undefined);
    const { calls } = await back(scene);
    expect(calls.map(({ id }) => id)).toEqual([call.id]);
  });

  it('ends it where the gateway cannot take it up', async () => {
    const { scene, call } = await inCall();
    scene.gateway.calls = [ongoing(call)];
    const { phone, calls } = await back(scene);
    const fault = { code: 'call.unknown' } as const;
    scene.gateway.say({ type: 'call.refused', callId: call.id, request: 'call.rejoin', fault });
    await scene.browser.run(300);
    expect(calls[0]?.end?.error?.code).toBe('call.unknown');
    expect([phone.calls.length, scene.browser.storage.size]).toEqual([0, 0]);
    expect(scene.browser.streams.at(-1)?.tracks[0]?.stopped).toBe(true);
  });

  it('has nothing to take up when it comes back late', async () => {
    const { scene, call } = await inCall();
    scene.gateway.calls = [ongoing(call)];
    scene.browser.leave();
    await scene.browser.run(31_000);
    const { calls } = await back(scene, false);
    expect(calls).toEqual([]);
  });
});

describe('a page that goes', () => {
  it('cancels a call that nobody answered', async () => {
    const scene = await PhoneScene.connected();
    const call = scene.phone.call('echo');
    await scene.browser.run(10);
    scene.gateway.say({ type: 'call.state', callId: call.id, state: 'ringing', at: 1 });
    await scene.browser.run(10);
    scene.browser.leave();
    await scene.browser.run(10);
    expect(scene.gateway.sent('call.hangup')).toMatchObject([{ callId: call.id }]);
    expect([scene.gateway.session?.ended, scene.browser.storage.size]).toEqual([true, 0]);
  });

  it('or has the next one cancel it where it could not say so', async () => {
    const scene = await PhoneScene.connected();
    const call = scene.phone.call('echo');
    await scene.browser.run(10);
    scene.gateway.calls = [ongoing(call, { state: 'ringing' })];
    const { calls } = await back(scene, false);
    expect(calls).toEqual([]);
    expect(scene.gateway.sent('call.hangup')).toMatchObject([{ callId: call.id }]);
  });

  it('goes on ringing, and can be answered when it is back', async () => {
    const scene = await PhoneScene.connected();
    scene.gateway.say({ type: 'call.incoming', callId: 'c1', from: CALLER, sdp: 'offer' });
    await scene.browser.run(10);
    scene.gateway.calls = [
      { callId: 'c1', direction: 'incoming', remote: CALLER, state: 'ringing', sdp: 'the same offer' },
    ];
    const { incoming } = await back(scene);
    expect(scene.gateway.sent('call.reject')).toEqual([]);
    expect([incoming.length, incoming[0]?.state, incoming[0]?.remote]).toEqual([1, 'ringing', CALLER]);
    incoming[0]?.accept();
    await scene.browser.run(10);
    expect(scene.gateway.sent('call.accept')).toMatchObject([{ callId: 'c1' }]);
  });

  it('ends its session where there is nothing to come back for', async () => {
    const scene = await PhoneScene.connected();
    scene.browser.leave();
    await scene.browser.run(10);
    expect(scene.gateway.session?.ended).toBe(true);
  });

  it('keeps no call that is over', async () => {
    const { scene, call } = await inCall();
    expect(scene.browser.storage.size).toBe(1);
    call.hangUp();
    await scene.browser.run(10);
    expect(scene.browser.storage.size).toBe(0);
  });
});

describe('a page that waits for calls', () => {
  it('says whether somebody looks at it', async () => {
    const scene = await PhoneScene.connected();
    scene.phone.available = true;
    scene.browser.hidden = true;
    scene.browser.happens({ type: 'client.lifecycle', state: 'hidden' });
    scene.browser.hidden = false;
    scene.browser.happens({ type: 'client.lifecycle', state: 'visible' });
    await scene.browser.run(10);
    expect(scene.gateway.sent('presence.set').map(({ visible }) => visible)).toEqual([true, false, true]);
    scene.phone.available = false;
    expect(scene.browser.watchers.size).toBe(0);
  });

  it('waits again when it has taken a session up', async () => {
    const { scene, call } = await inCall();
    scene.gateway.calls = [ongoing(call)];
    const phone = await scene.reload();
    phone.available = true;
    await scene.browser.run(50);
    expect(scene.gateway.sent('presence.set')).toMatchObject([{ available: true, visible: true }]);
  });
});
