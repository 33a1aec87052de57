import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../harness/peers.js';

/** A UDP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

export interface Sipp {
  readonly port: number;
  /** Resolves with '' when the scenario went as written, and else with what SIPp says. */
  readonly done: Promise<string>;
}

/** Plays one scenario once: as caller towards `target` (a port of loopback), or as callee without one. */
export async function runSipp(scenario: string, target?: number, extra: readonly string[] = []): Promise<Sipp> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'earshot-sipp-'));
  const file = new URL(`./scenarios/${scenario}.xml`, import.meta.url).pathname;
  const args = ['-sf', file, '-i', '127.0.0.1', '-p', String(port), '-m', '1', '-nostdin'];
  const errors = join(folder, 'errors.log');
  args.push('-timeout', '20', '-timeout_error', '-trace_err', '-error_file', errors, ...extra);
  if (target !== undefined) args.push(`127.0.0.1:${target}`);
  const child = spawn(programPath('sipp'), args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-8000);
    });
  }
  const done = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => {
      rmSync(folder, { recursive: true, force: true });
      resolve(code === 0 ? '' : `exit ${code}\n${said}`);
    });
  });
  return { port, done };
}
