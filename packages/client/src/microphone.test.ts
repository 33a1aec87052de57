import { describe, expect, it } from 'vitest';
import { PhoneScene } from './testing/scene.js';

const denied = (message = 'Permission denied'): DOMException => new DOMException(message, 'NotAllowedError');

describe('the question for the microphone', () => {
  it('is told with what was known before it, and what came of it', async () => {
    const scene = await PhoneScene.connected();
    scene.phone.call('echo', { microphone: { deviceId: 'remembered' } });
    await scene.browser.run(1_000);
    expect(scene.said('mic.asked')).toEqual([
      { permission: 'prompt', secure: true, allowedByPolicy: true, listed: 1, byId: true },
    ]);
    expect(scene.said('mic.opened')).toEqual([
      {
        label: 'Fake microphone',
        sampleRate: 48_000,
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: false,
      },
    ]);
  });

  it('leaves out what the browser does not say', async () => {
    const scene = await PhoneScene.connected();
    scene.browser.context = {
      ...scene.browser.context,
      permission: undefined,
      allowedByPolicy: undefined,
      listed: undefined,
    };
    scene.phone.call('echo');
    await scene.browser.run(1_000);
    expect(scene.said('mic.asked')).toEqual([{ secure: true }]);
  });

  it('is not held up by a browser that does not answer what was asked beforehand', async () => {
    const scene = await PhoneScene.connected();
    scene.browser.microphoneContext = () => new Promise(() => undefined);
    const call = scene.phone.call('echo');
    await scene.browser.run(10);
    expect(call.state).toBe('calling');
  });

  it('is pointed at while nobody answers: after five seconds, then more and more rarely', async () => {
    const scene = await PhoneScene.connected();
    const { browser, phone } = scene;
    const answer = browser.microphone;
    browser.microphone = async (constraints) => {
      await new Promise<void>((resolve) => browser.after(60_000, resolve));
      return answer(constraints);
    };
    const call = phone.call('echo');
    const errors: string[] = [];
    call.on('error', ({ code }) => errors.push(code));
    await browser.run(4_900);
    expect(errors).toEqual([]);
    await browser.run(60_000);
    // The person is told once, and can still answer.
    expect(errors).toEqual(['mic.prompt_ignored']);
    expect(call.state).toBe('calling');
    expect(scene.said('mic.waiting')).toEqual([{ waitedMs: 5_000 }, { waitedMs: 15_000 }, { waitedMs: 45_000 }]);
    expect(scene.said('mic.opened')).toHaveLength(1);
  });

  it('has the name of an ignored prompt where the person gives up under it', async () => {
    const scene = await PhoneScene.connected();
    const { browser, gateway, phone } = scene;
    browser.microphone = () => new Promise(() => undefined);
    const call = phone.call('echo');
    await browser.run(20_000);
    call.hangUp();
    await browser.run(10);
    expect(call.end).toMatchObject({ result: 'cancelled', by: 'browser', error: { code: 'mic.prompt_ignored' } });
    expect(scene.said('mic.failed')).toEqual([{ code: 'mic.prompt_ignored', name: 'none' }]);
    expect(gateway.sent('call.abandoned')).toMatchObject([{ to: 'echo', fault: { code: 'mic.prompt_ignored' } }]);
    await browser.run(600_000);
    expect(scene.said('mic.waiting')).toHaveLength(2);
  });

  it('is no fault where the person changed their mind, or where a device that was allowed is slow', async () => {
    const scene = await PhoneScene.connected();
    const { browser, gateway, phone } = scene;
    browser.microphone = () => new Promise(() => undefined);
    const call = phone.call('echo');
    await browser.run(3_000);
    call.hangUp();
    browser.context = { ...browser.context, permission: 'granted' };
    const errors: string[] = [];
    const slow = phone.call('echo');
    slow.on('error', ({ code }) => errors.push(code));
    await browser.run(8_000);
    slow.hangUp();
    await browser.run(10);
    expect([call.end?.error, slow.end?.error]).toEqual([undefined, undefined]);
    expect(errors).toEqual([]);
    expect(scene.said('mic.waiting')).toEqual([{ waitedMs: 5_000 }]);
    expect(gateway.sent('call.abandoned').map((told) => told.fault)).toEqual([undefined, undefined]);
  });

  it.each([
    ['mic.denied_by_user', { permission: 'prompt' }, 3_000],
    ['mic.blocked_earlier', { permission: 'denied' }, 5],
    ['mic.denied_by_policy', { permission: 'denied', managed: true }, 5],
    ['mic.blocked_by_iframe_policy', { allowedByPolicy: false }, 5],
    ['mic.in_app_browser', { permission: undefined, inApp: true }, 5],
    ['mic.insecure_context', { secure: false, offered: false }, 0],
  ] as const)('is refused as %s, at once and with its message', async (code, context, tookMs) => {
    const scene = await PhoneScene.connected();
    const { browser, phone } = scene;
    browser.context = { ...browser.context, ...context };
    browser.microphone = async () => {
      await new Promise<void>((resolve) => browser.after(tookMs, resolve));
      throw denied();
    };
    const call = phone.call('echo');
    await browser.run(tookMs + 10);
    expect(call.end?.error?.code).toBe(code);
    expect(scene.said('mic.failed')).toEqual([{ code, name: 'NotAllowedError', message: 'Permission denied' }]);
  });

  it('keeps messages and names to itself where the page asks for it', async () => {
    const scene = await PhoneScene.connected({ privacy: 'short' });
    const { browser, phone } = scene;
    const first = phone.call('echo');
    await browser.run(1_000);
    first.hangUp();
    await browser.run(1_000);
    browser.microphone = () => Promise.reject(denied('Headset of Alice'));
    phone.call('echo');
    await browser.run(10);
    expect(scene.said('mic.opened')).toHaveLength(1);
    expect(scene.said('mic.failed')).toEqual([{ code: 'mic.denied_by_user', name: 'NotAllowedError' }]);
    expect(JSON.stringify(scene.gateway.messages)).not.toMatch(/Alice|Fake microphone/);
  });

  it('declines an incoming call for the person, and tells why', async () => {
    const scene = await PhoneScene.connected();
    const { browser, gateway, phone } = scene;
    browser.microphone = () => Promise.reject(denied());
    phone.on('incoming', (call) => call.accept());
    gateway.say({ type: 'call.incoming', callId: 'ab'.repeat(16), from: { uri: 'sip:bob@example.com' }, sdp: 'offer' });
    await browser.run(10);
    expect(gateway.messages.map(({ type }) => type)).toEqual(['call.evidence', 'call.reject']);
    expect(scene.said('mic.failed')).toHaveLength(1);
  });
});
