import { fault } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { PhoneScene } from '../testing/scene.js';

const track = ({ browser }: PhoneScene) => {
  const [first] = browser.streams.at(-1)?.tracks ?? [];
  if (first === undefined) throw new Error('no microphone');
  return first;
};

describe('a call tells', () => {
  it('what runs it, first of all, and each state that it was told', async () => {
    const scene = await PhoneScene.connected();
    const call = await scene.call();
    scene.gateway.say({ type: 'call.state', callId: call.id, state: 'connected', at: 2 });
    await scene.talk(2_000);
    expect(scene.events[0]).toEqual({
      type: 'client.info',
      atMs: 0,
      browser: { name: 'Fake', version: '1', os: 'Linux', mobile: false },
      sdk: '0.1.0',
      clock: 1_000_010,
      network: { online: true },
    });
    expect(scene.said('call.seen')).toEqual([{ state: 'connected' }]);
    // In order of time, and everything before the call began comes with it.
    const times = scene.events.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(scene.gateway.messages[0]?.type).toBe('call.start');
  });

  it('which descriptions were set, and which were refused', async () => {
    const scene = await PhoneScene.connected();
    const { browser, gateway, phone } = scene;
    const call = phone.call('echo');
    await browser.run(10);
    gateway.say({ type: 'call.answer', callId: call.id, sdp: 'unreadable' });
    await browser.run(300);
    expect(scene.said('sdp.set')).toEqual([{ side: 'local', kind: 'offer' }]);
    expect(scene.said('sdp.refused')).toEqual([{ side: 'remote', name: 'TypeError', message: 'not an SDP' }]);
  });

  it('what a description says of audio', async () => {
    const scene = await PhoneScene.connected();
    const { browser, gateway, phone } = scene;
    const call = phone.call('echo');
    await browser.run(10);
    const sdp =
      'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=setup:passive\r\na=candidate:1 1 udp 1 203.0.113.5 40000 typ host\r\n';
    gateway.say({ type: 'call.answer', callId: call.id, sdp });
    await browser.run(1_000);
    expect(scene.said('sdp.set')[1]).toEqual({
      side: 'remote',
      kind: 'answer',
      audio: { direction: 'sendrecv', codecs: ['PCMA'], telephoneEvents: false, port: 9, setup: 'passive' },
      candidates: [{ type: 'host', protocol: 'udp', address: '203.0.113.5', port: 40_000 }],
    });
  });

  it('how far DTLS came', async () => {
    const scene = await PhoneScene.connected();
    await scene.call();
    scene.peer.dtls.become('connecting');
    scene.peer.dtls.become('failed');
    await scene.browser.run(1_000);
    expect(scene.said('dtls.connection')).toEqual([{ state: 'connecting' }, { state: 'failed' }]);
  });

  it('keys that were pressed, and whether they could be sent, but not which', async () => {
    const scene = await PhoneScene.connected();
    const early = scene.phone.call('echo');
    expect(() => early.sendDtmf('1')).toThrow('call.wrong_state');
    await scene.browser.run(10);
    early.sendDtmf('4,2');
    await scene.browser.run(1_000);
    expect(scene.said('call.key')).toEqual([{ sent: false }, { sent: true }, { sent: true }]);
  });

  it('what becomes of the microphone', async () => {
    const scene = await PhoneScene.connected();
    const call = await scene.call();
    const errors: string[] = [];
    call.on('error', ({ code }) => errors.push(code));
    call.mute();
    call.unmute();
    track(scene).becomes('mute');
    track(scene).becomes('unmute');
    track(scene).becomes('ended');
    await scene.talk(2_000);
    const states = ['disabled', 'enabled', 'muted', 'unmuted', 'ended'];
    expect(scene.said('mic.track')).toEqual(states.map((state) => ({ state })));
    // It is opened anew, and nobody has to know.
    const again = { reason: 'recovered', code: 'mic.track_ended', label: 'Fake microphone' };
    expect(scene.said('mic.switched')).toEqual([again]);
    expect(errors).toEqual([]);
  });

  it('what the page does to the microphone behind its back', async () => {
    const scene = await PhoneScene.connected();
    await scene.call();
    const [transceiver] = scene.peer.getTransceivers();
    track(scene).enabled = false;
    await scene.talk(1_000);
    track(scene).enabled = true;
    track(scene).stop();
    await scene.talk(1_000);
    await transceiver?.sender.replaceTrack(new EventTarget() as MediaStreamTrack);
    await scene.talk(1_000);
    await transceiver?.sender.replaceTrack(null);
    await scene.talk(2_000);
    const states = scene.said('mic.track').map((said) => Object.values(said)[0]);
    expect(states).toEqual(['disabled', 'enabled', 'ended', 'replaced', 'disabled', 'removed']);
  });

  it('what happens to the page, its network and its devices', async () => {
    const scene = await PhoneScene.connected();
    await scene.call();
    const { browser } = scene;
    browser.happens({ type: 'client.lifecycle', state: 'hidden' });
    browser.happens({ type: 'client.lifecycle', state: 'hidden' });
    browser.happens({ type: 'client.lifecycle', state: 'frozen' });
    browser.happens({ type: 'client.network', network: { online: false } });
    browser.happens({ type: 'mic.devices', inputs: 2, outputs: 1 });
    await scene.talk(2_000);
    expect(scene.said('client.lifecycle')).toEqual([{ state: 'hidden' }, { state: 'frozen' }]);
    expect(scene.said('client.network')).toEqual([{ network: { online: false } }]);
    expect(scene.said('mic.devices')).toEqual([{ inputs: 2, outputs: 1 }]);
  });

  it('that its socket was lost, how it was closed, and that it is back', async () => {
    const scene = await PhoneScene.connected();
    const { browser, gateway } = scene;
    await scene.call();
    gateway.cut(1_001);
    await scene.talk(3_000);
    gateway.cut(1_006);
    await browser.run(5_000);
    expect(scene.said('client.signaling')).toEqual([
      { state: 'lost', closeCode: 1_001 },
      { state: 'resumed' },
      { state: 'lost' },
      { state: 'resumed' },
    ]);
  });
});

