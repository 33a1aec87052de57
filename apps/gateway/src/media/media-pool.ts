import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { err, type Fault, fault, ok, type Result, type TransportAddress } from '@earshot/base';
import type { MediaCommand, MediaEvent } from '@earshot/calls';
import type { WorkerInput, WorkerOutput } from './messages.js';
import type { MediaHost, MediaOptions, WorkerOptions } from './options.js';

/** What the pool needs of a thread. `worker_threads.Worker` is one. */
export interface WorkerThread {
  postMessage(message: WorkerInput): void;
  on(event: 'message', listener: (outputs: readonly WorkerOutput[]) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

/** What call control holds of a call's media. All legs of a call live in one worker, so that no packet crosses threads. */
export interface MediaWorkerHandle {
  /** The sockets that browsers reach this worker by, now. */
  readonly sockets: readonly TransportAddress[];
  /** The port of them, which is the same on all addresses. */
  readonly browserPort: number;
  send(command: MediaCommand): void;
  /** Replaces the listener. Events come for the legs that this handle opened. */
  onEvent(listener: (event: MediaEvent) => void): void;
}

/** How long a stopping worker may take to close its legs, in ms. */
const STOP_MS = 2000;
/** A worker that cannot start again is tried again after this long, in ms. */
const RESTART_MS = 1000;

const startThread = (options: WorkerOptions): WorkerThread =>
  new Worker(new URL('./worker-entry.js', import.meta.url), { workerData: options });

/** The media workers of this process, seen from the main thread. */
export class MediaPool {
  readonly #options: MediaOptions;
  readonly #start: (options: WorkerOptions) => WorkerThread;
  readonly #slots: Slot[];
  #hosts: readonly MediaHost[];
  #listener: (faults: readonly Fault[]) => void = () => {};
  #closing = false;

  /** Starts every worker. Fails with the fault of the first that cannot bind its port; none is left running then. */
  static async start(options: MediaOptions, thread = startThread): Promise<Result<MediaPool>> {
    const pool = new MediaPool(options, thread);
    const outcomes = await Promise.all(pool.#slots.map((slot) => pool.#launch(slot)));
    const failed = outcomes.find((outcome) => outcome !== undefined);
    if (failed === undefined) return ok(pool);
    await pool.close();
    return err(failed);
  }

  private constructor(options: MediaOptions, start: (options: WorkerOptions) => WorkerThread) {
    this.#options = options;
    this.#hosts = options.browserHosts;
    this.#start = start;
    const workers = options.workers ?? Math.max(1, availableParallelism() - 1);
    this.#slots = Array.from({ length: workers }, (_, index) => new Slot(index));
  }

  /** The least busy worker, for all legs of a call. */
  assign(callId: string): MediaWorkerHandle {
    const slot = this.#slots.reduce((best, other) => (other.busier(best) ? best : other));
    return new Handle(callId, slot);
  }

  /** Has every worker listen for browsers on these addresses from now on. Legs on others stay without a path. */
  listen(hosts: readonly MediaHost[]): void {
    this.#hosts = hosts;
    for (const { thread } of this.#slots) thread?.postMessage({ type: 'listen', hosts });
  }

  /** What each worker listens on for browsers. A worker that is being replaced has nothing. */
  get sockets(): readonly (readonly TransportAddress[])[] {
    return this.#slots.map(({ sockets }) => sockets);
  }

  /** Replaces the listener: `sockets` may be others now. `faults`: why an address could not be bound. */
  onListening(listener: (faults: readonly Fault[]) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#slots.map((slot) => slot.stop()));
  }

  /** Resolves with a fault when the worker could not start. */
  #launch(slot: Slot): Promise<Fault | undefined> {
    return new Promise((resolve) => {
      const browserHosts = this.#hosts;
      const thread = this.#start({ ...this.#options, browserHosts, workers: this.#slots.length, index: slot.index });
      let lastFault = fault('media.worker_failed');
      const take = (output: WorkerOutput): void => {
        if (output.type === 'started') {
          slot.started(thread, output.sockets);
          if (browserHosts !== this.#hosts) thread.postMessage({ type: 'listen', hosts: this.#hosts });
          resolve(undefined);
          this.#listener([]);
        } else if (output.type === 'listening') {
          slot.sockets = output.sockets;
          this.#listener(output.faults);
        } else if (output.type === 'not-started') {
          lastFault = output.fault;
        } else if (output.type === 'event') {
          slot.deliver(output.event);
        } else {
          slot.forget(output.legId);
        }
      };
      thread.on('message', (outputs) => {
        for (const output of outputs) take(output);
      });
      thread.on('error', (error) => {
        lastFault = fault('media.worker_failed', error.message);
      });
      thread.on('exit', () => {
        resolve(lastFault);
        const wasRunning = slot.exited(thread, lastFault);
        if (!wasRunning || this.#closing) return;
        this.#listener([]);
        void this.#replace(slot);
      });
    });
  }

  async #replace(slot: Slot): Promise<void> {
    while (!this.#closing && (await this.#launch(slot)) !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    }
    if (this.#closing) await slot.stop();
  }
}

/** One place for a worker; a crashed one is followed by another in the same place, on the same port. */
class Slot {
  readonly index: number;
  sockets: readonly TransportAddress[] = [];
  thread: WorkerThread | undefined;
  readonly #legs = new Map<string, Handle>();
  #exited: (() => void) | undefined;

  constructor(index: number) {
    this.index = index;
  }

  busier(other: Slot): boolean {
    if ((this.thread === undefined) !== (other.thread === undefined)) return this.thread === undefined;
    return this.#legs.size >= other.#legs.size;
  }

  started(thread: WorkerThread, sockets: readonly TransportAddress[]): void {
    this.thread = thread;
    this.sockets = sockets;
  }

  send(handle: Handle, command: MediaCommand): void {
    if (command.type === 'webrtc.open' || command.type === 'rtp.open') this.#legs.set(command.legId, handle);
    this.thread?.postMessage(command);
  }

  deliver(event: MediaEvent): void {
    this.#legs.get(event.legId)?.deliver(event);
  }

  forget(legId: string): void {
    this.#legs.delete(legId);
  }

  /** True when the worker had started before. Its legs are gone, and their calls are told. */
  exited(thread: WorkerThread, reason: Fault): boolean {
    this.#exited?.();
    if (this.thread !== thread) return false;
    this.thread = undefined;
    this.sockets = [];
    const legs = [...this.#legs];
    this.#legs.clear();
    for (const [legId, handle] of legs) handle.deliver({ type: 'leg.failed', legId, fault: reason });
    return true;
  }

  async stop(): Promise<void> {
    const { thread } = this;
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
}

class Handle implements MediaWorkerHandle {
  readonly callId: string;
  readonly #slot: Slot;
  readonly #thread: WorkerThread | undefined;
  #listener: (event: MediaEvent) => void = () => {};

  constructor(callId: string, slot: Slot) {
    this.callId = callId;
    this.#slot = slot;
    this.#thread = slot.thread;
  }

  get sockets(): readonly TransportAddress[] {
    return this.#slot.sockets;
  }

  get browserPort(): number {
    return this.sockets[0]?.port ?? 0;
  }

  /** A call whose worker is gone stays without media: its legs were reported as failed, and so are further ones. */
  send(command: MediaCommand): void {
    if (this.#slot.thread === this.#thread && this.#thread !== undefined) this.#slot.send(this, command);
    else if (command.type === 'webrtc.open' || command.type === 'rtp.open') {
      this.deliver({ type: 'leg.failed', legId: command.legId, fault: fault('media.worker_failed') });
    }
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listener = listener;
  }

  deliver(event: MediaEvent): void {
    this.#listener(event);
  }
}
