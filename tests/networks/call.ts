import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CallJob, CallOutcome } from './caller.js';
import type { Namespace } from './namespace.js';

const RUN = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));
const CALLER = fileURLToPath(new URL('./caller.ts', import.meta.url));

/** Starting a browser, opening the page and ending both, beside the call itself. */
const AROUND_MS = 35_000;

/** Makes calls from inside a namespace, one after the other, in one browser. Rejects when there was no browser or page. */
export function callFrom(client: Namespace, job: CallJob): Promise<readonly CallOutcome[]> {
  const [command, args] = client.within(process.execPath, [RUN, CALLER, JSON.stringify(job)]);
  const timeout = AROUND_MS + job.calls * job.timeoutMs;
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const line = stdout.split('\n').find((text) => text.startsWith('['));
      if (line !== undefined) resolve(JSON.parse(line));
      else reject(new Error(`no call was made: ${error?.killed ? `nothing after ${timeout} ms` : stderr.trim()}`));
    });
  });
}
