import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.js';

const PROGRAM = fileURLToPath(new URL('./impairer.py', import.meta.url));

/** What a link does to packets, each way. */
export interface Impairment {
  readonly delayMs: number;
  readonly lossPercent: number;
  readonly seed: number;
}

export interface Impairer {
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
  const ready = await new Promise<boolean>((resolve) => {
    child.stdout.once('data', () => resolve(true));
    void gone.then(() => resolve(false));
  });
  if (!ready) throw new Error(`the impairer did not start: ${complaint.trim()}`);
  return {
    async stop() {
      child.stdin.on('error', () => {});
      child.stdin.end();
      await gone;
    },
  };
}
