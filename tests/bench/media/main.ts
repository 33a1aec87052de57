import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { lacks } from '../../harness/peers.js';
import { canPin, pinGenerator } from './cpu.js';
import { Earshot } from './earshot.js';
import { measure, type Result } from './measure.js';
import { makeReport, printReport } from './report.js';
import { Rtpengine } from './rtpengine.js';
import { makeSpeech } from './speech.js';
import type { Target } from './target.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Calls of the first measurement. */
    calls: { type: 'string', default: '20' },
    /** Of one window. */
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    /** At most, in search of saturation; 0 leaves it out. */
    steps: { type: 'string', default: '5' },
  },
});
const plan = {
  calls: Number(values.calls),
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  steps: Number(values.steps),
};
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const notes: string[] = [];
if (lacks('rtpengine')) notes.push('rtpengine is not installed: nothing to compare with');
if (canPin() && !lacks('taskset')) pinGenerator();
else notes.push('one core, or no taskset: engine and generator share the processor');

const load = loadavg()[0] ?? 0;
if (load > 0.5) notes.push(`the machine was busy before (load ${load.toFixed(1)}): the figures are rough`);

const targets: Target[] = [];
const results: Result[] = [];
try {
  if (!lacks('rtpengine')) targets.push(await Rtpengine.start());
  targets.push(await Earshot.start());
  const speech = await makeSpeech();
  for (const scenario of ['pcma', 'opus'] as const) {
    results.push(...(await measure(targets, scenario, speech, plan, say)));
  }
} finally {
  await Promise.all(targets.map((target) => target.stop()));
}
const report = makeReport(results, notes);
console.log(values.json ? JSON.stringify(report, undefined, 2) : printReport(report));
