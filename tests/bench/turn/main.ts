import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { TurnTransport } from '@earshot/telemetry';
import { TestAuthority } from '../../harness/certificates.js';
import { lacks } from '../../harness/peers.js';
import { temporaryFolder } from '../../harness/process.js';
import { canPin, pinGenerator } from '../media/cpu.js';
import { Coturn } from './coturn.js';
import { Earshot } from './earshot.js';
import { type LoadName, measure, type Result } from './measure.js';
import { makeReport, printReport } from './report.js';
import type { StartTarget, Target } from './target.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** udp, tcp, tls. */
    transports: { type: 'string', default: 'udp,tcp,tls' },
    /** calls: 50 packets a second each way; full: as much as one core takes. */
    loads: { type: 'string', default: 'calls,full' },
    /** Clients of the load "calls". */
    calls: { type: 'string', default: '100' },
    /** Clients of the load "full", which is as many packets under way. */
    full: { type: 'string', default: '100' },
    /** Of one window. */
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    /** earshot, coturn. */
    only: { type: 'string' },
    /** For the relay's process, such as --cpu-prof. */
    node: { type: 'string', multiple: true, default: [] },
  },
});
const plan = {
  transports: values.transports.split(',') as TurnTransport[],
  loads: values.loads.split(',') as LoadName[],
  clients: { calls: Number(values.calls), full: Number(values.full) },
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
};
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const notes: string[] = [];
if (lacks('turnserver')) notes.push('coturn is not installed: nothing to compare with');
if (canPin() && !lacks('taskset')) pinGenerator();
else notes.push('one core, or no taskset: server and generator share the processor');

const load = loadavg()[0] ?? 0;
if (load > 0.5) notes.push(`the machine was busy before (load ${load.toFixed(1)}): the figures are rough`);

const folder = temporaryFolder('bench-turn');
const certificate = await (await TestAuthority.create()).issueFiles(folder.path);
const wanted = (name: Target['name']): boolean => (values.only ?? name) === name;
const starts = new Map<Target['name'], StartTarget>();
if (wanted('coturn') && !lacks('turnserver')) starts.set('coturn', () => Coturn.start(certificate));
if (wanted('earshot')) starts.set('earshot', (peer) => Earshot.start(certificate, peer, values.node));
let results: readonly Result[] = [];
try {
  results = await measure(starts, plan, say);
} finally {
  folder.remove();
}
const report = makeReport(results, notes);
console.log(values.json ? JSON.stringify(report, undefined, 2) : printReport(report));
