import { join } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { libsqlDialect } from './libsql-dialect.js';
import type { DatabaseKind, Tables } from './schema.js';

export interface DatabasePlace {
  readonly dataDir: string;
  /** Of a PostgreSQL database; undefined: SQLite in `dataDir`. */
  readonly url?: string;
}

export const kindOf = ({ url }: DatabasePlace): DatabaseKind => (url === undefined ? 'sqlite' : 'postgres');

/** In ms. */
const CONNECT_MS = 3000;
const STATEMENT_MS = 15_000;
const READERS = 3;

const INT8 = 20;

/** Counts and times are whole numbers far below 2^53. */
const typesOver = ({ getTypeParser }: typeof pg.types): pg.CustomTypesConfig => ({
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    id === INT8 ? Number : format === 'binary' ? getTypeParser(id, format) : getTypeParser(id, 'text'),
});

/** Loaded where it is needed: most installations have no PostgreSQL. */
async function pool(url: string, access: 'write' | 'read'): Promise<pg.Pool> {
  const { default: postgres } = await import('pg');
  const connections = new postgres.Pool({
    connectionString: url,
    application_name: 'earshot',
    max: access === 'write' ? 1 : READERS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
    keepAlive: true,
    // Compiling a statement, or starting processes for it, takes longer than running any of ours.
    options: '-c jit=off -c max_parallel_workers_per_gather=0',
    types: typesOver(postgres.types),
  });
  // An idle connection was lost: the next query opens another, and says so where it cannot.
  connections.on('error', () => {});
  return connections;
}

export const connect = ({ dataDir, url }: DatabasePlace, access: 'write' | 'read'): Kysely<Tables> =>
  new Kysely<Tables>({
    dialect:
      url === undefined
        ? libsqlDialect(join(dataDir, 'earshot.db'), access)
        : new PostgresDialect({ pool: () => pool(url, access) }),
  });
