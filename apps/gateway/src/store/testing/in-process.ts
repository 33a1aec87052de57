import { answerer } from '../services.js';
import type { Thread, ThreadAnswer, ThreadRequest } from '../thread.js';
import type { StartThread, ThreadSettings } from '../threads.js';

/** What a thread does, on the thread of the test; it can be stopped dead, as by kill -9. */
export class InProcessThread implements Thread {
  readonly settings: ThreadSettings;
  /** Takes the place of answers, where a test wants others. */
  intercept: ((request: ThreadRequest) => Promise<ThreadAnswer> | undefined) | undefined;
  readonly #answer: (request: ThreadRequest) => Promise<ThreadAnswer>;
  #message: (answer: ThreadAnswer) => void = () => {};
  #exit: () => void = () => {};
  #isDead = false;

  constructor(settings: ThreadSettings) {
    this.settings = settings;
    this.#answer = answerer(settings);
  }

  postMessage(request: ThreadRequest): void {
    if (this.#isDead) return;
    const copy = structuredClone(request);
    const answering = this.intercept?.(copy) ?? this.#answer(copy);
    void answering.then((answer) => {
      if (!this.#isDead) this.#message(structuredClone(answer));
    });
  }

  on(event: 'message' | 'error' | 'exit', listener: (value: never) => void): void {
    if (event === 'message') this.#message = listener as (answer: ThreadAnswer) => void;
    if (event === 'exit') this.#exit = listener as () => void;
  }

  async terminate(): Promise<void> {
    this.#isDead = true;
    this.#exit();
  }
}

/** The threads of one store, by role. */
export class InProcessThreads {
  readonly all: InProcessThread[] = [];

  readonly start: StartThread = (settings) => {
    const thread = new InProcessThread(settings);
    this.all.push(thread);
    return thread;
  };

  /** The newest of that role. */
  of(role: ThreadSettings['role']): InProcessThread {
    const found = this.all.findLast(({ settings }) => settings.role === role);
    if (found === undefined) throw new Error(`there is no thread ${role}`);
    return found;
  }
}
