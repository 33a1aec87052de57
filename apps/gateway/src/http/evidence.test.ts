import { Pii } from '@earshot/base';
import type { ClientMessage } from '@earshot/signaling';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Tokens } from '../auth/tokens.js';
import type { BrowserSession } from '../sessions/session.js';
import { callId } from '../testing/engine-world.js';
import { evidenceRoutes } from './evidence.js';

const tokens = new Tokens(new Pii(new Uint8Array(32).fill(7)), 'earshot', 'earshot');
const ORIGIN = 'https://app.example.com';
const tokenOf = async (name: string, seconds = 60): Promise<string> =>
  await tokens.sign({ name, mayCall: [], mayReceive: false }, seconds, Date.now());
let app: FastifyInstance;
let taken: ClientMessage[];

beforeEach(() => {
  app = fastify({ bodyLimit: 65_536 });
  taken = [];
  const session = { identity: { name: 'alice' } } as BrowserSession;
  evidenceRoutes(app, {
    tokens,
    allowedOrigins: [ORIGIN],
    session: (id) => (id === 'secret' ? session : undefined),
    onEvidence: (_, evidence) => taken.push(evidence),
  });
});
afterEach(() => app.close());

const events = [{ type: 'client.lifecycle', atMs: 5_000, state: 'leaving' }] as const;
const letter = async (changes: object = {}): Promise<object> => ({
  ...{ token: await tokenOf('alice'), sessionId: 'secret', callId: callId(1), events, samples: [], sentMs: 5_001 },
  ...changes,
});
const post = async (body: object | string, origin: string | undefined = ORIGIN) =>
  await app.inject({
    method: 'POST',
    url: '/api/evidence',
    headers: { 'content-type': 'text/plain', ...(origin === '' ? {} : { origin }) },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });

it('takes what a page that goes has left to say, as if its socket had brought it', async () => {
  const many = Array.from({ length: 100 }, () => events[0]);
  const samples = Array.from({ length: 60 }, (_, index) => ({ ms: 1_000, atMs: 1_000 * index }));
  const answer = await post(await letter({ events: many, samples }));
  expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([204, ORIGIN]);
  expect(taken).toEqual([{ type: 'call.evidence', callId: callId(1), events: many, samples, sentMs: 5_001 }]);
});

it('takes it with a token that has expired meanwhile: its session lives', async () => {
  expect((await post(await letter({ token: await tokenOf('alice', -60) }))).statusCode).toBe(204);
});

it.each([
  ['of a session that is not there', async () => await letter({ sessionId: 'guessed' }), 404, 'call.unknown'],
  ['with somebody else’s token', async () => await letter({ token: await tokenOf('mallory') }), 404, 'call.unknown'],
  ['with no token at all', async () => await letter({ token: '' }), 401, 'auth.token_missing'],
  ['with a token that nobody signed', async () => await letter({ token: 'x.y.z' }), 401, 'auth.token_invalid'],
  ['with more than is asked for', async () => await letter({ more: 1 }), 400, 'http.bad_request'],
  ['with events of no kind', async () => await letter({ events: [{ type: 'x', atMs: 1 }] }), 400, 'http.bad_request'],
  ['that is no JSON', async () => '{', 400, 'http.bad_request'],
])('takes none %s', async (_what, body, status, code) => {
  const answer = await post(await body());
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
  expect(taken).toEqual([]);
});

it('takes none from pages of other sites, and no more than a page may send', async () => {
  for (const origin of ['https://evil.example', '']) {
    const answer = await post(await letter(), origin);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'signaling.foreign_origin']);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  }
  expect((await post(await letter({ token: 'x'.repeat(70_000) }))).statusCode).toBe(413);
  let last = 0;
  for (let count = 0; count < 150 && last !== 429; count += 1) last = (await post('{')).statusCode;
  expect(last).toBe(429);
  expect(taken).toEqual([]);
});
