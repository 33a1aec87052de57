import { type Fault, fault } from '@earshot/base';
import type { DatabaseKind } from './schema.js';

const codeOf = (error: unknown): string | undefined => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
};

/** SQLSTATE classes that speak of the data; every other one may be over in a while. */
const REFUSED_STATES: readonly string[] = ['22', '23'];
const REFUSED_SQLITE = /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG|RANGE)/;

/** Whether the same would be refused again, however often it is tried. */
export function isRefusal(error: unknown, kind: DatabaseKind): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = codeOf(error);
  if (code === undefined) return false;
  return kind === 'postgres'
    ? code.length === 5 && REFUSED_STATES.includes(code.slice(0, 2))
    : REFUSED_SQLITE.test(code);
}

/** Why the database cannot be had. Its own messages quote data and addresses, so only their codes are passed on. */
export const databaseFault = (error: unknown, kind: DatabaseKind): Fault =>
  fault(kind === 'postgres' ? 'store.unreachable' : 'store.unwritable', codeOf(error) ?? 'no answer', kind);
