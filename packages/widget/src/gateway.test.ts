import { afterEach, expect, it, vi } from 'vitest';
import { fetchToken, socketUrl } from './gateway.js';

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['https://calls.example.com', 'wss://calls.example.com/earshot'],
  ['https://calls.example.com/', 'wss://calls.example.com/earshot'],
  ['http://localhost:8080/voice', 'ws://localhost:8080/voice'],
  ['wss://calls.example.com/voice/earshot?x#y', 'wss://calls.example.com/voice/earshot'],
  ['//calls.example.com', 'wss://calls.example.com/earshot'],
  ['/voice', 'wss://www.example.org/voice'],
  ['', 'wss://www.example.org/earshot'],
])('reaches %j at %s', (gateway, url) => {
  expect(socketUrl(gateway, 'https://www.example.org/shop?item=7')).toBe(url);
});

function answers(body: string, status = 200): void {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status })));
}

it.each([
  ['{"token":"abc","more":1}', 'abc'],
  ['abc\n', 'abc'],
])('reads the token out of %j', async (body, token) => {
  answers(body);
  expect(await fetchToken('/token')).toBe(token);
});

it.each([['{}'], ['{"token":7}'], ['{'], ['']])('names an answer without a token: %j', async (body) => {
  answers(body);
  await expect(fetchToken('/token')).rejects.toMatchObject({ code: 'auth.token_missing' });
});

it('names a server that refuses, and one that cannot be reached', async () => {
  answers('no', 403);
  await expect(fetchToken('/token')).rejects.toMatchObject({ code: 'auth.token_missing' });
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(fetchToken('/token')).rejects.toMatchObject({ code: 'signaling.ws_unreachable' });
});
