import { expect, it, vi } from 'vitest';
import { createPhone, EarshotError, VERSION } from './index.js';

/** Unit tests run in Node, which has neither a document nor a microphone. */
it('is imported and makes phones on a server, and touches nothing of a browser', () => {
  expect('document' in globalThis || 'window' in globalThis).toBe(false);
  const touched: string[] = [];
  for (const name of ['navigator', 'document', 'WebSocket', 'Notification', 'sessionStorage', 'localStorage']) {
    vi.stubGlobal(
      name,
      new Proxy(() => undefined, {
        get: (_target, property) => {
          touched.push(`${name}.${String(property)}`);
          return undefined;
        },
        construct: () => {
          touched.push(`new ${name}`);
          return {};
        },
      }),
    );
  }
  const phone = createPhone({ url: 'wss://calls.example.com/earshot', token: 'x' });
  const off = phone.onIncoming(() => undefined);
  off();
  vi.unstubAllGlobals();
  expect([phone.state, phone.available, phone.calls, touched]).toEqual(['idle', false, [], []]);
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+/);
  expect(new EarshotError('mic.not_found').code).toBe('mic.not_found');
});