describe('without a connection', () => {
  it('samples wait, are shed, and come after it in order, with the outbox free for what matters', async () => {
    const scene = new PhoneScene();
    const { browser, gateway, phone } = scene;
    gateway.graceMs = 3_600_000;
    phone.connect().catch(() => undefined);
    await browser.run(10);
    const call = await scene.call();
    await scene.talk(1_000);
    gateway.reachable = false;
    gateway.cut();
    const before = gateway.messages.length;
    // Half an hour: longer than any outbox or queue.
    await scene.talk(1_800_000, (counts) => {
      counts.packetsLost = (counts.packetsLost ?? 0) + 1;
    });
    expect(phone.calls).toEqual([call]);
    expect(gateway.messages).toHaveLength(before);
    gateway.reachable = true;
    await scene.talk(10_000);
    const waited = scene.samples.map(({ atMs }) => atMs);
    expect(waited).toEqual(waited.toSorted((a, b) => a - b));
    const [shed] = scene.said('client.shed') as { samples: number }[];
    expect(shed?.samples).toBeGreaterThan(1_000);
    // What was measured is either told or counted as shed.
    expect(scene.samples.length + (shed?.samples ?? 0)).toBeGreaterThan(1_800);
  }, 60_000);

  it('a call that found no microphone is told of when there is one', async () => {
    const scene = new PhoneScene();
    const { browser, gateway, phone } = scene;
    gateway.reachable = false;
    browser.microphone = () => Promise.reject(new DOMException('Requested device not found', 'NotFoundError'));
    browser.context = { ...browser.context, listed: 0 };
    const call = phone.call('echo');
    await browser.run(20_000);
    expect(call.end?.error?.code).toBe('mic.not_found');
    expect(phone.state).toBe('closed');
    gateway.reachable = true;
    phone.connect().catch(() => undefined);
    await browser.run(100);
    expect(gateway.messages.map(({ type }) => type)).toEqual(['call.evidence', 'call.abandoned']);
    expect(gateway.sent('call.abandoned')).toEqual([
      { type: 'call.abandoned', callId: call.id, to: 'echo', fault: { code: 'mic.not_found' } },
    ]);
    // When it is sent, on the clock of its events.
    expect(gateway.sent('call.evidence')[0]?.sentMs).toBeGreaterThan(20_000);
  });

  it('calls that never reached it are told of later: the newest of them', async () => {
    const scene = new PhoneScene();
    const { browser, gateway, phone } = scene;
    gateway.reachable = false;
    const ids: string[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const call = phone.call('echo');
      ids.push(call.id);
      await browser.run(20_000);
      expect(call.end?.error?.code).toBe('signaling.ws_unreachable');
    }
    gateway.reachable = true;
    phone.connect().catch(() => undefined);
    await browser.run(100);
    expect(gateway.sent('call.abandoned').map(({ callId }) => callId)).toEqual(ids.slice(3));
    expect(new Set(gateway.sent('call.abandoned').map((told) => told.fault?.code))).toEqual(
      new Set(['signaling.ws_unreachable']),
    );
    expect(scene.said('client.signaling')).toHaveLength(5);
    expect(scene.said('client.signaling')[0]).toMatchObject({ state: 'unreachable' });
  });

  it('the rest of a call waits until it can be told', async () => {
    const scene = await PhoneScene.connected();
    const call = await scene.call();
    await scene.talk(5_000);
    scene.gateway.reachable = false;
    scene.gateway.cut();
    await scene.talk(3_000);
    call.hangUp();
    await scene.browser.run(2_000);
    scene.gateway.reachable = true;
    await scene.browser.run(8_000);
    const types = scene.gateway.messages.map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['call.hangup', 'call.evidence']);
    expect(scene.samples.at(-1)?.atMs).toBe(8_020);
  });

  it('a session that is gone takes the rest of its calls with it: the next one does not know them', async () => {
    const scene = await PhoneScene.connected();
    const call = await scene.call();
    await scene.talk(5_000);
    scene.gateway.forget();
    await scene.browser.run(3_000);
    expect(call.end?.error?.code).toBe('signaling.resume_expired');
    const { length } = scene.gateway.messages;
    await scene.browser.run(10_000);
    expect(scene.gateway.messages).toHaveLength(length);
    expect(scene.gateway.messages.at(-1)).toMatchObject({ type: 'call.evidence' });
    expect(scene.said('client.signaling')).toEqual([]);
  });
});

