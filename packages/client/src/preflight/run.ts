import { EarshotError, type ErrorCode } from '../index.js';
import { judgePath, probeCall } from './call.js';
import { probeMicrophone, release, silence } from './microphone.js';
import { probeSignaling } from './signaling.js';
import { type Findings, now, problemOf } from './step.js';
import { summaryOf } from './summary.js';
import { probeRelay, type Relay, relaysOf } from './turn.js';
import type { BrowserFigures, PreflightOptions, PreflightProblem, PreflightStep, PreflightSummary } from './types.js';

/** One examination, from the first step to the release of everything it held. */
export class PreflightRun implements AsyncIterable<PreflightStep> {
  /** Resolves when it is over, also when it was cancelled; never rejects. */
  readonly summary: Promise<PreflightSummary>;
  readonly #options: PreflightOptions;
  readonly #abort = new AbortController();
  readonly #said: PreflightStep[] = [];
  #over = false;
  #wake: (() => void)[] = [];

  constructor(options: PreflightOptions) {
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted === true) this.cancel();
    signal?.addEventListener('abort', () => this.cancel(), { once: true });
    this.summary = this.#run();
  }

  /** Ends it early. Nothing is held afterwards; a question for the microphone that is open is left to the person. */
  cancel(): void {
    this.#abort.abort();
  }

  /** Every step as it begins and as it ends; leaving the loop cancels the rest. */
  async *[Symbol.asyncIterator](): AsyncGenerator<PreflightStep, void> {
    let next = 0;
    try {
      for (;;) {
        const step = this.#said[next];
        if (step !== undefined) {
          next += 1;
          yield step;
        } else if (this.#over) return;
        else await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      this.cancel();
    }
  }

  async #run(): Promise<PreflightSummary> {
    const { microphone = {} } = this.#options;
    let stream: MediaStream | undefined;
    try {
      const able = await this.#step('browser', true, probeBrowser);
      const isAble = able?.figures?.webrtc === true;
      const heard = await this.#step('microphone', isAble && microphone !== false, () =>
        probeMicrophone(microphone === false ? {} : microphone, this.#signal),
      );
      stream = heard?.stream;
      const session = await this.#step('signaling', isAble, () => probeSignaling(this.#options, this.#signal));
      const relays = relaysOf(session?.servers ?? []);
      await Promise.all(relays.map((relay) => this.#relay(relay)));
      await this.#call(stream);
    } finally {
      if (stream !== undefined) release(stream);
      this.#over = true;
      this.#tell();
    }
    const ended = this.#said.filter(({ state }) => state !== 'running');
    return summaryOf(ended, this.#signal.aborted);
  }

  get #signal(): AbortSignal {
    return this.#abort.signal;
  }

  #relay(relay: Relay): Promise<unknown> {
    return this.#step('turn', true, () => probeRelay(relay, this.#signal), relay.url);
  }

  async #call(microphone: MediaStream | undefined): Promise<void> {
    const { to = 'echo' } = this.#options;
    // Without a microphone the network can be judged all the same; without a session it cannot.
    const isHopeless = this.#said.some(({ step, state }) => state === 'failed' && /browser|signaling/.test(step));
    const found = await this.#step('call', to !== false && !isHopeless, async () => {
      const quiet = microphone === undefined ? silence() : undefined;
      const sound = microphone ?? quiet?.stream ?? new MediaStream();
      try {
        return await probeCall({ ...this.#options, to: String(to) }, sound, this.#signal);
      } finally {
        quiet?.close();
      }
    });
    const figures = found?.figures;
    await this.#step('direct', figures !== undefined, async () =>
      figures === undefined ? { problems: [], skipped: true } : judgePath(figures),
    );
  }

  /** Undefined when it was not begun, or was broken off by what the browser threw. */
  async #step<Found extends Findings<object>>(
    step: PreflightStep['step'],
    isWanted: boolean,
    run: () => Promise<Found>,
    where?: string,
  ): Promise<Found | undefined> {
    const say = (part: Pick<PreflightStep, 'state'> & Partial<Findings<object>> & { tookMs?: number }): void => {
      const place = where === undefined ? {} : { where };
      this.#say({ problems: [], ...part, step, ...place } as PreflightStep);
    };
    if (!isWanted || this.#signal.aborted) {
      say({ state: 'skipped' });
      return undefined;
    }
    say({ state: 'running' });
    const started = now();
    try {
      const found = await run();
      const { problems, figures, skipped = false } = found;
      const state = skipped || this.#signal.aborted ? 'skipped' : stateOf(problems);
      say({ state, problems, tookMs: now() - started, ...(figures === undefined ? {} : { figures }) });
      return found;
    } catch (error) {
      const why = error instanceof EarshotError ? error : { code: CODES[step], detail: String(error) };
      say({ state: 'failed', problems: [problemOf(step, why, step !== 'turn')], tookMs: now() - started });
      return undefined;
    }
  }

  #say(step: PreflightStep): void {
    this.#said.push(step);
    this.#tell();
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** What a step failed with when the browser threw something. */
const CODES: Readonly<Record<PreflightStep['step'], ErrorCode>> = {
  browser: 'client.webrtc_missing',
  microphone: 'mic.device_failed',
  signaling: 'signaling.ws_unreachable',
  turn: 'turn.bad_request',
  call: 'client.webrtc_missing',
  direct: 'ice.failed',
};

function stateOf(problems: readonly PreflightProblem[]): PreflightStep['state'] {
  if (problems.length === 0) return 'passed';
  return problems.some(({ fatal, step }) => fatal || step === 'turn') ? 'failed' : 'warning';
}

async function probeBrowser(): Promise<Findings<BrowserFigures>> {
  const webrtc = 'RTCPeerConnection' in globalThis && 'WebSocket' in globalThis;
  const figures = {
    webrtc,
    microphones: (navigator as Partial<Navigator>).mediaDevices !== undefined,
    secure: isSecureContext,
  };
  return { figures, problems: webrtc ? [] : [problemOf('browser', { code: 'client.webrtc_missing' }, true)] };
}
