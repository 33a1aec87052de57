import { type Fault, fault } from '@earshot/base';
import { type IceServer, PROTOCOL, readServerFrame } from '@earshot/signaling';
import { VERSION } from '../index.js';
import { type Findings, now, problemOf } from './step.js';
import type { PreflightOptions, SignalingFigures } from './types.js';

/** In ms. */
const PATIENCE = 8_000;
const ASKED = 3;

export interface SignalingFindings extends Findings<SignalingFigures> {
  /** What the gateway would have calls use. */
  readonly servers: readonly IceServer[];
}

/** Opens a session of its own, asks three times for a sign of life, and says goodbye. */
export async function probeSignaling(options: PreflightOptions, signal: AbortSignal): Promise<SignalingFindings> {
  const { url, token, region } = options;
  let fresh: string;
  try {
    fresh = typeof token === 'string' ? token : await token();
  } catch (error) {
    const why = { ...fault('auth.token_missing', String(error)), where: url };
    return { servers: [], problems: [problemOf('signaling', why, true)] };
  }
  return await new Promise((resolve) => {
    const started = now();
    let figures: SignalingFigures = {};
    let servers: readonly IceServer[] = [];
    let opened = started;
    let asked = started;
    let questions = 0;
    const socket = new WebSocket(url, PROTOCOL);
    const send = (frame: object): void => socket.send(JSON.stringify(frame));
    const finish = (why?: Fault): void => {
      clearTimeout(timer);
      deaf.abort();
      signal.removeEventListener('abort', onAbort);
      socket.close(1000);
      const problems = why === undefined ? [] : [problemOf('signaling', { ...why, where: url }, true)];
      resolve({ servers, figures, problems });
    };
    const onAbort = (): void => finish();
    const deaf = new AbortController();
    const timer = setTimeout(() => {
      finish(fault(figures.openMs === undefined ? 'signaling.ws_unreachable' : 'signaling.timeout'));
    }, PATIENCE);
    const ask = (): void => {
      questions += 1;
      asked = now();
      send({ type: 'ping' });
    };
    signal.addEventListener('abort', onAbort);
    const on = { signal: deaf.signal };
    socket.addEventListener(
      'open',
      () => {
        opened = now();
        figures = { openMs: opened - started };
        const near = region === undefined ? {} : { region };
        send({ type: 'hello', token: fresh, client: `earshot-preflight/${VERSION}`, ...near });
      },
      on,
    );
    socket.addEventListener(
      'message',
      ({ data }) => {
        const read = readServerFrame(String(data));
        if (!read.ok) return finish(read.error);
        const frame = read.value;
        if (frame.type === 'error') return finish(frame.fault);
        if (frame.type === 'welcome') {
          ({ servers } = frame.ice);
          figures = { ...figures, welcomeMs: now() - opened };
          ask();
        }
        if (frame.type !== 'pong') return;
        const took = now() - asked;
        figures = { ...figures, roundTripMs: Math.min(took, figures.roundTripMs ?? took) };
        if (questions < ASKED) return ask();
        send({ type: 'bye' });
        finish();
      },
      on,
    );
    socket.addEventListener(
      'close',
      ({ code }) => {
        const isOpen = figures.openMs !== undefined;
        finish(fault(isOpen ? 'signaling.ws_dropped' : 'signaling.ws_unreachable', `close code ${code}`));
      },
      on,
    );
  });
}
