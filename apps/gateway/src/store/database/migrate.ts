import { err, fault, ok, type Result } from '@earshot/base';
import { type Kysely, Migrator, sql } from 'kysely';
import { databaseFault } from './faults.js';
import { migrationsOf } from './migrations.js';
import type { DatabaseKind, Tables } from './schema.js';

/** Which migrations were made. Kysely's own names may be another program's in the same database. */
const DONE = 'earshot_migration';
const LOCK = 'earshot_migration_lock';
/** Two servers that start at once make tables at once; the one that comes too late finds them made. */
const ATTEMPTS = 5;
const PAUSE_MS = 200;

/** A name that is not known here was made by a newer version. */
async function unknownMigration(database: Kysely<Tables>, known: readonly string[]): Promise<string | undefined> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DONE)) return undefined;
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(DONE)}`.execute(database);
  return rows.map(({ name }) => name).find((name) => !known.includes(name));
}

/** Brings the database up to date. Faults: store.incompatible; store.unreachable and store.unwritable may be over later. */
export async function migrate(database: Kysely<Tables>, kind: DatabaseKind): Promise<Result<undefined>> {
  const migrations = migrationsOf(kind);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const newer = await unknownMigration(database, Object.keys(migrations));
      if (newer !== undefined) return err(fault('store.incompatible', `made by ${newer}`));
      const migrator = new Migrator({
        db: database,
        provider: { getMigrations: async () => migrations },
        migrationTableName: DONE,
        migrationLockTableName: LOCK,
      });
      const { error } = await migrator.migrateToLatest();
      if (error === undefined) return ok(undefined);
      throw error;
    } catch (error) {
      if (attempt === ATTEMPTS) return err(databaseFault(error, kind));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
