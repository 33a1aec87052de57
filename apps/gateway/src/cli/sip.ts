import { readFileSync } from 'node:fs';
import { ERRORS } from '@earshot/base';
import { parseSipMessage, toJson } from '@earshot/sip';
import { type Command, UsageError } from './main.js';

const STANDARD_INPUT = 0;
const CARRIAGE_RETURN = 13;

function readInput(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? STANDARD_INPUT : file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`);
  }
}

export const sip: Command = {
  usage: 'earshot sip parse [FILE|-]',
  summary: 'Prints a SIP message as JSON, or a structured error and exit code 1.',
  async run(args) {
    const [action, file = '-', ...more] = args;
    if (action !== 'parse' || more.length > 0) throw new UsageError('the one action is "parse", with one file or "-"');
    const bytes = readInput(file);
    // A message typed into an editor has bare line feeds, which the wire does not allow.
    const parsed = parseSipMessage(bytes.includes(CARRIAGE_RETURN) ? bytes : new TextDecoder().decode(bytes));
    const shown = parsed.ok
      ? toJson(parsed.value)
      : { error: { ...parsed.error, what: ERRORS[parsed.error.code].what, next: ERRORS[parsed.error.code].next } };
    process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
    return parsed.ok ? 0 : 1;
  },
};
