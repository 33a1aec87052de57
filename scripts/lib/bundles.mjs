import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { root } from './root.mjs';
import { sources } from './sources.mjs';

/** Where the gateway finds what it serves under /sdk/. */
export const SDK = 'packages/client/dist/sdk';
/** The package as it is published: the same files, with types, and nothing else to install. */
export const PACKAGE = 'packages/client/dist/package';

const CORE = './earshot.js';

/**
 * What pages load. Each is one file. `global`: the name in a page of the script-tag build, which ends in `.iife.js`;
 * the widget has no other. Those that build on the SDK do not repeat it: `earshot.js` is loaded once.
 */
export const BUNDLES = [
  { name: 'earshot', entry: 'packages/client/src/index.ts', global: 'Earshot', formats: ['es', 'iife'] },
  {
    name: 'earshot-words',
    entry: 'packages/client/src/words/index.ts',
    global: 'EarshotWords',
    formats: ['es', 'iife'],
  },
  {
    name: 'earshot-preflight',
    entry: 'packages/client/src/preflight/index.ts',
    global: 'EarshotPreflight',
    formats: ['es', 'iife'],
    onCore: true,
  },
  { name: 'earshot-widget', entry: 'packages/widget/src/index.ts', global: 'EarshotWidget', formats: ['script'] },
];

const fileName = (name, format) => `${name}${format === 'iife' ? '.iife' : ''}.js`;

/** The SDK itself stays outside: whoever loads this has it, and its classes are the same. */
const coreOutside = {
  name: 'core-outside',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source.endsWith('/index.js') && importer?.includes('/preflight/') === true
      ? { id: CORE, external: true }
      : undefined,
};

/** Bundles one from source: its code, and its source map. */
export async function bundle({ name, entry, global, onCore = false }, format) {
  const file = fileName(name, format);
  const built = await build({
    configFile: false,
    logLevel: 'error',
    root,
    plugins: onCore ? [coreOutside] : [],
    resolve: { conditions: ['@earshot/source', 'module', 'browser', 'import', 'default'] },
    build: {
      write: false,
      target: 'es2022',
      sourcemap: true,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: join(root, entry),
        preserveEntrySignatures: 'strict',
        output: {
          minify: true,
          format: format === 'es' ? 'es' : 'iife',
          name: global,
          globals: { [CORE]: 'Earshot' },
          entryFileNames: file,
        },
      },
    },
  });
  const chunks = built.output.filter(({ type }) => type === 'chunk');
  if (chunks.length !== 1) throw new Error(`${file} is ${chunks.length} files`);
  return { file, code: chunks[0].code, map: chunks[0].map };
}

/** Paths of the repository, whoever builds it wherever. */
const portable = (map) =>
  JSON.stringify({ ...map, sources: map.sources.map((path) => path.replace(/^(\.\.\/)+/, 'earshot/')) });

/** Bundles all of it, and lists what came out with its size and its hash for the `integrity` attribute. */
export async function bundleSdk() {
  const folder = join(root, SDK);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'packages/client/package.json'), 'utf8'));
  const files = {};
  for (const each of BUNDLES) {
    for (const format of each.formats) {
      const { file, code, map } = await bundle(each, format);
      writeFileSync(join(folder, file), code);
      writeFileSync(join(folder, `${file}.map`), portable(map));
      files[file] = {
        bytes: Buffer.byteLength(code),
        gzipBytes: gzipSync(code, { level: 9 }).length,
        integrity: `sha384-${createHash('sha384').update(code).digest('base64')}`,
      };
    }
  }
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify({ version, files }, undefined, 2)}\n`);
  writePackage(version);
}

/** Workspaces whose types the SDK's own speak of. */
const TYPED = ['base', 'telemetry', 'signaling', 'client'];

const ENTRIES = {
  '.': ['earshot', 'index'],
  './words': ['earshot-words', 'words/index'],
  './preflight': ['earshot-preflight', 'preflight/index'],
};

/** No dependency: the code is bundled, and the types of the workspaces below come along, under names of their own. */
function writePackage(version) {
  const folder = join(root, PACKAGE);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of Object.keys(ENTRIES).map((key) => ENTRIES[key][0])) {
    for (const ending of ['.js', '.js.map']) cpSync(join(root, SDK, name + ending), join(folder, name + ending));
  }
  cpSync(join(root, SDK, 'earshot.iife.js'), join(folder, 'earshot.iife.js'));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  for (const workspace of TYPED) {
    const from = join(root, 'packages', workspace, 'dist');
    for (const path of sources(from, ['sdk', 'package', 'testing'])) {
      if (!path.endsWith('.d.ts')) continue;
      const to = join(folder, 'types', workspace, relative(from, path));
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, withoutWorkspaces(readFileSync(path, 'utf8'), dirname(to), join(folder, 'types')));
    }
  }
  const exported = Object.entries(ENTRIES).map(([key, [file, types]]) => [
    key,
    { types: `./types/client/${types}.d.ts`, default: `./${file}.js` },
  ]);
  const { description, license } = JSON.parse(readFileSync(join(root, 'packages/client/package.json'), 'utf8'));
  const manifest = {
    ...{ name: '@earshot/client', version, description, license, type: 'module', sideEffects: false },
    exports: Object.fromEntries(exported),
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function withoutWorkspaces(text, here, types) {
  const relativeTo = (workspace) => {
    const path = relative(here, join(types, workspace, 'index.js')).replaceAll('\\', '/');
    return path.startsWith('.') ? path : `./${path}`;
  };
  return text
    .replaceAll(/(['"])@earshot\/(\w+)\1/g, (_, quote, workspace) => quote + relativeTo(workspace) + quote)
    .replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}
