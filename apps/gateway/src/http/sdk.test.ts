import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sdkRoutes } from './sdk.js';

let folder: string;
let app: FastifyInstance;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-sdk-'));
  writeFileSync(join(folder, 'earshot.js'), 'export const VERSION = "1";');
  writeFileSync(join(folder, 'earshot.js.map'), '{}');
  writeFileSync(join(folder, 'manifest.json'), '{"files":{}}');
  writeFileSync(join(folder, 'notes.txt'), 'not for pages');
  app = fastify();
  sdkRoutes(app, folder);
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const get = (file: string, headers: Record<string, string> = {}) => app.inject({ url: `/sdk/${file}`, headers });

it('gives the SDK to pages of every site', async () => {
  const answer = await get('earshot.js', { origin: 'https://elsewhere.example' });
  expect([answer.statusCode, answer.body]).toEqual([200, 'export const VERSION = "1";']);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=300',
    vary: 'accept-encoding',
  });
  const types = await Promise.all(['earshot.js.map', 'manifest.json'].map(async (name) => (await get(name)).headers));
  for (const headers of types) expect(headers['content-type']).toBe('application/json; charset=utf-8');
});

it('sends it packed to those that unpack, and nothing to those that have it', async () => {
  const packed = await get('earshot.js', { 'accept-encoding': 'br, gzip' });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(packed.rawPayload).toString()).toBe('export const VERSION = "1";');
  const again = await get('earshot.js', { 'if-none-match': String(packed.headers.etag) });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  expect((await get('earshot.js', { 'if-none-match': '"another"' })).statusCode).toBe(200);
});

it.each(['notes.txt', 'nothing.js', '..%2Fsdk.ts', '%2e%2e/package.json'])('gives nothing else: %s', async (name) => {
  expect((await get(name)).statusCode).toBe(404);
});

it('says that there is none where none was built', async () => {
  const bare = fastify();
  sdkRoutes(bare, join(folder, 'nowhere'));
  expect((await bare.inject({ url: '/sdk/earshot.js' })).statusCode).toBe(404);
  await bare.close();
});
