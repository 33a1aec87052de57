import { parseArgs } from 'node:util';
import type { Fault } from '@earshot/base';
import type { CallDetails, CallList } from '../admin/index.js';
import { loadConfig } from '../config/load.js';
import { askAdmin } from './admin-client.js';
import { callsText, callText } from './call-text.js';
import { type Command, printFaults, UsageError } from './main.js';

const OPTIONS = { config: { type: 'string' }, json: { type: 'boolean', default: false } } as const;

export const call: Command = {
  usage: 'earshot call ID [--config FILE] [--json]',
  summary: 'Says of a call by which path it reached the gateway and why, and everything that was seen of it.',
  async run(args) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    const [id, ...more] = positionals;
    if (id === undefined || more.length > 0) throw new UsageError('give the id of one call');
    return await show<CallDetails>(values, `/calls/${encodeURIComponent(id)}`, callText);
  },
};

export const calls: Command = {
  usage: 'earshot calls [--limit N] [--config FILE] [--json]',
  summary: 'Lists the calls of the running server, newest first.',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { ...OPTIONS, limit: { type: 'string', default: '50' } },
    });
    if (!/^[1-9]\d{0,2}$/.test(values.limit) || Number(values.limit) > 200) {
      throw new UsageError('--limit takes a whole number from 1 to 200');
    }
    return await show<CallList>(values, `/calls?limit=${values.limit}`, (list) => callsText(list.calls));
  },
};

async function show<Answer>(
  { config, json }: { readonly config?: string | undefined; readonly json: boolean },
  path: string,
  text: (answer: Answer) => string,
): Promise<number> {
  const loaded = loadConfig(config);
  if (!loaded.ok) return failed(loaded.error);
  const answer = await askAdmin<Answer>(loaded.value, path);
  if (!answer.ok) return failed([answer.error]);
  process.stdout.write(json ? `${JSON.stringify(answer.value)}\n` : text(answer.value));
  return 0;
}

function failed(faults: readonly Fault[]): number {
  printFaults(faults);
  return 1;
}
