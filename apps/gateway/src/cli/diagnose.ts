import { parseArgs } from 'node:util';
import { diagnose as judge, qualityOf } from '@earshot/diagnosis';
import { readCallsOfFile } from './diagnose-file.js';
import { diagnosisText, type JudgedCall } from './diagnose-text.js';
import { type Command, printFaults, UsageError } from './main.js';

export const diagnose: Command = {
  usage: 'earshot diagnose FILE|- [--call N] [--json]',
  summary:
    'Says what was wrong with a call: of an export, a dump of chrome://webrtc-internals or rtcstats, or a capture (pcap, pcapng).',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { call: { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) throw new UsageError('give one file, or "-"');
    const number = values.call === undefined ? undefined : Number(values.call);
    if (number !== undefined && !(Number.isInteger(number) && number > 0)) {
      throw new UsageError('--call takes a whole number from 1');
    }
    const file = readCallsOfFile(path);
    if (!file.ok) {
      if (values.json) process.stdout.write(`${JSON.stringify({ ok: false, fault: file.error })}\n`);
      else printFaults([{ where: path, ...file.error }]);
      return 2;
    }
    const { calls, format, notes, fault } = file.value;
    if (number !== undefined && number > calls.length) {
      throw new UsageError(`the file has ${calls.length === 1 ? 'one call' : `${calls.length} calls`}`);
    }
    const judged = calls.map((timeline) => ({ timeline, diagnosis: judge(timeline), quality: qualityOf(timeline) }));
    if (values.json) {
      const shown = number === undefined ? judged : judged.slice(number - 1, number);
      process.stdout.write(`${JSON.stringify({ ok: true, format, notes, fault, calls: shown })}\n`);
    } else {
      process.stdout.write(diagnosisText(file.value, judged, number ?? gravest(judged)));
    }
    return 0;
  },
};

const WEIGHTS = { fault: 3, degraded: 2, hint: 1 } as const;

/** The first call, counted from 1, with the gravest thing wrong. */
function gravest(judged: readonly JudgedCall[]): number {
  const weights = judged.map(
    ({ diagnosis }) => WEIGHTS[diagnosis.verdicts[0]?.weight ?? 'hint'] * Math.min(1, diagnosis.verdicts.length),
  );
  return weights.indexOf(Math.max(...weights)) + 1;
}
