import { parseArgs } from 'node:util';
import type { Fault, Result } from '@earshot/base';
import type { CallDetails, CallPage, LiveCall } from '@earshot/telemetry';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { askAdmin } from './admin-client.js';
import { callsText, callText } from './call-text.js';
import { type Command, printFaults, UsageError } from './main.js';

const OPTIONS = { config: { type: 'string' }, json: { type: 'boolean', default: false } } as const;

/** What the list can be narrowed by: the fields of the search that people type. */
const FILTERS = ['text', 'cause', 'result', 'trunk', 'browser'] as const;

export const call: Command = {
  usage: 'earshot call ID [--config FILE] [--json]',
  summary:
    'Says of a call what was wrong, whose problem that was, by which path it went, and everything that was seen.',
  async run(args) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    const [id, ...more] = positionals;
    if (id === undefined || more.length > 0) throw new UsageError('give the id of one call');
    return await show(
      values,
      (config) => askAdmin<CallDetails>(config, `/api/calls/${encodeURIComponent(id)}`),
      callText,
    );
  },
};

interface Listed {
  /** Left out where the list is narrowed: what runs is not searched. */
  readonly live: readonly LiveCall[];
  readonly calls: CallPage['calls'];
  readonly next?: string;
}

export const calls: Command = {
  usage:
    'earshot calls [--limit N] [--text T] [--cause C] [--result R] [--trunk T] [--browser B] [--config FILE] [--json]',
  summary: 'Lists calls: those that run, and those that are stored, newest first.',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...OPTIONS,
        limit: { type: 'string', default: '50' },
        text: { type: 'string' },
        cause: { type: 'string' },
        result: { type: 'string' },
        trunk: { type: 'string' },
        browser: { type: 'string' },
      },
    });
    if (!/^[1-9]\d{0,2}$/.test(values.limit) || Number(values.limit) > 200) {
      throw new UsageError('--limit takes a whole number from 1 to 200');
    }
    const query = new URLSearchParams({ limit: values.limit });
    for (const name of FILTERS) if (values[name] !== undefined) query.set(name, values[name]);
    const narrowed = query.size > 1;
    return await show(
      values,
      (config) => list(config, query, !narrowed),
      ({ live, calls }) => callsText(live, calls),
    );
  },
};

async function list(config: Config, query: URLSearchParams, withLive: boolean): Promise<Result<Listed>> {
  const page = await askAdmin<CallPage>(config, `/api/calls?${query}`);
  if (!page.ok) return page;
  const live = withLive ? await askAdmin<readonly LiveCall[]>(config, '/api/live') : undefined;
  if (live?.ok === false) return live;
  return { ok: true, value: { live: live?.value ?? [], ...page.value } };
}

async function show<Answer>(
  { config, json }: { readonly config?: string | undefined; readonly json: boolean },
  ask: (config: Config) => Promise<Result<Answer>>,
  text: (answer: Answer) => string,
): Promise<number> {
  const loaded = loadConfig(config);
  if (!loaded.ok) return failed(loaded.error);
  const answer = await ask(loaded.value);
  if (!answer.ok) return failed([answer.error]);
  process.stdout.write(json ? `${JSON.stringify(answer.value)}\n` : text(answer.value));
  return 0;
}

function failed(faults: readonly Fault[]): number {
  printFaults(faults);
  return 1;
}
