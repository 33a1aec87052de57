import { err, fault, type Millis, ok, type Result } from '@earshot/base';
import type { CallQuery } from '@earshot/telemetry';
import { z } from 'zod';

export const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;
const DAY_MS = 86_400_000;
/** As far as an overview looks. */
const MAX_SPAN_MS = 400 * DAY_MS;

/** Empty fields of a form say nothing. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const words = optional(z.string().trim().max(128));
/** Unix time in ms. */
const time = optional(z.coerce.number().int().min(0).max(8.64e15));

const callQuery = z.strictObject({
  text: words,
  user: words,
  cause: words,
  browser: words,
  trunk: words,
  network: words,
  result: words,
  weight: words,
  from: time,
  until: time,
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  after: optional(z.string().max(256)),
});

const span = z.strictObject({ from: time, until: time });

const exportQuery = z.strictObject({ format: z.enum(['earshot', 'rtcstats']).default('earshot') });

/** Every reader: the query string as an object; faults: http.bad_request, with the field. */
export function readCallQuery(query: unknown): Result<CallQuery> {
  const read = parse(callQuery, query);
  if (!read.ok) return read;
  const given = Object.entries(read.value).filter(([, value]) => value !== undefined);
  return ok(Object.fromEntries(given) as CallQuery);
}

/** Without an end: until now. Without a beginning: the day before the end. */
export function readSpan(query: unknown, now: Millis): Result<{ readonly from: Millis; readonly until: Millis }> {
  const read = parse(span, query);
  if (!read.ok) return read;
  const until = read.value.until ?? now;
  const from = read.value.from ?? until - DAY_MS;
  if (from >= until) return err(fault('http.bad_request', 'it ends before it begins', 'from'));
  return ok({ from: Math.max(from, until - MAX_SPAN_MS), until });
}

export function readExport(query: unknown): Result<'earshot' | 'rtcstats'> {
  const read = parse(exportQuery, query);
  return read.ok ? ok(read.value.format) : read;
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): Result<z.infer<Schema>> {
  const read = schema.safeParse(value);
  if (read.success) return ok(read.data);
  const issue = read.error.issues[0];
  return err(fault('http.bad_request', issue?.message, issue?.path.join('.')));
}
