import { type Call, createPhone, type ErrorCode } from '../index.js';
import { mosOf } from './e-model.js';
import { type Findings, now, pause, problemOf } from './step.js';
import type { CallFigures, DirectFigures, PreflightOptions, PreflightProblem } from './types.js';

/** In ms, from the call to sound that is confirmed both ways. */
const PATIENCE = 20_000;
const LISTEN_SECONDS = 8;
/** Beyond these a person hears it: percent, ms, ms. */
const [MOST_LOSS, MOST_JITTER, MOST_ROUND_TRIP] = [3, 30, 400];
/** What stands between mouth and ear besides the way: packets, buffers and devices at both ends, in ms. */
const DEVICES = 90;

/** Calls a line that sends back what it hears, over whatever way there is, and listens for a while. */
export async function probeCall(
  options: PreflightOptions & { readonly to: string },
  microphone: MediaStream,
  signal: AbortSignal,
): Promise<Findings<CallFigures>> {
  const { url, token, region, to, callSeconds = LISTEN_SECONDS } = options;
  const phone = createPhone({
    ...{ url, token, page: false, icePolicy: 'all' },
    ...(region === undefined ? {} : { region }),
  });
  const started = now();
  const call = phone.call(to, { microphone });
  const given = new AbortController();
  const onAbort = (): void => given.abort();
  signal.addEventListener('abort', onAbort);
  let connectedMs: number | undefined;
  call.on('state', (state) => {
    if (state === 'connected') connectedMs ??= now() - started;
    if (state === 'connected' || state === 'ended') given.abort();
  });
  try {
    if (signal.aborted) return { problems: [], skipped: true };
    await pause(PATIENCE, given.signal);
    if (signal.aborted) return { problems: [] };
    if (connectedMs === undefined)
      return { problems: [problemOf('call', { code: causeOf(call), ...endOf(call) }, true)] };
    await listen(call, callSeconds * 1_000, signal);
    const figures = figuresOf(call, connectedMs);
    const broke = call.end?.error;
    if (broke !== undefined) return { figures, problems: [problemOf('call', broke, true)] };
    return { figures, problems: signal.aborted ? [] : judge(figures) };
  } finally {
    signal.removeEventListener('abort', onAbort);
    call.hangUp();
    // Its session goes once it has told the rest of what it saw.
    setTimeout(() => phone.disconnect(), 1_000);
  }
}

/** Whether the call took the shortest way there is: no relay, and UDP. */
export function judgePath({ path }: CallFigures): Findings<DirectFigures> {
  if (path?.via === undefined) return { problems: [], skipped: true };
  const figures = { path };
  if (path.via === 'direct' && path.transport === 'udp') return { figures, problems: [] };
  const code: ErrorCode = path.hint ?? (path.transport === 'udp' ? 'ice.nat_needs_relay' : 'ice.udp_blocked');
  const where = path.server === undefined ? {} : { where: path.server };
  return { figures, problems: [problemOf('direct', { code, ...where }, false)] };
}

async function listen(call: Call, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = (): void => over.abort();
  const off = call.on('ended', end);
  signal.addEventListener('abort', end);
  await pause(ms, over.signal);
  off();
  signal.removeEventListener('abort', end);
}

/** What the gateway still waited for says which direction is dead. */
function causeOf({ end, waiting }: Call): ErrorCode {
  if (end?.error !== undefined) return end.error.code;
  if (end !== undefined) return 'call.not_answered';
  if (waiting.for.length === 1) return waiting.for[0] === 'up' ? 'media.one_way_uplink' : 'media.one_way_downlink';
  return waiting.for.length > 0 ? 'media.no_audio' : 'signaling.timeout';
}

const endOf = ({ end }: Call): { detail?: string } =>
  end?.error?.detail === undefined ? {} : { detail: end.error.detail };

function figuresOf(call: Call, connectedMs: number): CallFigures {
  const { browser, near } = call.stats;
  const path = call.path;
  const roundTripMs = near?.roundTripMs ?? browser?.path.roundTripMs;
  const percent = (lost: number, received: number): number => (100 * Math.max(0, lost)) / Math.max(1, lost + received);
  // What arrives at the gateway went up.
  const up = near && { loss: percent(near.packetsLost, near.packetsReceived), jitter: near.jitterMs };
  const down = browser && { loss: percent(browser.packetsLost, browser.packetsReceived), jitter: browser.jitterMs };
  const heard = (way: typeof up): number | undefined =>
    way && mosOf({ lossPercent: way.loss, delayMs: (roundTripMs ?? 0) / 2 + way.jitter * 2 + DEVICES });
  const said = call.quality;
  return {
    mos: both(said?.up ?? heard(up), said?.down ?? heard(down)),
    mosBy: said === undefined ? 'browser' : 'gateway',
    lossPercent: both(up?.loss, down?.loss),
    jitterMs: both(up?.jitter, down?.jitter),
    connectedMs,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    ...(path === undefined ? {} : { path }),
  };
}

const both = (up: number | undefined, down: number | undefined): { up?: number; down?: number } => ({
  ...(up === undefined ? {} : { up }),
  ...(down === undefined ? {} : { down }),
});

function judge({ lossPercent, jitterMs, roundTripMs = 0 }: CallFigures): readonly PreflightProblem[] {
  const worst = ({ up = 0, down = 0 }: { up?: number; down?: number }): number => Math.max(up, down);
  const way = ({ up = 0, down = 0 }: { up?: number; down?: number }): string => (up >= down ? 'up' : 'down');
  const found: readonly (readonly [ErrorCode, boolean, string])[] = [
    ['network.loss', worst(lossPercent) > MOST_LOSS, `${worst(lossPercent).toFixed(1)} % ${way(lossPercent)}`],
    ['network.jitter', worst(jitterMs) > MOST_JITTER, `${worst(jitterMs).toFixed(0)} ms ${way(jitterMs)}`],
    ['network.delay', roundTripMs > MOST_ROUND_TRIP, `${roundTripMs.toFixed(0)} ms there and back`],
  ];
  return found.flatMap(([code, is, detail]) => (is ? [problemOf('call', { code, detail }, false)] : []));
}
