import { request } from 'node:http';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callDetails, RECORD } from '../testing/call-details.js';
import { QUIET } from '../testing/figures.js';
import { SomeCalls } from '../testing/operator-calls.js';
import { recordingLog } from '../testing/records.js';
import type { GatewayFigures } from './figures.js';
import { type AdminServer, startAdmin } from './index.js';
import { isOwnName } from './server.js';

const { log, records } = recordingLog();
const NOW = 1_800_000_000_000;

let server: AdminServer;
let calls: SomeCalls;

const options = () => ({
  ...{ log, version: '1.2.3', registry: new Registry(), calls },
  states: () => new Map(),
  timeOfDay: () => NOW,
});

async function serve(figures: GatewayFigures = QUIET, host = '127.0.0.1'): Promise<void> {
  calls = new SomeCalls();
  const started = await startAdmin({ host, port: 0, figures, ...options() });
  if (!started.ok) throw new Error(started.error.code);
  server = started.value;
}

beforeEach(async () => {
  records.length = 0;
  await serve();
});
afterEach(() => server.close());

async function again(figures?: GatewayFigures, host?: string): Promise<void> {
  await server.close();
  await serve(figures, host);
}

const ask = (path: string): Promise<Response> => fetch(`${server.url}${path}`);

describe('the admin listener', () => {
  it('answers with what no page may use', async () => {
    const answer = await ask('/healthz');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'ok', version: '1.2.3', parts: { media: { running: 1 } } });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });

  it('answers 503 when something essential is down', async () => {
    await again({ ...QUIET, workers: () => ({ running: 0, configured: 1 }) });
    const answer = await ask('/healthz');
    expect([answer.status, await answer.json()]).toMatchObject([503, { status: 'down' }]);
  });

  /** fetch would not send such headers. */
  const named = (headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: server.port, path: '/api/calls', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.once('error', reject);
      asked.end();
    });

  it('is not for names that lead here, nor for pages of other sites', async () => {
    expect(await named({ host: 'rebound.example' })).toBe(403);
    expect(await named({ host: 'localhost', 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await named({ host: `localhost:${server.port}` })).toBe(200);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.0.0.1:9464', true],
    ['192.0.2.1:9464', true],
    ['[::1]:9464', true],
    ['LOCALHOST', true],
    ['10.0.0.7', true],
    ['localhost.example', false],
    ['evil.example:9464', false],
    ['127.0.0.1.evil.example', false],
    ['127.0.0.1@evil.example', false],
    ['[evil]', false],
    ['', false],
    [undefined, false],
  ])('takes the Host %s for its own: %s', (header, expected) => {
    expect(isOwnName(header, '10.0.0.7')).toBe(expected);
  });

  it('names what it does not have', async () => {
    const answer = await ask('/nothing');
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'http.not_found' }]);
    expect((await fetch(`${server.url}/api/calls`, { method: 'POST' })).status).toBe(404);
  });

  it('warns where others may reach it', async () => {
    expect(records).toEqual([]);
    await again(QUIET, '0.0.0.0');
    expect(records).toMatchObject([{ level: 40, host: '0.0.0.0' }]);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });

  it('says which port is taken', async () => {
    const { port } = server;
    expect(await startAdmin({ host: '127.0.0.1', port, figures: QUIET, ...options() })).toMatchObject({
      ok: false,
      error: { code: 'server.port_in_use', where: `admin.port ${port}` },
    });
  });
});

describe('the calls of operators', () => {
  it('are searched by what is given', async () => {
    calls.details.push(callDetails());
    const answer = await ask('/api/calls?text=%2B1555&cause=ice.&from=5&limit=2&user=&after=x.y');
    expect(await answer.json()).toEqual({ calls: [RECORD] });
    expect(calls.asked).toEqual([{ text: '+1555', cause: 'ice.', from: 5, limit: 2, after: 'x.y' }]);
  });

  it.each([
    'calls?limit=0',
    'calls?limit=201',
    'calls?limit=x',
    'calls?from=yesterday',
    'calls?fields=all',
    `calls?text=${'x'.repeat(129)}`,
    'calls/a/export?format=pdf',
    'overview?from=2&until=1',
  ])('refuse %s', async (path) => {
    const answer = await ask(`/api/${path}`);
    expect([answer.status, (await answer.json()).code]).toEqual([400, 'http.bad_request']);
  });

  it('are shown with all that is known, by id and by key', async () => {
    const details = callDetails();
    calls.details.push(details);
    for (const id of [details.timeline.callId, RECORD.key]) {
      expect(await (await ask(`/api/calls/${id}`)).json()).toEqual(details);
    }
    for (const path of ['/api/calls/none', '/api/calls/none/export']) {
      const missing = await ask(path);
      expect([missing.status, await missing.json()]).toMatchObject([404, { code: 'call.unknown' }]);
    }
  });

  it('are exported under a name that upsets no file system', async () => {
    const details = callDetails();
    calls.details.push({ ...details, timeline: { ...details.timeline, callId: '../"x' } });
    const answer = await ask(`/api/calls/${RECORD.key}/export?format=earshot`);
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="earshot-.._"x.json"'.replace('"x', '_x'),
    );
    expect(await answer.json()).toMatchObject({ verdicts: details.verdicts });
    const rtcstats = await ask(`/api/calls/${RECORD.key}/export?format=rtcstats`);
    expect(rtcstats.headers.get('content-disposition')).toContain('rtcstats-.._');
    expect(await rtcstats.text()).toContain('RTCStatsDump');
  });

  it('are counted, however many run', async () => {
    const { callId, startedAt, caller } = RECORD;
    for (let count = 0; count < 600; count += 1) {
      calls.running.push({ callId: `${callId}-${count}`, startedAt, caller, state: 'ringing' });
    }
    const answer = await ask('/api/live');
    expect(answer.headers.get('x-total-count')).toBe('600');
    expect(await answer.json()).toHaveLength(500);
  });

  it('are summed up over a day, unless told', async () => {
    await ask('/api/overview');
    await ask('/api/overview?from=1000&until=2000');
    expect(calls.asked).toEqual([
      { from: NOW - 86_400_000, until: NOW },
      { from: 1000, until: 2000 },
    ]);
  });
});
