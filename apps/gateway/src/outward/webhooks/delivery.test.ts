import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordingLog } from '../../testing/records.js';
import { Receiver } from '../receiver.js';
import { Delivery, MOST_ATTEMPTS, MOST_WAITING, type WebhookAnswer } from './delivery.js';
import type { WebhookMessage } from './message.js';

beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000_000 }));
afterEach(() => void vi.useRealTimers());

type Reply = WebhookAnswer | 'refuse' | 'never';

class World {
  readonly requests: { at: number; id: string; headers: Readonly<Record<string, string>>; body: string }[] = [];
  readonly #recording = recordingLog();
  reply: (request: number) => Reply = () => ({ status: 200 });
  readonly delivery: Delivery;

  constructor(secret?: string) {
    this.delivery = new Delivery({
      url: 'https://receiver.example.com/secret-path',
      secret,
      userAgent: 'Earshot/1.2.3',
      receiver: (waiting) => new Receiver('webhook-1', this.#recording.log, waiting),
      timeOfDay: Date.now,
      random: () => 0,
      post: async (_url, headers, body, signal) => {
        this.requests.push({ at: Date.now() - 1_800_000_000_000, id: headers['idempotency-key'] ?? '', headers, body });
        const reply = this.reply(this.requests.length);
        if (reply === 'refuse') throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
        if (reply !== 'never') return reply;
        return await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
  }

  push(...ids: readonly string[]): this {
    for (const id of ids) this.delivery.push(messageOf(id));
    return this;
  }

  get log(): string[] {
    return this.#recording.records.map(({ level, msg, fault = '' }) => `${level} ${msg} ${fault}`.trim());
  }

  get text(): string {
    return this.#recording.text();
  }
}

const messageOf = (id: string): WebhookMessage => ({ id, type: 'call.ended', body: `{"id":"${id}"}` });

describe('a message to a receiver', () => {
  it('carries its kind, its key and a signature that can be checked', async () => {
    const world = new World('0123456789abcdef').push('a');
    await vi.advanceTimersByTimeAsync(0);
    const [request] = world.requests;
    expect(request?.headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'Earshot/1.2.3',
      'earshot-event': 'call.ended',
      'idempotency-key': 'a',
      'earshot-signature': expect.stringMatching(/^t=1800000000,v1=[0-9a-f]{64}$/),
    });
    const expected = createHmac('sha256', '0123456789abcdef').update('1800000000.{"id":"a"}').digest('hex');
    expect(request?.headers['earshot-signature']).toBe(`t=1800000000,v1=${expected}`);
    expect(world.delivery.receiver.status()).toMatchObject({ isUp: true, sent: 1, lost: 0, waiting: 0 });
  });

  it('has no signature without a secret', async () => {
    const world = new World().push('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(world.requests[0]?.headers).not.toHaveProperty('earshot-signature');
  });

  it('goes one after the other, in order', async () => {
    const world = new World().push('a', 'b', 'c');
    expect(world.requests.map(({ id }) => id)).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(0);
    expect(world.requests.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it.each([500, 503, 429, 408, 425])(
    'that is answered %i comes again with the same key, later and later',
    async (status) => {
      const world = new World('0123456789abcdef');
      world.reply = (request) => ({ status: request < 4 ? status : 200 });
      world.push('a', 'b');
      await vi.advanceTimersByTimeAsync(60_000);
      // Half of 1, 2, 4 s, the random part being nothing.
      expect(world.requests.map(({ id, at }) => [id, at])).toEqual([
        ['a', 0],
        ['a', 500],
        ['a', 1_500],
        ['a', 3_500],
        ['b', 3_500],
      ]);
      const signatures = new Set(world.requests.slice(0, 4).map(({ headers }) => headers['earshot-signature']));
      expect(signatures.size).toBeGreaterThan(1);
      expect(world.delivery.receiver.status()).toMatchObject({ isUp: true, sent: 2, lost: 0 });
    },
  );

  it('waits for as long as the receiver asks', async () => {
    const world = new World();
    world.reply = (request) => (request === 1 ? { status: 429, retryAfterMs: 20_000 } : { status: 204 });
    world.push('a');
    await vi.advanceTimersByTimeAsync(19_999);
    expect(world.requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.requests).toHaveLength(2);
  });

  it.each([400, 401, 404, 410, 301, 307])(
    'that is answered %i is not sent again, and the next one is',
    async (status) => {
      const world = new World();
      world.reply = (request) => ({ status: request === 1 ? status : 200 });
      world.push('a', 'b');
      await vi.advanceTimersByTimeAsync(600_000);
      expect(world.requests.map(({ id }) => id)).toEqual(['a', 'b']);
      expect(world.delivery.receiver.status()).toMatchObject({ sent: 1, lost: 1 });
    },
  );

  it('has five seconds for its answer', async () => {
    const world = new World();
    world.reply = (request) => (request === 1 ? 'never' : { status: 200 });
    world.push('a');
    await vi.advanceTimersByTimeAsync(4_999);
    expect(world.delivery.receiver.isUp).toBeUndefined();
    await vi.advanceTimersByTimeAsync(501);
    expect(world.requests.map(({ at }) => at)).toEqual([0, 5_500]);
    expect(world.log[0]).toContain('no answer within 5 s');
  });

  it('is given up in the end', async () => {
    const world = new World();
    world.reply = () => 'refuse';
    world.push('a');
    await vi.advanceTimersByTimeAsync(7_200_000);
    expect(world.requests).toHaveLength(MOST_ATTEMPTS);
    expect((world.requests.at(-1)?.at ?? 0) / 60_000).toBeGreaterThan(15);
    expect(world.delivery.receiver.status()).toMatchObject({ isUp: false, sent: 0, lost: 1, waiting: 0 });
  });
});

describe('a receiver', () => {
  it('that is away is named once, and once when it is back; the log holds neither URL nor secret', async () => {
    const world = new World('0123456789abcdef');
    world.reply = (request) => (request < 5 ? 'refuse' : { status: 200 });
    world.push('a', 'b');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.log).toEqual([
      expect.stringMatching(/^40 events wait or are lost outward\.unreachable: .*ECONNREFUSED/),
      '30 a receiver of events answers again',
    ]);
    expect(world.text).not.toMatch(/receiver\.example|secret-path|0123456789abcdef/);
  });

  it('that is slow fills a queue of its own, which loses the oldest', async () => {
    const world = new World();
    world.reply = () => 'never';
    world.push(...Array.from({ length: MOST_WAITING + 50 }, (_, index) => `m${index}`));
    expect(world.delivery.receiver.status()).toMatchObject({ waiting: MOST_WAITING, lost: 50 });
    world.reply = () => ({ status: 200 });
    await vi.advanceTimersByTimeAsync(10_000);
    // The one that was under way, then all but the fifty oldest of those that waited.
    expect(world.requests.map(({ id }) => id).slice(0, 3)).toEqual(['m0', 'm0', 'm51']);
    expect(world.delivery.receiver.status()).toMatchObject({ waiting: 0, sent: MOST_WAITING });
  });

  it('has a moment at the end for what waits, and no longer', async () => {
    const quick = new World().push('a', 'b');
    const stopped = quick.delivery.stop();
    await vi.advanceTimersByTimeAsync(0);
    await stopped;
    expect(quick.requests).toHaveLength(2);

    const slow = new World();
    slow.reply = () => 'never';
    slow.push('a', 'b');
    const given = slow.delivery.stop();
    await vi.advanceTimersByTimeAsync(2_000);
    await given;
    slow.push('c');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(slow.requests).toHaveLength(1);

    const away = new World();
    away.reply = () => 'refuse';
    away.push('a');
    await vi.advanceTimersByTimeAsync(0);
    await away.delivery.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(away.requests).toHaveLength(1);
  });
});
