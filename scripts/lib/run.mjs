import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.mjs';

/**
 * Runs a program with inherited output and gives its exit code (1 when a signal ended it or it could not start).
 * SIGINT and SIGTERM reach it while it runs, and this process waits for it to go.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, output?: 'now' | 'at-end' | 'on-failure' }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, { cwd = root, env = {}, output = 'now' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: output === 'now' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    const said = [];
    child.stdout?.on('data', (chunk) => said.push(chunk));
    child.stderr?.on('data', (chunk) => said.push(chunk));
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    const finish = (code) => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      if (output === 'at-end') process.stdout.write(Buffer.concat(said));
      if (output === 'on-failure' && code !== 0) process.stderr.write(Buffer.concat(said));
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      finish(1);
    });
    child.on('close', (code) => finish(code ?? 1));
  });
}

/** Runs the script of an installed package with this same Node, which needs neither npx nor a shell. */
export const runModule = (path, args, options) =>
  run(process.execPath, [join(root, 'node_modules', path), ...args], options);
