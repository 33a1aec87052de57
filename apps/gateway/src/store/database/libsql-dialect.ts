import {
  type Dialect,
  SqliteAdapter,
  SqliteDialect,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import Database from 'libsql';

/** How long a statement waits for another connection's write, in ms. */
const BUSY_MS = 5000;

/** libsql ends the whole process where it is given a kind of value that it does not know. */
function checked(parameters: readonly unknown[]): unknown[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array) {
      return value;
    }
    throw new TypeError(`a ${typeof value} is no value of the database`);
  });
}

function prepare(database: Database.Database, text: string): SqliteStatement {
  const statement = database.prepare(text);
  return {
    reader: statement.reader,
    all: (parameters) => statement.all(checked(parameters)),
    run: (parameters) => statement.run(checked(parameters)),
    iterate: (parameters) => statement.iterate(checked(parameters)) as IterableIterator<unknown>,
  };
}

/** Kysely takes none for granted, but SQLite makes tables in a transaction: a server that dies meanwhile leaves nothing. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Kysely over libsql, which has the interface of better-sqlite3 and comes ready built. */
export function libsqlDialect(file: string, access: 'write' | 'read'): Dialect {
  const open = async () => {
    const database = new Database(file, { timeout: BUSY_MS });
    if (access === 'read') {
      database.pragma('query_only = on');
    } else {
      // Before the first table: deletions give room back in small steps.
      database.pragma('auto_vacuum = incremental');
      database.pragma('journal_mode = wal');
      database.pragma('journal_size_limit = 67108864');
    }
    database.pragma('cache_size = -32000');
    database.pragma('temp_store = memory');
    return { prepare: (text: string) => prepare(database, text), close: () => void database.close() };
  };
  const driven = new SqliteDialect({ database: open });
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => driven.createDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
