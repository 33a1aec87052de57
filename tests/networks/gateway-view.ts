import { fileURLToPath } from 'node:url';
import { type CallTimeline, explainAll, type Reach } from '@earshot/telemetry';
import type { Gateway, LogRecord } from '../harness/gateway.js';
import { until } from '../harness/process.js';
import { PORTS } from './filters.js';
import type { Namespace } from './namespace.js';

/** What the gateway saw of one call, from its own records rather than from the browser. */
export interface GatewayView {
  /** Where the media of the browser came from: its public address, or a relay's. */
  readonly remote: string | undefined;
  /** What the echo line heard. */
  readonly lineToneHz: number | undefined;
  /** What an operator is shown. */
  readonly details: CallDetails | undefined;
  /** Of this call, for people: what went wrong is usually there. */
  readonly records: readonly LogRecord[];
}

export interface CallDetails {
  readonly timeline: CallTimeline;
  readonly reach: readonly Reach[];
}

interface Remote {
  readonly address: string;
}

const TOOL = fileURLToPath(new URL('./tools/call-details.mjs', import.meta.url));
const WAIT_MS = 3000;

/** To be asked when the call is over. Calls of one gateway come one after the other. */
export async function viewOf(gateway: Gateway, server: Namespace, callId: string): Promise<GatewayView> {
  const fromItsStart = (): readonly LogRecord[] => {
    const all = gateway.records();
    const start = all.findIndex((record) => record.callId === callId);
    return start < 0 ? [] : all.slice(start);
  };
  const lineHeard = (): LogRecord | undefined => fromItsStart().find(({ msg }) => msg === 'line heard');
  // The line says what it heard a moment after the call is over.
  const heard = await until('what the line heard', lineHeard, WAIT_MS).catch(() => undefined);
  const records = fromItsStart().filter((record) => record.callId === callId || Number(record.level) >= 40);
  const states = records.filter(({ type }) => type === 'leg.ice');
  // Before a nomination, which a call this short may end without, media takes the way of the first check.
  const path = states.findLast(({ state }) => state === 'connected') ?? states[0];
  return {
    remote: (path?.remote as Remote | undefined)?.address,
    lineToneHz: heard?.toneHz === undefined ? undefined : Number(heard.toneHz),
    details: await fetchDetails(server, callId),
    records,
  };
}

/** From the admin listener, which only the gateway's own machine reaches. */
async function fetchDetails(server: Namespace, callId: string): Promise<CallDetails | undefined> {
  const url = `http://127.0.0.1:${PORTS.admin}/api/calls/${callId}`;
  const text = await server.run(process.execPath, [TOOL, url, String(WAIT_MS)]).catch(() => undefined);
  if (text === undefined) return undefined;
  const { timeline } = JSON.parse(text) as { readonly timeline: CallTimeline };
  return { timeline, reach: explainAll(timeline) };
}

/** The evidence of a call that failed, as lines. */
export function describeView({ records, details }: GatewayView): string {
  const lines = records.map(
    ({ time, msg, level: _level, callId: _callId, ...rest }) => `  ${time} ${msg} ${JSON.stringify(rest)}`,
  );
  if (details === undefined) return ['no timeline; the log of the gateway:', ...lines].join('\n');
  const { timeline, reach } = details;
  const entries = timeline.entries.map(({ at, source, event }) => {
    const { type, ...rest } = event;
    return `  ${String(at - timeline.startedAt).padStart(6)} ms ${source} ${type} ${JSON.stringify(rest)}`;
  });
  const faults = lines.filter((line) => line.includes('"err"') || line.includes('"fault"'));
  return [...reach.map(({ summary }) => summary), 'timeline:', ...entries, 'faults in the log:', ...faults].join('\n');
}
