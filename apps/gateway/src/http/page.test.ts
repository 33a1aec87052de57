import { Pii } from '@earshot/base';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Tokens } from '../auth/tokens.js';
import { type PageInfo, type PageOptions, pageRoutes } from './page.js';

const tokens = new Tokens(new Pii(new Uint8Array(32).fill(7)), 'earshot', 'earshot');
const options: PageOptions = {
  tokens,
  tokenSeconds: 60,
  mayCall: ['echo'],
  mayReceive: true,
  destinations: [{ name: 'echo', title: 'Echo', description: 'Says back what you say' }],
  wsPath: '/earshot',
  addressOf: (name) => `sip:${name}@192.0.2.1:5060`,
};
let app: FastifyInstance;

beforeEach(() => {
  app = fastify();
  pageRoutes(app, options);
});
afterEach(async () => {
  vi.useRealTimers();
  await app.close();
});

const get = (headers: Record<string, string> = {}) => app.inject({ url: '/api/page', headers });

async function guest(headers: Record<string, string> = {}) {
  const answer = await get(headers);
  const info = answer.json<PageInfo>();
  return { answer, info, cookie: String(answer.headers['set-cookie']) };
}

it('gives a guest a name, an address and a token that says the same', async () => {
  const { answer, info, cookie } = await guest();
  expect(info.identity).toMatch(/^guest-[a-z0-9]{8}$/);
  expect(info).toMatchObject({ address: `sip:${info.identity}@192.0.2.1:5060`, wsPath: '/earshot' });
  expect(await tokens.verify(info.token, Date.now())).toEqual({
    ok: true,
    value: { name: info.identity, mayCall: ['echo'], mayReceive: true },
  });
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(cookie).toMatch(/^earshot-guest=[\w-]{22}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/);
  // The name is public: it must not be the key to itself.
  expect(cookie).not.toContain(info.identity.slice(6));
});

it('keeps the name for the browser that keeps the cookie', async () => {
  const first = await guest();
  const cookie = `theme=dark; ${first.cookie.split(';')[0]}; x=y`;
  const again = await guest({ cookie });
  expect(again.info.identity).toBe(first.info.identity);
  expect(again.cookie).toBe(first.cookie);
  expect((await guest()).info.identity).not.toBe(first.info.identity);
});

it('lets nobody choose a name', async () => {
  const { info } = await guest();
  for (const chosen of ['alice', info.identity, 'a'.repeat(22), `${'a'.repeat(22)}%0d%0aSet-Cookie:x=y`]) {
    const other = await guest({ cookie: `earshot-guest=${chosen}` });
    expect(other.info.identity).toMatch(/^guest-[a-z0-9]{8}$/);
    expect(other.info.identity).not.toBe(info.identity);
    expect(other.cookie.split('; ')).toHaveLength(5);
  }
});

it.each([
  ['cross-site', 403],
  ['same-site', 403],
  ['same-origin', 200],
  ['none', 200],
])('answers a %s request with %d', async (site, status) => {
  const answer = await get({ 'sec-fetch-site': site });
  expect(answer.statusCode).toBe(status);
  if (status === 403)
    expect(answer.json()).toMatchObject({ code: 'signaling.foreign_origin', what: expect.anything() });
});

it('limits the tokens for one address', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const statuses: number[] = [];
  for (let asked = 0; asked < 31; asked += 1) statuses.push((await get()).statusCode);
  expect(statuses).toEqual([...Array(30).fill(200), 429]);
  vi.advanceTimersByTime(500);
  expect([(await get()).statusCode, (await get()).statusCode]).toEqual([200, 429]);
  const other = await app.inject({ url: '/api/page', remoteAddress: '192.0.2.77' });
  expect(other.statusCode).toBe(200);
});

it('limits IPv4 clients by their address, however it is written, and IPv6 clients by their network', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const ask = async (remoteAddress: string): Promise<number> =>
    (await app.inject({ url: '/api/page', remoteAddress })).statusCode;
  for (const addresses of [
    ['192.0.2.77', '::ffff:192.0.2.77', '192.0.2.78'],
    ['2001:db8::77', '2001:db8::ffff:1', '2001:db8:0:1::77'],
  ] as const) {
    const [one, same, other] = addresses;
    for (let asked = 0; asked < 30; asked += 1) await ask(one);
    expect([await ask(same), await ask(other)]).toEqual([429, 200]);
  }
});

it('names no address where the page may not be called', async () => {
  const closed = fastify();
  pageRoutes(closed, { ...options, mayReceive: false });
  expect((await closed.inject({ url: '/api/page' })).json()).not.toHaveProperty('address');
  await closed.close();
});
