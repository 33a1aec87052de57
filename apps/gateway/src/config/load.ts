import { readFileSync } from 'node:fs';
import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Config, configSchema } from './schema.js';

/** Environment variables that override the file, by the path they set. */
const ENVIRONMENT: Readonly<Record<string, readonly [section: string, key: string]>> = {
  EARSHOT_HTTP_HOST: ['http', 'host'],
  EARSHOT_HTTP_PORT: ['http', 'port'],
  EARSHOT_SIP_PORT: ['sip', 'port'],
  EARSHOT_MEDIA_PORT: ['media', 'port'],
  EARSHOT_TURN_PORT: ['turn', 'port'],
  EARSHOT_ADMIN_PORT: ['admin', 'port'],
  EARSHOT_AUTH_SECRET: ['auth', 'secret'],
  EARSHOT_LOG_LEVEL: ['log', 'level'],
  DATABASE_URL: ['store', 'url'],
};

const DEFAULT_FILE = 'earshot.yaml';

function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`;
  return text === '' ? '(top level)' : text;
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  object: 'a group of settings',
  array: 'a list',
  int: 'a whole number',
};

function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown setting ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    case 'invalid_type':
      return /^(a|at|an|first|name|give|no) /.test(issue.message)
        ? issue.message
        : `must be ${KIND_NAMES[issue.expected] ?? `a ${issue.expected}`}`;
    case 'invalid_value':
      return `allowed: ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

/** Checks a parsed document; every mistake becomes a fault of its own, named by path. */
export function checkConfig(document: unknown): Result<Config, readonly Fault[]> {
  const checked = configSchema.safeParse(document ?? {});
  if (checked.success) return ok(checked.data);
  return err(
    checked.error.issues.map((issue) => fault('config.invalid', describeIssue(issue), formatPath(issue.path))),
  );
}

export function parseConfig(
  text: string,
  environment: NodeJS.ProcessEnv = {},
  where = DEFAULT_FILE,
): Result<Config, readonly Fault[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return err(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return fault('config.bad_yaml', error.message, `${where} line ${line}, column ${col}`);
      }),
    );
  }
  let settings: unknown;
  try {
    settings = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    // Aliases that stand for more than there is memory for.
    return err([fault('config.bad_yaml', (error as Error).message, where)]);
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    return err([fault('config.invalid', 'must be a group of settings', '(top level)')]);
  }
  return checkConfig(withEnvironment(settings as Record<string, unknown>, environment));
}

function withEnvironment(settings: Record<string, unknown>, environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const merged = { ...settings };
  for (const [name, [section, key]] of Object.entries(ENVIRONMENT)) {
    const text = environment[name];
    if (text === undefined || text === '') continue;
    const own = merged[section] ?? {};
    // What is no group is a mistake of the file, which stays to be named.
    if (typeof own !== 'object' || Array.isArray(own)) continue;
    const value = key === 'port' && /^\d+$/.test(text) ? Number(text) : text;
    merged[section] = { ...own, [key]: value };
  }
  return merged;
}

/** Reads the named file, or earshot.yaml if there is one; without any file the defaults hold. */
export function loadConfig(
  file: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Result<Config, readonly Fault[]> {
  const named = file ?? environment.EARSHOT_CONFIG;
  const path = named ?? DEFAULT_FILE;
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (named !== undefined || reason !== 'ENOENT') return err([fault('config.unreadable', reason, path)]);
  }
  return parseConfig(text, environment, path);
}
