import { Worker } from 'node:worker_threads';
import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import type { TurnCounters } from '@earshot/turn';
import type { PlainLog } from '../log.js';
import { addCounters, NO_COUNTERS, settled } from './counters.js';
import type { RelayInput, RelayOutput } from './messages.js';
import type { RelaySettings } from './settings.js';
import type { RelayListener, RelayPorts } from './types.js';

/** What is needed of a thread. `worker_threads.Worker` is one. */
export interface Thread {
  postMessage(message: RelayInput): void;
  on(event: 'message', listener: (outputs: readonly RelayOutput[]) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

/** How long a stopping thread may take, in ms. */
const STOP_MS = 2000;
/** A thread that cannot start again is tried again after this long, in ms. */
const RESTART_MS = 1000;

const startThread = (settings: RelaySettings): Thread =>
  new Worker(new URL('./worker-entry.js', import.meta.url), { workerData: settings });

export interface RelayThreadOptions {
  readonly settings: RelaySettings;
  readonly onEvent: RelayListener;
  readonly log: PlainLog;
  /** The thread broke down. Its allocations are gone, and another one takes its place and its ports. */
  readonly onCrash: (failure: Fault) => void;
  readonly startThread?: (settings: RelaySettings) => Thread;
}

/** The relay's own thread, seen from the main thread. */
export class RelayThread {
  readonly #options: RelayThreadOptions;
  /** As of now: what a thread is started with that takes another's place. */
  #settings: RelaySettings;
  #thread: Thread | undefined;
  #counters = NO_COUNTERS;
  /** Of threads that broke down. */
  #earlier = NO_COUNTERS;
  #draining = false;
  #closing = false;
  #ports: RelayPorts = {};
  #exited: (() => void) | undefined;

  /** Fails with the fault of the port that cannot be bound. */
  static async start(options: RelayThreadOptions): Promise<Result<RelayThread, Fault>> {
    const relay = new RelayThread(options);
    const failure = await relay.#launch();
    return failure === undefined ? ok(relay) : err(failure);
  }

  private constructor(options: RelayThreadOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  get ports(): RelayPorts {
    return this.#ports;
  }

  get counters(): TurnCounters {
    return addCounters(this.#earlier, this.#counters);
  }

  /** Changes what the thread goes by, and one that may replace it. */
  change(settings: Partial<Pick<RelaySettings, 'secrets' | 'media' | 'certificate'>>, input: RelayInput): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#thread?.postMessage(input);
  }

  drain(): void {
    this.#draining = true;
    this.#thread?.postMessage({ type: 'drain' });
  }

  async close(): Promise<void> {
    this.#closing = true;
    const thread = this.#thread;
    if (thread === undefined) return;
    await new Promise<void>((resolve) => {
      const overdue = setTimeout(() => void thread.terminate(), STOP_MS);
      this.#exited = () => {
        clearTimeout(overdue);
        resolve();
      };
      thread.postMessage({ type: 'stop' });
    });
  }

  /** Resolves with a fault when the thread could not start. What is posted until it listens waits for it. */
  #launch(): Promise<Fault | undefined> {
    return new Promise((resolve) => {
      const thread = (this.#options.startThread ?? startThread)(this.#settings);
      this.#thread = thread;
      if (this.#draining) thread.postMessage({ type: 'drain' });
      let lastFault = fault('turn.worker_failed');
      let isListening = false;
      thread.on('message', (outputs) => {
        for (const output of outputs) {
          if (output.type === 'not-listening') lastFault = output.fault;
          else this.#take(output);
          if (output.type !== 'listening') continue;
          isListening = true;
          resolve(undefined);
        }
      });
      thread.on('error', (error) => {
        lastFault = fault('turn.worker_failed', error.message);
      });
      thread.on('exit', () => {
        this.#thread = undefined;
        this.#exited?.();
        resolve(lastFault);
        if (isListening && !this.#closing) void this.#replace(lastFault);
      });
    });
  }

  #take(output: Exclude<RelayOutput, { type: 'not-listening' }>): void {
    switch (output.type) {
      case 'listening':
        this.#ports = output.ports;
        // Clients know these ports by now.
        this.#settings = {
          ...this.#settings,
          port: output.ports.udp ?? this.#settings.port,
          tlsPort: output.ports.tls ?? this.#settings.tlsPort,
        };
        break;
      case 'event':
        this.#options.onEvent(output.event, output.tag, output.at);
        break;
      case 'counters':
        this.#counters = output.counters;
        break;
      case 'log':
        this.#options.log[output.level](output.fields, output.message);
    }
  }

  async #replace(failure: Fault): Promise<void> {
    this.#earlier = addCounters(this.#earlier, settled(this.#counters));
    this.#counters = NO_COUNTERS;
    this.#options.onCrash(failure);
    while (!this.#closing && (await this.#launch()) !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    }
  }
}
