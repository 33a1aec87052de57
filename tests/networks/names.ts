import { fileURLToPath } from 'node:url';
import { type Program, until } from '../harness/process.js';
import type { Namespace } from './namespace.js';

const PROGRAM = fileURLToPath(new URL('./tools/names.mjs', import.meta.url));

/** Lets programs of a namespace find addresses by name. */
export async function startNames(
  namespace: Namespace,
  table: Readonly<Record<string, readonly string[]>>,
): Promise<Program> {
  const program = namespace.start(process.execPath, [PROGRAM, JSON.stringify(table)]);
  await until(`the name service of ${namespace.label}`, () => {
    if (program.child.exitCode !== null) throw new Error(`it ended: ${program.output()}`);
    return program.output().includes('ready') ? true : undefined;
  });
  return program;
}
