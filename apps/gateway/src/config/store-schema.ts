import { z } from 'zod';

const days = (longest: number) => z.int().min(1, 'at least 1').max(longest, `at most ${longest}`);

/** Where records and evidence of calls are kept. */
export const storeSchema = z.strictObject({
  /** Of a PostgreSQL database. Default: SQLite in dataDir. The environment variable DATABASE_URL wins. */
  url: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'a URL such as postgres://user:password@db.example.com/earshot')
    .optional(),
  /** How long call records are kept. */
  recordDays: days(3_650).default(365),
  /** How long timelines and samples are kept. */
  evidenceDays: days(3_650).default(30),
});

/** What of a call's evidence may be kept at all. */
export const telemetrySchema = z.strictObject({
  /**
   * full: addresses, names and numbers. short: addresses lose their last part, of numbers the last three digits remain.
   * hidden: addresses say whether they are private or public, and nothing more; no names or numbers.
   */
  privacy: z.enum(['full', 'short', 'hidden']).default('full'),
  /** From the call to the first ringing; beyond, the call is named slow to set up. In seconds. */
  slowSetupSeconds: z.number().min(0.5, 'at least 0.5').max(60, 'at most 60').default(8),
});
