import { expect, it } from 'vitest';
import type { Call } from './call.js';
import { Phone } from './phone.js';
import { FakeBrowser } from './testing/fake-browser.js';
import { FakeGateway } from './testing/fake-gateway.js';

const callId = 'ab'.repeat(16);

async function ringing(): Promise<{ browser: FakeBrowser; gateway: FakeGateway; phone: Phone; call: Call }> {
  const browser = new FakeBrowser();
  const gateway = new FakeGateway(browser);
  const phone = new Phone({ url: 'wss://example.test/earshot', token: async () => 'token' }, browser);
  const calls: Call[] = [];
  phone.on('incoming', (call) => calls.push(call));
  phone.available = true;
  await browser.run(10);
  gateway.say({
    type: 'call.incoming',
    callId,
    from: { uri: 'sip:bob@example.com', displayName: 'Bob' },
    sdp: 'offer',
  });
  await browser.run(10);
  const [call] = calls;
  if (call === undefined) throw new Error('no incoming call');
  return { browser, gateway, phone, call };
}

it('waits for calls as long as it is told to, across sessions', async () => {
  const { browser, gateway, phone } = await ringing();
  expect(browser.awake).toBe(1);
  expect(gateway.sent('presence.set')).toEqual([{ type: 'presence.set', available: true, visible: true }]);
  gateway.forget();
  await browser.run(1_000);
  expect(gateway.sent('presence.set')).toHaveLength(2);
  phone.available = false;
  expect(gateway.sent('presence.set').at(-1)).toMatchObject({ available: false });
  expect(browser.awake).toBe(0);
});

it('rings without touching the microphone, then answers with it', async () => {
  const { browser, gateway, call } = await ringing();
  expect(call.state).toBe('ringing');
  expect(call.remote).toEqual({ uri: 'sip:bob@example.com', displayName: 'Bob' });
  expect(browser.streams).toEqual([]);
  call.accept();
  expect(call.state).toBe('microphone');
  await browser.run(10);
  expect(call.state).toBe('answered');
  expect(gateway.sent('call.accept')).toEqual([{ type: 'call.accept', callId, sdp: 'answer' }]);
  gateway.say({ type: 'call.state', callId, state: 'connected', at: 1 });
  await browser.run(10);
  expect(call.state).toBe('connected');
});

it('declines', async () => {
  const { gateway, call, phone } = await ringing();
  call.reject();
  expect(gateway.sent('call.reject')).toEqual([{ type: 'call.reject', callId, reason: 'declined' }]);
  expect(call.end).toEqual({ result: 'declined', by: 'browser', error: undefined });
  expect(phone.calls).toEqual([]);
});

it('stops ringing when the caller gives up', async () => {
  const { browser, gateway, call } = await ringing();
  gateway.say({ type: 'call.ended', callId, result: 'cancelled', by: 'far-end' });
  await browser.run(10);
  expect(call.end).toEqual({ result: 'cancelled', by: 'far-end', error: undefined });
});

it('declines for the person when the microphone is refused', async () => {
  const { browser, gateway, call } = await ringing();
  browser.microphone = () => Promise.reject(new DOMException('Requested device not found', 'NotFoundError'));
  browser.context = { ...browser.context, listed: 0 };
  call.accept();
  await browser.run(10);
  expect(call.end?.error?.code).toBe('mic.not_found');
  expect(gateway.sent('call.reject')).toHaveLength(1);
});
