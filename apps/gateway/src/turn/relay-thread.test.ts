import { type Fault, fault } from '@earshot/base';
import { afterEach, expect, it, vi } from 'vitest';
import { NO_COUNTERS } from './counters.js';
import type { RelayInput, RelayOutput } from './messages.js';
import { RelayThread, type Thread } from './relay-thread.js';
import type { RelaySettings } from './settings.js';

const SETTINGS: RelaySettings = {
  hosts: ['127.0.0.1'],
  port: 0,
  tlsPort: 0,
  realm: 'test',
  software: 'test',
  relayPorts: [0, 0],
  allowPeers: [],
  limits: {},
  media: [],
  secrets: ['first'],
};
const PORTS = { udp: 3478, tcp: 3478, tls: 5349 };

class FakeThread implements Thread {
  readonly settings: RelaySettings;
  readonly inputs: RelayInput[] = [];
  /** Whether it ends when it is told to. */
  obedient = true;
  terminated = false;
  #message: (outputs: readonly RelayOutput[]) => void = () => {};
  #error: (error: Error) => void = () => {};
  #exit: () => void = () => {};

  constructor(settings: RelaySettings) {
    this.settings = settings;
  }

  on(event: 'message' | 'error' | 'exit', listener: (value: never) => void): void {
    if (event === 'message') this.#message = listener as (outputs: readonly RelayOutput[]) => void;
    if (event === 'error') this.#error = listener as (error: Error) => void;
    if (event === 'exit') this.#exit = listener as () => void;
  }

  postMessage(input: RelayInput): void {
    this.inputs.push(input);
    if (input.type === 'stop' && this.obedient) this.#exit();
  }

  say(...outputs: readonly RelayOutput[]): void {
    this.#message(outputs);
  }

  crash(): void {
    this.#error(new Error('out of memory'));
    this.#exit();
  }

  exit(): void {
    this.#exit();
  }

  async terminate(): Promise<void> {
    this.terminated = true;
    this.#exit();
  }
}

afterEach(() => {
  vi.useRealTimers();
});

async function started() {
  const threads: FakeThread[] = [];
  const crashes: Fault[] = [];
  const events: unknown[] = [];
  const logged: unknown[] = [];
  const starting = RelayThread.start({
    settings: SETTINGS,
    log: { debug: () => {}, warn: (fields, message) => logged.push([message, fields]) },
    onEvent: (...event) => events.push(event),
    onCrash: (failure) => crashes.push(failure),
    startThread: (settings) => {
      const thread = new FakeThread(settings);
      threads.push(thread);
      return thread;
    },
  });
  const [first] = threads;
  if (first === undefined) throw new Error('no thread');
  first.say({ type: 'listening', ports: PORTS });
  const relay = await starting;
  if (!relay.ok) throw new Error(relay.error.code);
  return { relay: relay.value, threads, first, crashes, events, logged };
}

it('fails by the name of the port that is taken', async () => {
  const taken = fault('server.port_in_use', 'EADDRINUSE', 'turn.port 3478');
  const starting = RelayThread.start({
    settings: SETTINGS,
    log: { debug: () => {}, warn: () => {} },
    onEvent: () => {},
    onCrash: () => {},
    startThread: (settings) => {
      const thread = new FakeThread(settings);
      queueMicrotask(() => {
        thread.say({ type: 'not-listening', fault: taken });
        thread.exit();
      });
      return thread;
    },
  });
  expect(await starting).toEqual({ ok: false, error: taken });
});

it('hands on what the thread says', async () => {
  const { relay, first, events, logged } = await started();
  const event = {
    type: 'turn.relaying',
    transport: 'udp',
    client: { address: '192.0.2.1', port: 1 },
    peer: { address: '192.0.2.2', port: 2 },
    direction: 'up',
  } as const;
  first.say(
    { type: 'event', event, tag: 'tag', at: 5 },
    { type: 'log', level: 'warn', fields: { code: 'x' }, message: 'relay address' },
    { type: 'counters', counters: { ...NO_COUNTERS, packetsUp: 7 } },
  );
  expect(events).toEqual([[event, 'tag', 5]]);
  expect(logged).toEqual([['relay address', { code: 'x' }]]);
  expect(relay.counters.packetsUp).toBe(7);
  expect(relay.ports).toEqual(PORTS);
});

it('replaces a thread that broke down: on its ports, with what holds by then, and its figures kept', async () => {
  const { relay, threads, first, crashes } = await started();
  relay.change({ secrets: ['second', 'first'] }, { type: 'secrets', secrets: ['second', 'first'] });
  expect(first.inputs).toEqual([{ type: 'secrets', secrets: ['second', 'first'] }]);
  first.say({
    type: 'counters',
    counters: { ...NO_COUNTERS, packetsUp: 7, active: { udp: 3, tcp: 0, tls: 0 }, streams: 1 },
  });
  first.crash();
  expect(crashes).toEqual([fault('turn.worker_failed', 'out of memory')]);
  const [, second] = threads;
  expect(second?.settings).toMatchObject({ port: 3478, tlsPort: 5349, secrets: ['second', 'first'] });
  // What comes while it starts waits for it.
  relay.change({ media: [] }, { type: 'media', media: [] });
  expect(second?.inputs).toEqual([{ type: 'media', media: [] }]);
  second?.say({ type: 'listening', ports: PORTS }, { type: 'counters', counters: { ...NO_COUNTERS, packetsUp: 1 } });
  expect(relay.counters).toMatchObject({ packetsUp: 8, active: { udp: 0 }, streams: 0 });
});

it('tries again where a replacement cannot start', async () => {
  vi.useFakeTimers();
  const { threads, first, crashes } = await started();
  first.crash();
  threads[1]?.say({ type: 'not-listening', fault: fault('server.port_in_use') });
  threads[1]?.exit();
  await vi.advanceTimersByTimeAsync(999);
  expect(threads.length).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(threads.length).toBe(3);
  expect(crashes.length).toBe(1);
});

it('stays drained when the thread is replaced', async () => {
  const { relay, threads, first } = await started();
  relay.drain();
  first.crash();
  expect(first.inputs).toEqual([{ type: 'drain' }]);
  expect(threads[1]?.inputs).toEqual([{ type: 'drain' }]);
});

it('waits for the thread to end, and insists', async () => {
  vi.useFakeTimers();
  const { relay, first, threads, crashes } = await started();
  first.obedient = false;
  const closed = relay.close();
  await vi.advanceTimersByTimeAsync(2000);
  await closed;
  expect(first.terminated).toBe(true);
  expect(threads.length).toBe(1);
  expect(crashes).toEqual([]);
});

it('does not wait for a thread that is not there', async () => {
  const { relay, first, threads } = await started();
  first.crash();
  threads[1]?.say({ type: 'not-listening', fault: fault('server.port_in_use') });
  threads[1]?.exit();
  await relay.close();
});
