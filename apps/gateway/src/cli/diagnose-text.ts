import { describeFault, formatAddress } from '@earshot/base';
import type { Diagnosis } from '@earshot/diagnosis';
import {
  type CallTimeline,
  certainty,
  describeEntry,
  type LegName,
  type QualityFacts,
  qualityName,
  type TimelineEntry,
  type Verdict,
  whoseProblem,
} from '@earshot/telemetry';
import type { CallsOfFile } from './diagnose-file.js';

/** One call of a file, judged. */
export interface JudgedCall {
  readonly timeline: CallTimeline;
  readonly diagnosis: Diagnosis;
  readonly quality: readonly QualityFacts[];
}

/** Texts of browsers and far ends, without what would move the cursor or turn the line around. */
const plain = (text: string): string => text.replace(/[\p{C}\u2028\u2029]/gu, '?');

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const FORMATS: Readonly<Record<CallsOfFile['format'], string>> = {
  earshot: 'an export of Earshot',
  'webrtc-internals': 'a dump of chrome://webrtc-internals',
  rtcstats: 'a dump of rtcstats',
  pcap: 'a capture of packets (pcap)',
  pcapng: 'a capture of packets (pcapng)',
};

/** The call `number` (from 1) of a file in full, and a line for each of the others. */
export function diagnosisText(file: CallsOfFile, judged: readonly JudgedCall[], number: number): string {
  const call = judged[number - 1] as JudgedCall;
  const lines = [
    ...verdictsLines(call),
    '',
    `file     ${FORMATS[file.format]}${judged.length === 1 ? '' : `; call ${number} of ${judged.length}`}`,
    ...callLines(call),
    ...section('What can be concluded from this file', call.diagnosis.coverage.can),
    ...section('What cannot', [
      ...call.diagnosis.coverage.cannot,
      ...mediaNote(call),
      ...file.notes,
      ...faultNote(file),
    ]),
  ];
  if (judged.length > 1) lines.push('', 'All calls of this file (--call N shows one)', ...judged.map(overviewLine));
  return lines.map((line) => `${plain(line)}\n`).join('');
}

/** A capture without any media of a call that was answered: its maker may have kept SIP alone. */
const mediaNote = ({ timeline: { vantages = [], samples, entries } }: JudgedCall): string[] =>
  vantages.includes('capture') && samples.length === 0 && entries.some(isAnswer)
    ? ['There is no media of this call in the capture: nothing can be said about its sound.']
    : [];

const isAnswer = ({ event }: TimelineEntry): boolean =>
  event.type === 'sip.message' && event.method === 'INVITE' && event.status === 200;

const faultNote = ({ fault }: CallsOfFile): string[] => (fault === undefined ? [] : [describeFault(fault)]);

function verdictsLines({ timeline, diagnosis: { verdicts, summary } }: JudgedCall): string[] {
  return [summary, ...verdicts.flatMap((verdict) => verdictLines(verdict, timeline))];
}

function verdictLines(verdict: Verdict, timeline: CallTimeline): string[] {
  const { code, layer, side, weight, confidence, text, next, since, until, evidence, consequences } = verdict;
  const from = `from ${seconds(since - timeline.startedAt)}`;
  const when = until === undefined ? from : `${from} to ${seconds(until - timeline.startedAt)}`;
  return [
    '',
    `${weight.padEnd(9)}${code}`,
    `  what     ${text}`,
    `  whose    ${whoseProblem(verdict, timeline)} ${certainty(confidence)} (${Math.round(confidence * 100)}%).`,
    `  where    side ${side}, layer ${layer}, ${when}`,
    `  user     ${next.user}`,
    `  operator ${next.operator}`,
    ...evidence.map(({ at, entry, sample, text: seen }) => {
      const place = entry !== undefined ? ` [entry ${entry}]` : sample !== undefined ? ` [sample ${sample}]` : '';
      return `  seen     ${seen} (${seconds(at - timeline.startedAt)})${place}`;
    }),
    ...consequences.map((one) => `  follows  ${one.text} (${one.code})`),
  ];
}

function callLines({ timeline, quality }: JudgedCall): string[] {
  const { callId, startedAt, endedAt, caller, callee, entries, samples } = timeline;
  const ended = entries.findLast(({ event }) => event.type === 'call.ended');
  return [
    `call     ${callId}`,
    `began    ${dated(startedAt)}${endedAt === undefined ? '' : `, ${seconds(endedAt - startedAt)}`}`,
    `parties  ${caller} to ${callee ?? 'whoever was called'}`,
    ...(ended === undefined ? [] : [`end      ${describeEntry(ended)}`]),
    ...(['caller', 'callee'] as const).flatMap((leg) => mediaLine(timeline, leg)),
    `seen     ${entries.length} events, ${samples.length} samples`,
    ...quality.map(
      ({ leg, mos, worstMos }) =>
        `quality  ${qualityName(mos)} for the ${leg}: MOS ${mos.toFixed(1)}, at worst ${worstMos.toFixed(1)}`,
    ),
  ];
}

/** Where a leg said that it takes media, last: of captures, that tells the parties apart. */
function mediaLine({ entries }: CallTimeline, leg: LegName): string[] {
  const audio = entries.flatMap(({ event }) =>
    event.type === 'sdp.set' && 'leg' in event && event.leg === leg && event.side === 'remote' ? [event.audio] : [],
  );
  const { address, port } = audio.at(-1) ?? {};
  return address === undefined || port === undefined ? [] : [`media    ${leg} at ${formatAddress({ address, port })}`];
}

/** A time of a file may be none that there is. */
function dated(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toISOString().replace('T', ' ');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  - ${line}`)];

function overviewLine({ timeline, diagnosis }: JudgedCall, index: number): string {
  const [first] = diagnosis.verdicts;
  const wrong = first === undefined ? 'nothing wrong' : `${first.weight} ${first.code}`;
  return `  ${String(index + 1).padStart(3)}  ${dated(timeline.startedAt)}  ${wrong.padEnd(28)}  ${timeline.callId}`;
}
