import { ERRORS } from '@earshot/base';
import {
  type CallDetails,
  type CallRecord,
  certainty,
  describeEntry,
  type EvidenceRef,
  explainAll,
  type LiveCall,
  qualityName,
  type Reach,
  type StoreGap,
  type TimelineEntry,
  type Verdict,
  whoseProblem,
} from '@earshot/telemetry';

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const dated = (at: number): string => new Date(at).toISOString().replace('T', ' ');

/** Texts of browsers and far ends, without what would move the cursor or turn the line around. */
const plain = (text: string): string => text.replace(/[\p{C}\u2028\u2029]/gu, '?');

/** A call as an operator reads it: what was wrong and with whom, by which path it went, and everything that was seen. */
export function callText({ record, timeline, verdicts, gaps }: CallDetails): string {
  const { callId, startedAt, endedAt, caller, callee, entries, samples, clocks, omitted, omittedSamples } = timeline;
  const lasted = endedAt === undefined ? 'still runs' : `${seconds(endedAt - startedAt)} s`;
  const ended = entries.findLast(({ event }) => event.type === 'call.ended');
  const lines = [
    ...verdictsLines(verdicts, timeline, record),
    '',
    `call     ${callId}`,
    `began    ${dated(startedAt)}, ${lasted}`,
    `parties  ${partyText(caller, record?.from)} to ${callee === undefined ? 'nobody yet' : partyText(callee, record?.to)}`,
    ...(ended === undefined ? [] : [`end      ${describeEntry(ended)}`]),
    ...(record?.quality ?? []).map(
      ({ leg, mos, worstMos }) =>
        `quality  ${qualityName(mos)} for the ${leg}: MOS ${mos.toFixed(1)}, at worst ${worstMos.toFixed(1)}`,
    ),
    ...gaps.map(gapLine),
    ...explainAll(timeline).flatMap(reachLines),
    '',
    '  #    seconds  who        what',
    ...entries.map((entry, index) => entryLine(entry, index, startedAt)),
  ];
  if (omitted > 0) lines.push(`  and ${omitted} more, which were not kept`);
  if (samples.length > 0) lines.push(`  ${samples.length} samples of figures: see --json, or the page of the call`);
  if (omittedSamples > 0) lines.push(`  ${omittedSamples} more samples were not kept`);
  for (const { leg, withinMs } of clocks) {
    const bound = withinMs === undefined ? 'late by as long as its messages took' : `right within ${withinMs} ms`;
    lines.push(`  times of the ${leg}'s browser are ${bound}`);
  }
  return plainLines(lines);
}

const partyText = (kind: string, name: string | undefined): string => (name === undefined ? kind : `${kind} ${name}`);

type Ends = Pick<CallDetails['timeline'], 'caller' | 'callee' | 'startedAt' | 'endedAt'>;

function verdictsLines(verdicts: readonly Verdict[], ends: Ends, record: CallRecord | undefined): string[] {
  if (verdicts.length > 0) return verdicts.flatMap((verdict) => verdictLines(verdict, ends));
  if (ends.endedAt === undefined) return ['Nothing is wrong so far.'];
  return record?.result === 'failed'
    ? [`The call failed${record.code === undefined ? '' : ` (${record.code})`}, and what was seen does not say why.`]
    : ['Nothing was wrong.'];
}

function verdictLines(verdict: Verdict, ends: Ends): string[] {
  const { text, code, weight, confidence, next, since, until } = verdict;
  const during =
    until === undefined
      ? `since ${seconds(since - ends.startedAt)} s`
      : `from ${seconds(since - ends.startedAt)} to ${seconds(until - ends.startedAt)} s`;
  return [
    text,
    `  whose    ${whoseProblem(verdict, ends)} ${certainty(confidence)} (${Math.round(confidence * 100)}%).`,
    `  what     ${weight} ${code}, ${during}`,
    `  caller   ${next.user}`,
    `  here     ${next.operator}`,
    ...verdict.evidence.map((ref) => `  seen     ${ref.text}${evidencePlace(ref)}`),
    ...verdict.consequences.map((one) => `  follows  ${one.text} (${one.code})`),
  ];
}

const evidencePlace = ({ entry }: EvidenceRef): string => (entry === undefined ? '' : ` [#${entry}]`);

function gapLine({ from, until, code, lostEvents, lostSamples }: StoreGap): string {
  const span = `${dated(from)} to ${until === undefined ? 'now' : dated(until)}`;
  return `gap      ${span}: ${ERRORS[code].what} ${lostEvents} events and ${lostSamples} samples are missing (${code})`;
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
  return `${String(index).padStart(3)} ${at}  ${who.padEnd(9)}  ${describeEntry(entry)}`;
}

/** One line a call: those that run, then those that ended. */
export function callsText(live: readonly LiveCall[], ended: readonly CallRecord[]): string {
  if (live.length + ended.length === 0) return 'no calls\n';
  const lines = [
    ...live.map((call) => callLine(call, call.state)),
    ...ended.map((record) => {
      const how = `${record.result}${record.code === undefined ? '' : ` ${record.code}`}`;
      const paths = record.browsers.flatMap(({ via, transport, family }) =>
        via === undefined ? [] : [[via, transport, family].filter((part) => part !== undefined).join(' ')],
      );
      return callLine(record, how, paths.join(', '));
    }),
  ];
  return plainLines(lines);
}

function callLine(call: LiveCall | CallRecord, how: string, path = ''): string {
  const parties = `${call.from ?? call.caller} to ${call.to ?? call.callee ?? 'nobody'}`;
  const wrong = call.cause === undefined ? '' : `${call.cause.weight} ${call.cause.code}`;
  const rest = [how, path, wrong].filter((part) => part !== '').join('  ');
  return `${dated(call.startedAt)}  ${call.callId}  ${parties.padEnd(18)}  ${rest}`;
}

const plainLines = (lines: readonly string[]): string => lines.map((line) => `${plain(line)}\n`).join('');
