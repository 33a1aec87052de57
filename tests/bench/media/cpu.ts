import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, setPriority } from 'node:os';

/**
 * CPU time of all threads of a process since each began, in ms. Linux only: the scheduler's own nanoseconds, where
 * /proc/PID/stat counts hundredths of a second.
 */
export function cpuMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
    } catch {
      // The thread ended between the listing and the reading.
    }
  }
  return nanoseconds / 1e6;
}

/** The program under test gets the first core and the generator the second, so that neither takes the other's time. */
const TARGET_CORE = 0;
const GENERATOR_CORE = 1;
/** Ahead of whatever else the machine does, where this user may; `nice` goes on without where not. */
const NICENESS = -15;

export const canPin = (): boolean => cpus().length > 1;

/** Puts this process, with all its threads, on the generator's core. */
export function pinGenerator(): void {
  if (canPin()) execFileSync('taskset', ['-a', '-c', '-p', String(GENERATOR_CORE), String(process.pid)]);
  try {
    setPriority(NICENESS);
  } catch {
    // Only root may.
  }
}

/** The command line that starts a program on the core of the program under test. */
export const pinned = (command: string, args: readonly string[]): readonly [string, readonly string[]] =>
  canPin()
    ? ['taskset', ['-c', String(TARGET_CORE), 'nice', '-n', String(NICENESS), command, ...args]]
    : [command, args];
