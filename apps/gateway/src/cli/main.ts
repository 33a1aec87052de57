import { describeFault, type Fault } from '@earshot/base';

export interface Command {
  readonly summary: string;
  readonly usage: string;
  /** Returns the exit code: 0 done, 1 a named failure, 2 wrong usage. */
  run(args: readonly string[]): Promise<number>;
}

/** Wrong usage of a command: its text is shown with the usage line, exit code 2. */
export class UsageError extends Error {}

/** Loaded on demand. So is what is heavy within a command, so that help for all of them is quick. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.js')).start,
  probe: async () => (await import('./probe.js')).probe,
  token: async () => (await import('./token.js')).token,
  turn: async () => (await import('./turn.js')).turn,
  sip: async () => (await import('./sip.js')).sip,
  doctor: async () => (await import('./doctor.js')).doctor,
  diagnose: async () => (await import('./diagnose.js')).diagnose,
  call: async () => (await import('./call.js')).call,
  calls: async () => (await import('./call.js')).calls,
};

export function printFaults(faults: readonly Fault[]): void {
  for (const failure of faults) process.stderr.write(`${describeFault(failure)}\n`);
}

async function help(): Promise<string> {
  const lines = ['Usage: earshot COMMAND [OPTIONS]', ''];
  for (const load of Object.values(COMMANDS)) {
    const { usage, summary } = await load();
    lines.push(`  ${usage}`, `      ${summary}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Runs one command line; the result is the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(await help());
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    process.stderr.write(`earshot: there is no command "${name}"; commands: ${Object.keys(COMMANDS).join(', ')}\n`);
    return 2;
  }
  const command = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`Usage: ${command.usage}\n${command.summary}\n`);
    return 0;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS'))) throw error;
    process.stderr.write(`earshot ${name}: ${(error as Error).message}\nUsage: ${command.usage}\n`);
    return 2;
  }
}
