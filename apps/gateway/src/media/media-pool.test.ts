import { fault } from '@earshot/base';
import type { MediaEvent } from '@earshot/calls';
import { expect, it } from 'vitest';
import { MediaPool, type WorkerThread } from './media-pool.js';
import type { WorkerInput, WorkerOutput } from './messages.js';
import type { MediaOptions, WorkerOptions } from './options.js';

const OPTIONS: MediaOptions = {
  workers: 2,
  browserHosts: [{ address: '127.0.0.1', required: true, priority: 1 }],
  browserPort: 40_000,
  sipHost: '127.0.0.1',
  sipPorts: [41_000, 41_999],
  certificate: { der: new Uint8Array(), pkcs8: new Uint8Array() },
};
const ICE = { ufrag: 'abcd', pwd: 'abcdefghijklmnopqrstuv' };

class FakeThread implements WorkerThread {
  readonly options: WorkerOptions;
  readonly inputs: WorkerInput[] = [];
  #message: (outputs: readonly WorkerOutput[]) => void = () => {};
  #error: (error: Error) => void = () => {};
  #exit: () => void = () => {};

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  on(event: 'message' | 'error' | 'exit', listener: (value: never) => void): void {
    if (event === 'message') this.#message = listener as (outputs: readonly WorkerOutput[]) => void;
    if (event === 'error') this.#error = listener as (error: Error) => void;
    if (event === 'exit') this.#exit = listener as () => void;
  }

  postMessage(input: WorkerInput): void {
    this.inputs.push(input);
    if (input.type === 'stop') this.#exit();
  }

  say(output: WorkerOutput): void {
    this.#message([output]);
  }

  crash(): void {
    this.#error(new Error('out of memory'));
    this.#exit();
  }

  async terminate(): Promise<void> {
    this.#exit();
  }
}

async function startedPool(): Promise<{ pool: MediaPool; threads: FakeThread[] }> {
  const threads: FakeThread[] = [];
  const starting = MediaPool.start(OPTIONS, (options) => {
    const thread = new FakeThread(options);
    threads.push(thread);
    return thread;
  });
  for (const thread of threads)
    thread.say({ type: 'started', sockets: [{ address: '127.0.0.1', port: 40_000 + thread.options.index }] });
  const pool = await starting;
  if (!pool.ok) throw new Error(pool.error.code);
  return { pool: pool.value, threads };
}

it('spreads calls over the workers, all legs of a call in one', async () => {
  const { pool, threads } = await startedPool();
  const first = pool.assign('a');
  first.send({ type: 'webrtc.open', callId: 'a', legId: 'a1', ice: ICE });
  first.send({ type: 'rtp.open', callId: 'a', legId: 'a2' });
  const second = pool.assign('b');
  second.send({ type: 'rtp.open', callId: 'b', legId: 'b1' });
  expect([first.browserPort, second.browserPort].toSorted()).toEqual([40_000, 40_001]);
  expect(threads.map(({ inputs }) => inputs.length).toSorted()).toEqual([1, 2]);
});

it('gives events to the call whose leg they are about, until the leg is closed', async () => {
  const { pool, threads } = await startedPool();
  const handle = pool.assign('a');
  const heard: MediaEvent[] = [];
  handle.onEvent((event) => heard.push(event));
  handle.send({ type: 'rtp.open', callId: 'a', legId: 'a1' });
  const thread = threads.find(({ inputs }) => inputs.length > 0);
  thread?.say({ type: 'event', event: { type: 'leg.received', legId: 'a1' } });
  thread?.say({ type: 'event', event: { type: 'leg.received', legId: 'other' } });
  thread?.say({ type: 'leg.closed', legId: 'a1' });
  thread?.say({ type: 'event', event: { type: 'leg.received', legId: 'a1' } });
  expect(heard).toEqual([{ type: 'leg.received', legId: 'a1' }]);
});

it('replaces a worker that crashes and reports its legs as failed', async () => {
  const { pool, threads } = await startedPool();
  const handle = pool.assign('a');
  const heard: MediaEvent[] = [];
  handle.onEvent((event) => heard.push(event));
  handle.send({ type: 'rtp.open', callId: 'a', legId: 'a1' });
  const crashed = threads.find(({ inputs }) => inputs.length > 0);
  crashed?.crash();
  const failed = { type: 'leg.failed', legId: 'a1', fault: fault('media.worker_failed', 'out of memory') };
  expect(heard).toEqual([failed]);
  expect(threads.length).toBe(3);
  threads[2]?.say({ type: 'started', sockets: [{ address: '127.0.0.1', port: 40_000 }] });
  handle.send({ type: 'close', legId: 'a1' });
  handle.send({ type: 'rtp.open', callId: 'a', legId: 'a2' });
  expect(heard.map(({ legId }) => legId)).toEqual(['a1', 'a2']);
  expect(threads[2]?.inputs).toEqual([]);
  expect(threads[2]?.options.index).toBe(crashed?.options.index);
});

it('does not start when a worker cannot bind, and leaves none running', async () => {
  const threads: FakeThread[] = [];
  const starting = MediaPool.start(OPTIONS, (options) => {
    const thread = new FakeThread(options);
    threads.push(thread);
    return thread;
  });
  threads[0]?.say({ type: 'started', sockets: [{ address: '127.0.0.1', port: 40_000 }] });
  threads[1]?.say({ type: 'not-started', fault: fault('server.port_in_use', 'EADDRINUSE', 'media.port') });
  await threads[1]?.terminate();
  expect(await starting).toEqual({ ok: false, error: fault('server.port_in_use', 'EADDRINUSE', 'media.port') });
  expect(threads[0]?.inputs).toEqual([{ type: 'stop' }]);
});

it('has every worker listen on other addresses, also one that is being replaced', async () => {
  const { pool, threads } = await startedPool();
  let changes = 0;
  const heard: string[] = [];
  pool.onListening((faults) => {
    changes += 1;
    heard.push(...faults.map(({ code }) => code));
  });
  const handle = pool.assign('a');
  const hosts = [{ address: '192.0.2.7', required: false, priority: 1 }];
  threads[0]?.crash();
  pool.listen(hosts);
  expect(pool.sockets[0]).toEqual([]);
  expect(threads[1]?.inputs).toEqual([{ type: 'listen', hosts }]);
  threads[1]?.say({
    type: 'listening',
    sockets: [{ address: '192.0.2.7', port: 40_001 }],
    faults: [fault('server.port_in_use')],
  });
  threads[2]?.say({ type: 'started', sockets: [{ address: '127.0.0.1', port: 40_000 }] });
  expect(threads[2]?.inputs).toEqual([{ type: 'listen', hosts }]);
  threads[2]?.say({ type: 'listening', sockets: [{ address: '192.0.2.7', port: 40_000 }], faults: [] });
  expect(pool.sockets).toEqual([[{ address: '192.0.2.7', port: 40_000 }], [{ address: '192.0.2.7', port: 40_001 }]]);
  expect(heard).toEqual(['server.port_in_use']);
  expect(changes).toBe(4);
  expect(handle.sockets[0]?.address).toBe('192.0.2.7');
  // A worker that starts from here on is told at once.
  threads[1]?.crash();
  expect(threads[3]?.options.browserHosts).toEqual(hosts);
});
