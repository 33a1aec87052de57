import type { CallTimeline } from '@earshot/telemetry';
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
  readonly timeline: CallTimeline | undefined;
  /** Of this call, for people: what went wrong is usually there. */
  readonly records: readonly LogRecord[];
}

interface Remote {
  readonly address: string;
}

const LINE_WAIT_MS = 3000;

/** To be asked when the call is over. Calls of one gateway come one after the other. */
export async function viewOf(gateway: Gateway, server: Namespace, callId: string): Promise<GatewayView> {
  const fromItsStart = (): readonly LogRecord[] => {
    const all = gateway.records();
    const start = all.findIndex((record) => record.callId === callId);
    return start < 0 ? [] : all.slice(start);
  };
  const lineHeard = (): LogRecord | undefined => fromItsStart().find(({ msg }) => msg === 'line heard');
  // The line says what it heard a moment after the call is over.
  const heard = await until('what the line heard', lineHeard, LINE_WAIT_MS).catch(() => undefined);
  const records = fromItsStart().filter((record) => record.callId === callId || Number(record.level) >= 40);
  const connected = records.findLast(({ type, state }) => type === 'leg.ice' && state === 'connected');
  return {
    remote: (connected?.remote as Remote | undefined)?.address,
    lineToneHz: heard?.toneHz === undefined ? undefined : Number(heard.toneHz),
    timeline: await fetchTimeline(server, callId),
    records,
  };
}

const FETCH = `fetch(process.argv[1]).then((response) => (response.ok ? response.text() : '')).then((text) => process.stdout.write(text))`;

/** From the admin listener, which only the gateway's own machine reaches. */
async function fetchTimeline(server: Namespace, callId: string): Promise<CallTimeline | undefined> {
  const url = `http://127.0.0.1:${PORTS.admin}/calls/${callId}`;
  const text = await server.run(process.execPath, ['-e', FETCH, url]).catch(() => '');
  return text === '' ? undefined : JSON.parse(text).timeline;
}

/** The evidence of a call that failed, as lines. */
export function describeView({ records, timeline }: GatewayView): string {
  const lines = records.map(
    ({ time, msg, level: _level, callId: _callId, ...rest }) => `  ${time} ${msg} ${JSON.stringify(rest)}`,
  );
  const entries = timeline?.entries.map((entry) => `  ${JSON.stringify(entry)}`) ?? [];
  return ['gateway:', ...lines, 'timeline:', ...entries].join('\n');
}
