import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QUIET } from '../testing/figures.js';
import { NO_CALLS } from '../testing/operator-calls.js';
import { recordingLog } from '../testing/records.js';
import { type AdminServer, startAdmin } from './index.js';

let folder: string;
let server: AdminServer;

const start = (pages: string) =>
  startAdmin({
    ...{ host: '127.0.0.1', port: 0, log: recordingLog().log, version: '1', figures: QUIET, calls: NO_CALLS, pages },
    registry: new Registry(),
    states: () => new Map(),
    timeOfDay: Date.now,
  });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-pages-'));
  writeFileSync(join(folder, 'index.html'), 'the page');
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'assets/index.js'), 'program');
  const started = await start(folder);
  if (!started.ok) throw new Error(started.error.code);
  server = started.value;
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** fetch would not send such headers. */
const status = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once('error', reject);
    asked.end();
  });

describe('the pages of operators', () => {
  it.each(['/', '/search?text=a', '/overview', '/call/1700-ab%2Fc'])('are one program at %s', async (path) => {
    const answer = await fetch(`${server.url}${path}`);
    expect([answer.status, await answer.text()]).toEqual([200, 'the page']);
  });

  it('may load nothing but their own files, and be shown in no other page', async () => {
    const { headers } = await fetch(`${server.url}/`);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(await (await fetch(`${server.url}/assets/index.js`)).text()).toBe('program');
    expect((await fetch(`${server.url}/api/live`)).headers.get('content-security-policy')).toMatch(
      /^default-src 'none';/,
    );
  });

  it('are reached by links of other sites, what they show is not', async () => {
    const link = { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await status('/call/c1', link)).toBe(200);
    expect(await status('/api/calls', link)).toBe(403);
    expect(await status('/metrics', link)).toBe(403);
    expect(await status('/assets/index.js', { ...link, 'sec-fetch-mode': 'no-cors' })).toBe(403);
    expect(await status('/', { ...link, host: 'rebound.example' })).toBe(403);
  });

  it('give nothing of other folders', async () => {
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/assets/..%2f..%2fetc/passwd', '/nothing']) {
      expect(await status(path, { host: 'localhost' }), path).toBeGreaterThanOrEqual(400);
    }
  });

  it('are missed by name where they are not built', async () => {
    expect(await start(join(folder, 'none'))).toMatchObject({
      ok: false,
      error: { code: 'server.not_built', where: 'apps/console' },
    });
  });
});
