import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * Imports go downward only: apps -> experience/signaling/negotiation/media/memory -> base. Each workspace with the
 * workspaces it may import. Protocol packages import no sibling protocol but STUN, which ICE and TURN are built on; `calls` and the gateway compose them.
 */
export const ALLOWED = {
  'packages/base': [],
  'packages/crypto': ['base'],
  'packages/stun': ['base'],
  'packages/webrtc': ['base', 'stun'],
  'packages/rtp': ['base'],
  'packages/turn': ['base', 'stun', 'telemetry'],
  'packages/sip': ['base'],
  'packages/signaling': ['base', 'telemetry'],
  'packages/telemetry': ['base'],
  'packages/diagnosis': ['base', 'telemetry'],
  'packages/calls': ['base', 'webrtc', 'rtp', 'sip'],
  'packages/client': ['base', 'signaling', 'telemetry'],
  'packages/widget': ['base', 'signaling', 'client'],
  'apps/gateway': [
    ...['base', 'crypto', 'stun', 'webrtc', 'rtp', 'turn', 'sip', 'signaling', 'calls', 'telemetry', 'diagnosis'],
  ],
  'apps/console': ['base', 'signaling', 'client', 'widget', 'telemetry', 'diagnosis'],
};

/** The only workspaces that may touch Node; all others are sans-IO or run in browsers. */
const MAY_USE_NODE = new Set(['packages/crypto', 'apps/gateway']);

/** What tests may import besides: they run in Node and need real cryptography, never another protocol. */
const TEST_ONLY = new Set(['vitest', 'fast-check', '@earshot/crypto']);

const STATEMENT = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const SIDE_EFFECT = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\s*\(\s*['"]([^'"]+)['"]/g;

/** The module specifiers that a TypeScript source imports or re-exports from. Commented-out lines do not count. */
export function importsOf(source) {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [STATEMENT, SIDE_EFFECT, DYNAMIC].flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1]));
}

const isBuiltin = (specifier) => specifier.startsWith('node:') || builtinModules.includes(specifier);

/** `@scope/name/deep/path` and `name/path` belong to the packages `@scope/name` and `name`. */
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const isTest = (path) => path.endsWith('.test.ts') || path.includes('/testing/');

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|tsx|mts)$/.test(entry.name)) yield path;
  }
}

/** Why one import of one file is not allowed, or undefined. `path` is absolute. */
function refuse(specifier, path, workspace, folder, allowed, manifest) {
  if (specifier.startsWith('.')) {
    const inside = !relative(folder, resolve(dirname(path), specifier)).startsWith('..');
    return inside ? undefined : 'leaves its workspace';
  }
  if (isTest(path) && (isBuiltin(specifier) || TEST_ONLY.has(packageOf(specifier)))) return undefined;
  if (isBuiltin(specifier)) return MAY_USE_NODE.has(workspace) ? undefined : 'may not use Node';
  const name = packageOf(specifier);
  const sibling = name.startsWith('@earshot/') ? name.slice('@earshot/'.length) : undefined;
  if (sibling !== undefined && !allowed.includes(sibling)) return 'is not below it';
  return manifest.dependencies?.[name] === undefined ? 'is not among its dependencies' : undefined;
}

function checkWorkspace(root, workspace) {
  const folder = join(root, workspace);
  const allowed = ALLOWED[workspace];
  if (allowed === undefined) return [`${workspace}: add it to the table in scripts/lib/boundaries.mjs`];
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const violations = [];
  const used = new Set();
  for (const path of sources(join(folder, 'src'))) {
    for (const specifier of importsOf(readFileSync(path, 'utf8'))) {
      if (!isTest(path)) used.add(packageOf(specifier));
      const reason = refuse(specifier, path, workspace, folder, allowed, manifest);
      if (reason !== undefined) violations.push(`${relative(root, path)}: ${specifier} ${reason}`);
    }
  }
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (!used.has(name)) violations.push(`${workspace}/package.json: ${name} is never imported`);
  }
  return [...violations, ...checkTypes(folder, workspace)];
}

/** `types: []` (inherited or repeated) keeps Node's globals out of every workspace that may not use Node. */
function checkTypes(folder, workspace) {
  if (MAY_USE_NODE.has(workspace)) return [];
  const path = join(folder, 'tsconfig.json');
  if (!existsSync(path)) return [`${workspace}: has no tsconfig.json`];
  const { extends: base, compilerOptions = {} } = JSON.parse(readFileSync(path, 'utf8'));
  const types = compilerOptions.types ?? JSON.parse(readFileSync(join(folder, base), 'utf8')).compilerOptions.types;
  return Array.isArray(types) && types.length === 0 ? [] : [`${workspace}/tsconfig.json: types must be []`];
}

/** One line for each import, dependency or compiler setting that breaks the layering. Empty: all is well. */
export function checkRepository(root) {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(root, group, entry.name, 'package.json')))
      .flatMap((entry) => checkWorkspace(root, `${group}/${entry.name}`)),
  );
}
