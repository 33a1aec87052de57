import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { lacks } from '../../harness/peers.js';
import { NETWORKS } from '../../networks/catalog.js';
import { whyNoNamespaces } from '../../networks/namespace.js';
import { describeCall, World } from '../../networks/world.js';
import { makeReport, makeRow, printReport, type Row } from './report.js';

/** Calls from every network of the testbed: is the caller heard, how soon, and by which path? */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Of each browser from each network. */
    calls: { type: 'string', default: '3' },
    /** Names, separated by commas; default: all. */
    networks: { type: 'string' },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const reason = whyNoNamespaces();
if (reason !== undefined) {
  say(`bench networks cannot run here: ${reason}`);
  process.exit(1);
}
const wanted = values.networks?.split(',');
const unknown = wanted?.filter((name) => !NETWORKS.some((network) => network.name === name)) ?? [];
if (unknown.length > 0) {
  say(`no network ${unknown.join(', ')}; networks: ${NETWORKS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const notes: string[] = [];
const load = loadavg()[0] ?? 0;
if (load > 0.5) notes.push(`the machine was busy before (load ${load.toFixed(1)}): the times are rough`);
const browsers = (['chromium', 'firefox'] as const).filter((browser) => {
  const isThere = browser === 'chromium' ? !lacks('chromium') : !lacks('firefox-esr', 'pulseaudio');
  if (!isThere) notes.push(`${browser} is not installed`);
  return isThere;
});

const rows: Row[] = [];
const world = await World.start();
try {
  for (const browser of browsers) {
    for (const network of NETWORKS) {
      if (wanted?.includes(network.name) === false || (browser === 'firefox' && !network.firefox)) continue;
      try {
        const results = await world.call(network, browser, Number(values.calls));
        for (const result of results) if (result.faults.length > 0) say(describeCall(result));
        rows.push(makeRow(network, browser, results));
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error);
        say(`${network.name}: ${fault}`);
        rows.push({ ...makeRow(network, browser, []), faults: [fault] });
      }
      const { heard, calls, paths, medianMs } = rows.at(-1) ?? makeRow(network, browser, []);
      say(`${browser} from ${network.name}: ${heard} of ${calls} heard, ${paths.join(', ')}, ${medianMs ?? '-'} ms`);
    }
  }
} finally {
  await world.stop();
}
const report = makeReport(rows, notes);
console.log(values.json ? JSON.stringify(report, undefined, 2) : printReport(report));
