import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Program, startProgram, temporaryFolder, until } from './process.js';

const PROGRAM = fileURLToPath(new URL('../../apps/gateway/bin/earshot.mjs', import.meta.url));

const run = promisify(execFile);

/** One record of the server's log. */
export interface LogRecord {
  readonly level: number | string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Gateway {
  /** Of the page, e.g. `http://localhost:38123`. */
  readonly url: string;
  /** The same by TLS, where `http.tls` is set. */
  readonly secureUrl: string;
  /** Of the operator, e.g. `http://127.0.0.1:38124`. */
  readonly adminUrl: string;
  /** Where SIP is spoken, as host and port. */
  readonly sip: { readonly host: string; readonly port: number };
  readonly pid: number;
  /** The path of its configuration, for commands that run elsewhere or are to fail. */
  readonly config: string;
  /** Every log record so far. */
  records(): readonly LogRecord[];
  /** Runs another command with the same configuration; gives what it printed. */
  command(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** A part of earshot.yaml. */
export type Settings = { readonly [key: string]: unknown } | readonly unknown[];

/** A machine that does much else may take its time. */
const START_MS = 25_000;

/** Every port chosen by the system, nothing kept. */
const EPHEMERAL: Readonly<Record<string, Settings>> = {
  http: { port: 0 },
  sip: { port: 0, mediaPorts: [0, 0] },
  media: { port: 0, workers: 1 },
  turn: { port: 0, tlsPort: 0, relayPorts: [0, 0] },
  admin: { port: 0 },
  log: { level: 'debug' },
};

function merged(settings: Readonly<Record<string, Settings>>, dataDir: string): Readonly<Record<string, unknown>> {
  const sections = new Set([...Object.keys(EPHEMERAL), ...Object.keys(settings)]);
  const entries = [...sections].map((name) => {
    const own = settings[name];
    return [name, Array.isArray(own) ? own : { ...EPHEMERAL[name], ...own }] as const;
  });
  return { dataDir, ...Object.fromEntries(entries) };
}

const readRecords = (output: string): LogRecord[] =>
  output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      return [JSON.parse(line) as LogRecord];
    } catch {
      // The last line may still be on its way.
      return [];
    }
  });

/** The command line that runs a program elsewhere, e.g. in a network namespace, as a process of the same id. */
export type Within = (command: string, args: readonly string[]) => readonly [string, readonly string[]];

/**
 * Runs `earshot start` as built, with a configuration of its own, and waits until it is ready. `dataDir`: a folder that
 * outlives it; otherwise nothing is left of it.
 */
export async function startGateway(
  settings: Readonly<Record<string, Settings>> = {},
  within: Within = (command, args) => [command, args],
  dataDir?: string,
): Promise<Gateway> {
  const folder = temporaryFolder('gateway');
  const config = join(folder.path, 'earshot.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(merged(settings, dataDir ?? join(folder.path, 'data'))));
  return await launch(config, within, () => folder.remove());
}

/** Runs one that was killed once more, with its configuration and its data, which belong to `gateway` still. */
export const startGatewayAgain = ({ config }: Gateway): Promise<Gateway> =>
  launch(
    config,
    (command, args) => [command, args],
    () => {},
  );

async function launch(config: string, within: Within, remove: () => void): Promise<Gateway> {
  const program: Program = startProgram(...within(process.execPath, [PROGRAM, 'start', '--config', config]));
  const stop = async (): Promise<void> => {
    await program.stop(8000);
    remove();
  };
  const ready = (): LogRecord | undefined => {
    if (program.child.exitCode !== null) throw new Error('it ended');
    return readRecords(program.output()).find(({ msg }) => msg === 'ready');
  };
  try {
    const { http, https = '', admin = '', sip } = await until('the gateway', ready, START_MS);
    const colon = String(sip).lastIndexOf(':');
    return {
      url: String(http),
      secureUrl: String(https),
      adminUrl: String(admin),
      sip: { host: String(sip).slice(0, colon), port: Number(String(sip).slice(colon + 1)) },
      pid: program.child.pid ?? 0,
      config,
      records: () => readRecords(program.output()),
      command: async (...args) => (await run(process.execPath, [PROGRAM, ...args, '--config', config])).stdout,
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`the gateway did not start: ${program.output()}`, { cause: error });
  }
}
