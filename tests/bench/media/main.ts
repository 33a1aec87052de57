import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { findProgram } from '../../harness/peers.js';
import { canPin, pinGenerator } from './cpu.js';
import { measure, type Plan, type Result } from './measure.js';
import { Rtpengine } from './rtpengine.js';
import { makeSpeech } from './speech.js';
import type { Scenario, Target } from './target.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    calls: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '4' },
    only: { type: 'string' },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const plan: Plan = {
  calls: Number(values.calls),
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  steps: Number(values.steps),
};

if (canPin()) pinGenerator();
const targets: Target[] = [];
if (findProgram('rtpengine')) targets.push(await Rtpengine.start());
const results: Result[] = [];
try {
  const speech = await makeSpeech();
  for (const scenario of ['pcma', 'opus'] as const satisfies Scenario[]) {
    results.push(...(await measure(targets, scenario, speech, plan, say)));
  }
} finally {
  for (const target of targets) await target.stop();
}
console.log(
  JSON.stringify({ results, cpu: cpus()[0]?.model, load: loadavg(), release: release(), x: execFileSync('true') }),
);
process.exit(0);
