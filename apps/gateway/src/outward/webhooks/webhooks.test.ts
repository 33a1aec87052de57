import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { callNow, recordOf, STARTED_AT, timelineOf, verdictOf } from '../../testing/closed-calls.js';
import { recordingLog } from '../../testing/records.js';
import type { AlertEvent } from '../alerts/alerts.js';
import type { Post } from './delivery.js';
import { postByFetch } from './post.js';
import { Webhooks } from './webhooks.js';

interface Sent {
  readonly url: string;
  readonly body: Record<string, unknown>;
}

type Config = ConstructorParameters<typeof Webhooks>[0];

function world(webhooks: Config['webhooks'], privacy: Config['privacy'] = 'full', answers?: Post) {
  const sent: Sent[] = [];
  const post: Post = async (url, headers, body, signal) => {
    sent.push({ url, body: JSON.parse(body) });
    return (await answers?.(url, headers, body, signal)) ?? { status: 200 };
  };
  const { log } = recordingLog();
  const hooks = new Webhooks({ webhooks, privacy, log, userAgent: 'Earshot/1', post, timeOfDay: () => STARTED_AT });
  return { hooks, sent };
}

const ALL = ['call.ended', 'call.diagnosed', 'alert.raised', 'alert.cleared'] as const;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ended = { type: 'call.ended', result: 'completed', by: 'caller' } as const;

const ALERT: AlertEvent = {
  type: 'alert.raised',
  at: STARTED_AT,
  rule: 'trunk-down',
  group: 'pbx',
  since: STARTED_AT,
  text: 'The trunk pbx is down.',
};

describe('webhooks', () => {
  it('tell of the end of a call, of what was wrong with it, and of alerts', async () => {
    const { hooks, sent } = world([{ url: 'https://a.example/', events: [...ALL] }]);
    hooks.event(STARTED_AT, { type: 'call.state', state: 'answered' }, callNow());
    hooks.event(STARTED_AT + 60_000, ended, callNow(recordOf({ provisional: true })));
    const cause = verdictOf({ consequences: [verdictOf({ code: 'media.one_way_uplink' })] });
    hooks.closed(timelineOf(), recordOf(), [cause]);
    hooks.alert(ALERT);
    await settled();
    expect(sent.map(({ body }) => body)).toEqual([
      {
        version: 1,
        id: `call.ended:${recordOf().key}`,
        type: 'call.ended',
        at: STARTED_AT + 60_000,
        call: recordOf({ provisional: true }),
      },
      {
        version: 1,
        id: `call.diagnosed:${recordOf().key}`,
        type: 'call.diagnosed',
        at: STARTED_AT,
        call: recordOf(),
        verdicts: [
          {
            code: 'ice.udp_blocked',
            layer: 'transport',
            side: 'caller',
            weight: 'fault',
            confidence: 0.9,
            since: STARTED_AT + 1_000,
            text: 'Nothing came from 198.51.100.9.',
            next: { user: 'Use another network.', operator: 'Look at the firewall.' },
            consequences: ['media.one_way_uplink'],
          },
        ],
      },
      {
        version: 1,
        id: `alert.raised:trunk-down:pbx:${STARTED_AT}`,
        type: 'alert.raised',
        at: STARTED_AT,
        alert: { rule: 'trunk-down', group: 'pbx', since: STARTED_AT, text: 'The trunk pbx is down.' },
      },
    ]);
  });

  it('go to those who want them', async () => {
    const { hooks, sent } = world([
      { url: 'https://a.example/', events: ['alert.raised'] },
      { url: 'https://b.example/', events: ['call.ended'] },
    ]);
    hooks.event(STARTED_AT, ended, callNow());
    hooks.closed(timelineOf(), recordOf(), []);
    hooks.alert(ALERT);
    await settled();
    expect(sent.map(({ url, body }) => [url, body.type])).toEqual([
      ['https://b.example/', 'call.ended'],
      ['https://a.example/', 'alert.raised'],
    ]);
  });

  it.each([
    ['short', /\+493012345xxx/, /\+493012345678|alice|198\.51\.100\.9/],
    ['hidden', /"to":"hidden"/, /\+49|alice|198\.51/],
  ] as const)('hold no more than privacy %s lets through', async (level, seen, unseen) => {
    const { hooks, sent } = world([{ url: 'https://a.example/', events: [...ALL] }], level);
    hooks.event(STARTED_AT, ended, callNow());
    hooks.closed(timelineOf(), recordOf(), [verdictOf()]);
    await settled();
    const text = JSON.stringify(sent);
    expect(sent).toHaveLength(2);
    expect(text).toMatch(seen);
    expect(text).not.toMatch(unseen);
  });

  it('to one receiver do not wait for another', async () => {
    const never: Post = (url) => (url.includes('slow') ? new Promise(() => {}) : Promise.resolve({ status: 200 }));
    const { hooks, sent } = world(
      [
        { url: 'https://slow.example/', events: ['call.ended'] },
        { url: 'https://quick.example/', events: ['call.ended'] },
      ],
      'full',
      never,
    );
    for (let index = 0; index < 3; index += 1) hooks.event(STARTED_AT, ended, callNow());
    await settled();
    expect(sent.filter(({ url }) => url.includes('quick'))).toHaveLength(3);
    expect(sent.filter(({ url }) => url.includes('slow'))).toHaveLength(1);
    expect(hooks.statuses()).toMatchObject([
      { name: 'webhook-1', waiting: 3 },
      { name: 'webhook-2', waiting: 0, sent: 3 },
    ]);
  });
});

describe('a request', () => {
  let server: Server;
  afterEach(() => void server.close());

  async function serve(status: number, headers: Record<string, string> = {}) {
    const seen: { path: string | undefined; body: string; type: string | undefined }[] = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        seen.push({ path: request.url, body, type: request.headers['content-type'] });
        response.writeHead(status, headers).end('answer');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { seen, url: `http://127.0.0.1:${port}/hook` };
  }

  const send = (url: string, signal = new AbortController().signal) =>
    postByFetch(url, { 'content-type': 'application/json' }, '{"a":1}', signal);

  it('is a POST with the body as it was signed', async () => {
    const { seen, url } = await serve(204);
    expect(await send(url)).toEqual({ status: 204 });
    expect(seen).toEqual([{ path: '/hook', body: '{"a":1}', type: 'application/json' }]);
  });

  it('follows no redirect', async () => {
    const { seen, url } = await serve(307, { location: '/elsewhere' });
    expect(await send(url)).toEqual({ status: 307 });
    expect(seen.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('tells for how long to wait, where that is said in seconds', async () => {
    const { url } = await serve(503, { 'retry-after': '7' });
    expect(await send(url)).toEqual({ status: 503, retryAfterMs: 7_000 });
  });

  it('rejects when it is aborted, and where nobody answers', async () => {
    const { url } = await serve(200);
    const controller = new AbortController();
    controller.abort();
    await expect(send(url, controller.signal)).rejects.toThrow();
    await expect(send('http://127.0.0.1:9/')).rejects.toThrow();
  });
});
