import { describeEntry, type Reach, type TimelineEntry } from '@earshot/telemetry';
import type { CallDetails, CallSummary } from '../admin/index.js';

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const dated = (at: number): string => new Date(at).toISOString().replace('T', ' ');

/** Texts of browsers and far ends, without what would move the cursor or turn the line around. */
const plain = (text: string): string => text.replace(/[\p{C}\u2028\u2029]/gu, '?');

/** A call as an operator reads it: how it went, by which path, why, and everything that was seen. */
export function callText({ timeline, reach }: CallDetails): string {
  const { callId, startedAt, endedAt, caller, callee, entries, clocks, omitted } = timeline;
  const lasted = endedAt === undefined ? 'still runs' : `${seconds(endedAt - startedAt)} s`;
  const ended = entries.findLast(({ event }) => event.type === 'call.ended');
  const lines = [
    `call     ${callId}`,
    `began    ${dated(startedAt)}, ${lasted}`,
    `parties  ${caller} to ${callee ?? 'nobody yet'}`,
    ...(ended === undefined ? [] : [`end      ${describeEntry(ended)}`]),
    ...reach.flatMap(reachLines),
    '',
    '  #    seconds  who       what',
    ...entries.map((entry, index) => entryLine(entry, index, startedAt)),
  ];
  if (omitted > 0) lines.push(`  and ${omitted} more, which were not kept`);
  for (const { leg, withinMs } of clocks) {
    const bound = withinMs === undefined ? 'late by as long as its messages took' : `right within ${withinMs} ms`;
    lines.push(`  times of the ${leg}'s browser are ${bound}`);
  }
  return plainLines(lines);
}

function reachLines({ leg, summary, tried, findings }: Reach): string[] {
  return [
    '',
    `${leg}: ${summary}`,
    ...findings.map(({ code, weight, entries }) => `  ${weight.padEnd(9)}${code} ${references(entries)}`),
    ...tried.map(({ via, transport, server, outcome, code, entries }) => {
      const where = server === undefined ? '' : ` ${server}`;
      const why = code === undefined ? '' : ` (${code})`;
      return `  tried    ${via} over ${transport.toUpperCase()}${where}: ${outcome}${why} ${references(entries)}`;
    }),
  ];
}

const MOST_REFERENCES = 6;

function references(entries: readonly number[]): string {
  const shown = entries.slice(0, MOST_REFERENCES).map((entry) => `#${entry}`);
  return `[${shown.join(' ')}${entries.length > MOST_REFERENCES ? ' ...' : ''}]`;
}

function entryLine(entry: TimelineEntry, index: number, startedAt: number): string {
  const who = entry.source === 'browser' ? entry.leg : entry.source;
  const at = seconds(entry.at - startedAt).padStart(10);
  return `${String(index).padStart(3)} ${at}  ${who.padEnd(8)}  ${describeEntry(entry)}`;
}

/** One line a call. */
export function callsText(calls: readonly CallSummary[]): string {
  if (calls.length === 0) return 'no calls\n';
  const lines = calls.map((call) => {
    const how =
      call.result === undefined ? call.state : `${call.result}${call.code === undefined ? '' : ` ${call.code}`}`;
    const paths = call.paths.map(({ via, transport, family }) => `${via} ${transport} ${family}`).join(', ');
    const parties = `${call.caller} to ${call.callee ?? 'nobody'}`;
    return `${dated(call.startedAt)}  ${call.callId}  ${parties.padEnd(18)} ${how}${paths === '' ? '' : `  ${paths}`}`;
  });
  return plainLines(lines);
}

const plainLines = (lines: readonly string[]): string => lines.map((line) => `${plain(line)}\n`).join('');
