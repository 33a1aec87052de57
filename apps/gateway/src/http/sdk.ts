import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { fault } from '@earshot/base';
import type { FastifyInstance } from 'fastify';
import { sendFault } from './server.js';

const SDK_DIR = fileURLToPath(new URL('../../../../packages/client/dist/sdk/', import.meta.url));

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
};

/** Pages of every site may load these, also those that isolate themselves (Fetch, cross-origin resource policy). */
const FOR_EVERYBODY = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'timing-allow-origin': '*',
};

/** Asked for again after this long, in seconds, so that an upgrade of the gateway reaches pages within minutes. */
const FRESH = 300;

interface ServedFile {
  readonly type: string;
  readonly etag: string;
  readonly body: Buffer;
  readonly zipped: Buffer;
}

/** What was built, if it was, with what goes out to browsers that can unpack it. */
async function readFiles(folder: string): Promise<ReadonlyMap<string, ServedFile>> {
  const files = new Map<string, ServedFile>();
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = await readFile(join(folder, name));
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    files.set(name, { type, etag, body, zipped: await compress(body) });
  }
  return files;
}

/**
 * GET /sdk/*: what pages of other sites load the SDK from. The files are a handful, and stay in memory as they were when
 * the first one was asked for: a build while the gateway runs does not mix two versions.
 */
export function sdkRoutes(app: FastifyInstance, folder: string = SDK_DIR): void {
  let files: Promise<ReadonlyMap<string, ServedFile>> | undefined;
  app.get<{ Params: { file: string } }>('/sdk/:file', async (request, reply) => {
    files ??= readFiles(folder);
    const file = (await files).get(request.params.file);
    if (file === undefined) return sendFault(reply, 404, fault('http.not_found'));
    const { type, etag, body, zipped } = file;
    reply.headers({
      ...FOR_EVERYBODY,
      'content-type': type,
      'cache-control': `public, max-age=${FRESH}`,
      etag,
      vary: 'accept-encoding',
    });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(body);
    return reply.header('content-encoding', 'gzip').send(zipped);
  });
}
