import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { ApiError } from './api.js';

/**
 * What was asked of the server, for one component. The answer before stays until the next is there, so that nothing
 * jumps; an answer that nobody waits for any more is dropped.
 */
export class Loader<Answer> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #abort: AbortController | undefined;
  value: Answer | undefined;
  error: ApiError | undefined;
  loading = false;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#abort?.abort();
    this.loading = false;
  }

  /** Forgets what was there, for a question about something else. */
  reset(): void {
    this.#abort?.abort();
    this.value = undefined;
    this.error = undefined;
  }

  async load(question: (signal: AbortSignal) => Promise<Answer>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    this.#host.requestUpdate();
    try {
      const answer = await question(abort.signal);
      if (abort.signal.aborted) return;
      this.value = answer;
      this.error = undefined;
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.error = error;
    }
    this.loading = false;
    this.#host.requestUpdate();
  }
}
