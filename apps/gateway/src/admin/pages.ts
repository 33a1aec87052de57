import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { err, fault, ok, type Result } from '@earshot/base';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** As `npm run build` makes them. */
export const PAGES_DIR = fileURLToPath(new URL('../../../console/dist/operators/', import.meta.url));

/** Each is drawn by the same program, which reads the address. */
const PAGES = ['/', '/search', '/overview', '/call/:id'];

/** Nothing but our own files and our own API. Charts set sizes by script, which needs no `style-src`. */
export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
} as const;

/** The operators' pages. Faults: server.not_built. */
export function pageRoutes(app: FastifyInstance, folder: string): Result<void> {
  if (!existsSync(folder)) return err(fault('server.not_built', undefined, 'apps/console'));
  app.register(fastifyStatic, { root: folder, cacheControl: false, index: false });
  for (const path of PAGES) app.get(path, (_request, reply) => reply.sendFile('index.html'));
  return ok(undefined);
}
