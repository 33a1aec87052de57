import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { type Program, startProgram, temporaryFolder, until } from './process.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLES = join(ROOT, 'examples');
/** The package as it is published: bundled, with types, and nothing else. */
export const PUBLISHED = join(ROOT, 'packages/client/dist/package');

/** Signs the tokens of the examples' site. */
export const SECRET = 'examples-examples-examples-examples';

export interface ExampleSite {
  readonly origin: string;
  close(): Promise<void>;
}

/** The web site of the examples, with a port that is known before its gateway is. */
export async function startExamples(gateway: string, port: number): Promise<ExampleSite> {
  const env = { ...process.env, EARSHOT_SECRET: SECRET, EARSHOT_URL: gateway, PORT: String(port) };
  const site: Program = startProgram(process.execPath, [join(EXAMPLES, 'serve.mjs')], { env });
  const origin = `http://localhost:${port}`;
  await until('the site of the examples', () => (site.output().includes(origin) ? true : undefined));
  return { origin, close: () => site.stop() };
}

/** Compiles and bundles the TypeScript example in a folder of its own, where there is nothing but the published package. */
export async function buildBundlerExample(): Promise<void> {
  const folder = temporaryFolder('bundler');
  try {
    cpSync(join(EXAMPLES, 'bundler'), folder.path, { recursive: true });
    mkdirSync(join(folder.path, 'node_modules/@earshot'), { recursive: true });
    symlinkSync(PUBLISHED, join(folder.path, 'node_modules/@earshot/client'));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [compiler, '-p', folder.path, '--preserveSymlinks']).catch(
      (error: { stdout?: string }) => {
        throw new Error(`the example does not compile: ${error.stdout}`, { cause: error });
      },
    );
    const outDir = join(EXAMPLES, 'bundler/dist');
    rmSync(outDir, { recursive: true, force: true });
    await build({
      root: folder.path,
      configFile: join(folder.path, 'vite.config.js'),
      logLevel: 'error',
      resolve: { preserveSymlinks: true },
      build: { outDir, emptyOutDir: true },
    });
  } finally {
    folder.remove();
  }
}
