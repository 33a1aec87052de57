import { err, type Fault, fault, type Result } from '@earshot/base';

/** What is asked of a thread, by name: its input and what it answers. */
export type Operations = Readonly<Record<string, readonly [input: unknown, output: unknown]>>;

export interface ThreadRequest {
  readonly id: number;
  readonly operation: string;
  readonly input: unknown;
}

export interface ThreadAnswer {
  readonly id: number;
  readonly result: Result<unknown>;
}

/** What is needed of a thread. `worker_threads.Worker` is one. */
export interface Thread {
  postMessage(message: ThreadRequest): void;
  on(event: 'message', listener: (answer: ThreadAnswer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

export type Handlers<Ops extends Operations> = {
  readonly [Name in keyof Ops]: (input: Ops[Name][0]) => Promise<Result<Ops[Name][1]>> | Result<Ops[Name][1]>;
};

/** Answers one request. A bug of a handler is an answer, too, which says no more than its kind: messages quote data. */
export async function answer<Ops extends Operations>(
  handlers: Handlers<Ops>,
  { id, operation, input }: ThreadRequest,
): Promise<ThreadAnswer> {
  const handler = handlers[operation];
  if (handler === undefined) return { id, result: err(fault('internal.bug', `no operation ${operation}`)) };
  try {
    return { id, result: await handler(input) };
  } catch (error) {
    const { name, code } = error as { readonly name?: string; readonly code?: unknown };
    return { id, result: err(fault('internal.bug', `${operation}: ${name ?? 'error'} ${String(code ?? '')}`.trim())) };
  }
}

/** A thread that broke down is replaced at once, and then no more often than this, in ms. */
const RESTART_MS = 1000;
/** How long a thread may take to stop, in ms. */
const STOP_MS = 2000;

/** A thread as the main thread sees it: questions and answers. One that breaks down is replaced. */
export class ThreadClient<Ops extends Operations> {
  readonly #start: (restarted: boolean) => Thread;
  readonly #lost: Fault;
  readonly #onCrash: (message: string) => void;
  readonly #waiting = new Map<number, (result: Result<unknown>) => void>();
  #thread: Thread | undefined;
  #lastId = 0;
  #startedAt: number;
  #restarting: NodeJS.Timeout | undefined;
  #closing: (() => void) | undefined;

  /** `lost`: the answer to what a thread took with it. */
  constructor(start: (restarted: boolean) => Thread, lost: Fault, onCrash: (message: string) => void) {
    this.#start = start;
    this.#lost = lost;
    this.#onCrash = onCrash;
    this.#startedAt = performance.now();
    this.#launch(false);
  }

  /** With `waitMs`, an answer that does not come in time is the fault `lost`; the thread goes on with it nevertheless. */
  ask<Name extends keyof Ops & string>(
    operation: Name,
    input: Ops[Name][0],
    waitMs?: number,
  ): Promise<Result<Ops[Name][1]>> {
    const thread = this.#thread;
    if (thread === undefined) return Promise.resolve(err(this.#lost));
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const overdue = waitMs === undefined ? undefined : setTimeout(() => settle(err(this.#lost)), waitMs);
      const settle = (result: Result<unknown>): void => {
        clearTimeout(overdue);
        this.#waiting.delete(id);
        resolve(result as Result<Ops[Name][1]>);
      };
      this.#waiting.set(id, settle);
      thread.postMessage({ id, operation, input });
    });
  }

  /** Ends the thread: what it was asked before is lost. */
  async close(): Promise<void> {
    clearTimeout(this.#restarting);
    const thread = this.#thread;
    if (thread === undefined) return;
    await new Promise<void>((resolve) => {
      const overdue = setTimeout(resolve, STOP_MS);
      this.#closing = () => {
        clearTimeout(overdue);
        resolve();
      };
      void thread.terminate();
    });
  }

  #launch(restarted: boolean): void {
    this.#startedAt = performance.now();
    const thread = this.#start(restarted);
    this.#thread = thread;
    let message = 'it ended';
    thread.on('message', ({ id, result }) => this.#waiting.get(id)?.(result));
    thread.on('error', (error) => {
      message = error.message;
    });
    thread.on('exit', () => {
      this.#thread = undefined;
      for (const settle of [...this.#waiting.values()]) settle(err(this.#lost));
      if (this.#closing !== undefined) {
        this.#closing();
        return;
      }
      this.#onCrash(message);
      const pause = Math.max(0, this.#startedAt + RESTART_MS - performance.now());
      this.#restarting = setTimeout(() => this.#launch(true), pause);
    });
  }
}
