import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.js';

const PROGRAM = fileURLToPath(new URL('./impairer.py', import.meta.url));

/** What a link does to packets, each way. */
export interface Impairment {
  readonly delayMs: number;
  readonly lossPercent: number;
  readonly seed: number;
}

/** What one direction of a link does to packets from now on; nothing that is left out. See impairer.py. */
export interface Rule {
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly lossPercent?: number;
  /** Chances that a run of losses begins and ends with a packet. */
  readonly burst?: { readonly enter: number; readonly leave: number };
  readonly rateKbps?: number;
  readonly queueMs?: number;
  readonly corrupt?: boolean;
}

/** Packets of one direction since the start. */
export interface LinkCounts {
  readonly passed: number;
  readonly lost: number;
  readonly overflowed: number;
  readonly corrupted: number;
}

export interface Impairer {
  /** `out`: away from the inner end. A direction that is left out stays as it is. Gives what was done so far. */
  change(rules: {
    readonly out?: Rule;
    readonly back?: Rule;
    /** Other UDP ports of the inner end from now on: its own with these bits turned. */
    readonly ports?: number;
  }): Promise<{ out: LinkCounts; back: LinkCounts }>;
  stop(): Promise<void>;
}

/** This kernel has no netem: a small process carries the packets between two TUN devices, which it makes in `namespace`. */
export async function startImpairer(
  namespace: Namespace,
  devices: readonly [string, string],
  impairment: Impairment,
): Promise<Impairer> {
  const { delayMs, lossPercent, seed } = impairment;
  const rule = [delayMs, lossPercent, seed].map(String);
  const [command, args] = namespace.within('python3', [PROGRAM, ...devices, ...rule]);
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const waiting: ((line: string | undefined) => void)[] = [];
  const nextLine = (): Promise<string | undefined> => new Promise((resolve) => waiting.push(resolve));
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  void gone.then(() => {
    for (const resolve of waiting.splice(0)) resolve(undefined);
  });
  if ((await nextLine()) === undefined) throw new Error(`the impairer did not start: ${complaint.trim()}`);
  return {
    async change(rules) {
      const answer = nextLine();
      child.stdin.write(`${JSON.stringify(rules)}\n`);
      const line = await answer;
      if (line === undefined) throw new Error(`the impairer is gone: ${complaint.trim()}`);
      return JSON.parse(line);
    },
    async stop() {
      child.stdin.on('error', () => {});
      child.stdin.end();
      await gone;
    },
  };
}