describe('a page that goes', () => {
  it('leaves the rest to the browser, at the address beside its socket', async () => {
    const scene = await PhoneScene.connected();
    const call = await scene.call();
    await scene.talk(10_100);
    const told = scene.events.length;
    scene.browser.leave();
    await scene.browser.run(10);
    const [posted] = scene.browser.posted;
    expect(posted?.url).toBe('https://example.test/voice/api/evidence');
    const letter = JSON.parse(posted?.text ?? '') as Record<string, unknown>;
    expect(letter).toMatchObject({ token: 'token', sessionId: 'session-1', callId: call.id, sentMs: 10_120 });
    expect(letter.events).toMatchObject([{ type: 'client.lifecycle', state: 'leaving' }]);
    expect(letter.samples).not.toEqual([]);
    // Nothing twice.
    expect(scene.events).toHaveLength(told);
    // The next page takes it up.
    expect(scene.gateway.sent('call.hangup')).toEqual([]);
    expect(scene.phone.state).toBe('closed');
  });

  it('does so too when a call ends while nobody sees it', async () => {
    const scene = await PhoneScene.connected();
    const call = await scene.call();
    await scene.talk(10_500);
    scene.browser.hidden = true;
    const before = scene.samples.length;
    scene.gateway.say({ type: 'call.ended', callId: call.id, result: 'completed', by: 'far-end' });
    await scene.browser.run(10);
    const letter = JSON.parse(scene.browser.posted[0]?.text ?? '') as { samples: object[] };
    expect(letter.samples.length).toBeGreaterThanOrEqual(1);
    expect(scene.samples).toHaveLength(before);
  });

  it('says that the question for the microphone was still open', async () => {
    const scene = await PhoneScene.connected();
    const { browser, gateway, phone } = scene;
    browser.microphone = () => new Promise(() => undefined);
    phone.call('echo');
    await browser.run(7_000);
    browser.leave();
    await browser.run(10);
    const letter = JSON.parse(browser.posted[0]?.text ?? '') as { events: { type: string }[] };
    expect(letter.events.map(({ type }) => type)).toEqual([
      'client.info',
      'mic.asked',
      'mic.waiting',
      'client.lifecycle',
      'mic.failed',
    ]);
    expect(gateway.sent('call.abandoned')).toMatchObject([{ fault: { code: 'mic.prompt_ignored' } }]);
  });
});

it('holds nothing after the call: no listener, no timer, no sample', async () => {
  const scene = await PhoneScene.connected();
  const { browser, gateway, phone } = scene;
  for (const end of ['hangUp', 'ended', 'failed'] as const) {
    const call = await scene.call();
    await scene.talk(3_000);
    expect(browser.watchers.size).toBe(1);
    if (end === 'hangUp') call.hangUp();
    else if (end === 'ended') gateway.say({ type: 'call.ended', callId: call.id, result: 'completed', by: 'far-end' });
    else call.abandon(fault('signaling.resume_expired'));
    await browser.run(1_000);
    const { length } = gateway.sent('call.evidence');
    const { reports } = scene.peer;
    const last = track(scene);
    last.becomes('mute');
    scene.peer.become('failed');
    await browser.run(60_000);
    expect(browser.watchers.size).toBe(0);
    expect(gateway.sent('call.evidence')).toHaveLength(length);
    expect(scene.peer.reports).toBe(reports);
  }
  phone.disconnect();
  gateway.session = undefined;
  await browser.run(60_000);
  expect(browser.pendingTimers).toBe(0);
});
