import { err, fault, ok } from '@earshot/base';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answer, type Thread, type ThreadAnswer, ThreadClient, type ThreadRequest } from './thread.js';

type Echo = { readonly echo: readonly [input: string, output: string] };

const LOST = fault('store.unreachable', 'no answer');

class FakeThread implements Thread {
  readonly requests: ThreadRequest[] = [];
  #message: (answer: ThreadAnswer) => void = () => {};
  #exit: () => void = () => {};

  on(event: 'message' | 'error' | 'exit', listener: (value: never) => void): void {
    if (event === 'message') this.#message = listener as (answer: ThreadAnswer) => void;
    if (event === 'exit') this.#exit = listener as () => void;
  }

  postMessage(request: ThreadRequest): void {
    this.requests.push(request);
  }

  async answer(): Promise<void> {
    const request = this.requests.shift();
    if (request !== undefined) this.#message(await answer<Echo>({ echo: (text) => ok(text) }, request));
  }

  async terminate(): Promise<void> {
    this.#exit();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function start() {
  const threads: { readonly thread: FakeThread; readonly restarted: boolean }[] = [];
  const crashes: string[] = [];
  const client = new ThreadClient<Echo>(
    (restarted) => {
      const thread = new FakeThread();
      threads.push({ thread, restarted });
      return thread;
    },
    LOST,
    (message) => crashes.push(message),
  );
  return { client, threads, crashes };
}

it('answers each question with its answer', async () => {
  const { client, threads } = start();
  const asked = [client.ask('echo', 'one'), client.ask('echo', 'other')];
  await threads[0]?.thread.answer();
  await threads[0]?.thread.answer();
  expect(await Promise.all(asked)).toEqual([ok('one'), ok('other')]);
});

it('does not wait longer than it is told to', async () => {
  const { client, threads } = start();
  const asked = client.ask('echo', 'one', 1000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await asked).toEqual(err(LOST));
  // An answer that comes too late is nobody's.
  await threads[0]?.thread.answer();
});

it('replaces a thread that broke down, and says what went with it', async () => {
  const { client, threads, crashes } = start();
  const asked = client.ask('echo', 'one');
  await threads[0]?.thread.terminate();
  expect(await asked).toEqual(err(LOST));
  expect(crashes).toHaveLength(1);
  expect(await client.ask('echo', 'between')).toEqual(err(LOST));
  await vi.advanceTimersByTimeAsync(1000);
  expect(threads.map(({ restarted }) => restarted)).toEqual([false, true]);
  const again = client.ask('echo', 'again');
  await threads[1]?.thread.answer();
  expect(await again).toEqual(ok('again'));
  await client.close();
  await vi.advanceTimersByTimeAsync(5000);
  expect(threads).toHaveLength(2);
});

it('makes an answer of a bug, without the data it speaks of', async () => {
  const handlers = {
    echo: (): never => {
      throw Object.assign(new TypeError('cannot read +49301234567'), { code: 'ERR_X' });
    },
  };
  expect(await answer<Echo>(handlers, { id: 3, operation: 'echo', input: 'one' })).toEqual({
    id: 3,
    result: err(fault('internal.bug', 'echo: TypeError ERR_X')),
  });
});
