import { isIP } from 'node:net';
import { z } from 'zod';

/** Most receivers, rules and names of a kind: each has a series in /metrics. */
const MOST = { webhooks: 16, alerts: 64, headers: 16 } as const;

/** Header names that a request has already, or that would change what it means. */
const RESERVED = new Set(['host', 'content-length', 'content-type', 'connection', 'transfer-encoding']);

function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password, hostname } = new URL(text);
  return hostname !== '' && username === '' && password === '';
}

const httpUrl = (example: string) =>
  z.string().refine(isHttpUrl, `a URL such as ${example}, without a user name or password in it`);

const seconds = (least: number, most: number) =>
  z.number().min(least, `at least ${least} seconds`).max(most, `at most ${most} seconds`);
const share = z.number().gt(0, 'above 0, at most 1: 0.02 is 2%').lte(1, 'above 0, at most 1: 0.02 is 2%');

const hostName = z
  .string()
  .refine((text) => isIP(text) !== 0 || /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text), {
    message: 'a name or an address such as homer.example.com or 192.0.2.10, without a port',
  });

/** SIP and RTCP to Homer by HEP version 3 over UDP. */
const hepSchema = z.strictObject({
  host: hostName,
  port: z.int('a port is 1 to 65535').min(1, 'a port is 1 to 65535').max(65_535, 'a port is 1 to 65535').default(9060),
  /** Names this gateway to Homer. */
  captureId: z.int().min(0, '0 to 4294967295').max(0xffff_ffff, '0 to 4294967295').default(1),
  /** Sent in the clear, as HEP has it. */
  password: z.string().min(1).max(128, 'at most 128 characters').optional(),
});

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const everyName = (test: (name: string) => boolean) => (given: object) => Object.keys(given).every(test);

const headers = z
  .record(z.string(), z.string().regex(/^[\t\x20-\x7e]{0,4096}$/, 'a header value: ASCII, in one line'))
  .refine((given) => Object.keys(given).length <= MOST.headers, `at most ${MOST.headers} headers`)
  .refine(
    everyName((name) => HEADER_NAME.test(name)),
    'header names such as authorization',
  )
  .refine(
    everyName((name) => !RESERVED.has(name.toLowerCase())),
    `headers that are set already: ${[...RESERVED].join(', ')}`,
  );

/** Traces of calls by OTLP over HTTP. */
const otelSchema = z.strictObject({
  /** All of it, with the path: usually /v1/traces. */
  url: httpUrl('http://127.0.0.1:4318/v1/traces'),
  headers: headers.default({}),
  service: z.string().min(1).max(64, 'at most 64 characters').default('earshot'),
});

export const WEBHOOK_EVENTS = ['call.ended', 'call.diagnosed', 'alert.raised', 'alert.cleared'] as const;

const webhookSchema = z.strictObject({
  url: httpUrl('https://receiver.example.com/path'),
  /** Signs each body: `earshot-signature: t=SECONDS,v1=HEX` (HMAC-SHA256 of `SECONDS.BODY`). */
  secret: z.string().min(16, 'at least 16 characters').optional(),
  events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1, 'at least one event')
    .default([...WEBHOOK_EVENTS]),
});

/** SIP OPTIONS to every trunk. */
const trunkChecksSchema = z.strictObject({
  enabled: z.boolean().default(true),
  intervalSeconds: seconds(5, 3_600).default(30),
});

const ruleShape = {
  /** The time that is looked at. */
  windowSeconds: seconds(60, 86_400).default(600),
  /** Fewer calls say nothing. */
  minCalls: z.int().min(1, 'at least 1').max(1_000_000, 'at most 1000000').default(20),
};

const alertSchema = z.discriminatedUnion(
  'rule',
  [
    z.strictObject({ rule: z.literal('answered-without-audio'), above: share.default(0.02), ...ruleShape }),
    z.strictObject({
      rule: z.literal('ice-failures'),
      above: share.default(0.05),
      by: z.enum(['all', 'network', 'browser']).default('all'),
      ...ruleShape,
    }),
    /** Without `trunk`: any of them. */
    z.strictObject({ rule: z.literal('trunk-down'), trunk: z.string().min(1).optional() }),
    z.strictObject({
      rule: z.literal('mos'),
      below: z.number().gt(1, 'above 1, at most 4.5').lte(4.5, 'above 1, at most 4.5').default(3.6),
      ...ruleShape,
    }),
  ],
  'a rule: answered-without-audio, ice-failures, trunk-down or mos',
);

export type AlertRule = z.infer<typeof alertSchema>;

const WINDOW = { windowSeconds: 600, minCalls: 20 } as const;

export const outwardSchema = z.strictObject({
  hep: hepSchema.optional(),
  otel: otelSchema.optional(),
  webhooks: z.array(webhookSchema).max(MOST.webhooks, `at most ${MOST.webhooks}`).default([]),
  trunkChecks: trunkChecksSchema.prefault({}),
  alerts: z
    .array(alertSchema)
    .max(MOST.alerts, `at most ${MOST.alerts}`)
    .default([
      { rule: 'answered-without-audio', above: 0.02, ...WINDOW },
      { rule: 'ice-failures', above: 0.05, by: 'all', ...WINDOW },
      { rule: 'trunk-down' },
      { rule: 'mos', below: 3.6, ...WINDOW },
    ]),
});

export type OutwardConfig = z.infer<typeof outwardSchema>;

/** What the settings around it make of a setting of this section. */
interface Surroundings {
  readonly outward: OutwardConfig;
  readonly trunks: Readonly<Record<string, unknown>>;
  readonly telemetry: { readonly privacy: 'full' | 'short' | 'hidden' };
}

/** Mistakes that show only beside other sections, by path. */
export function outwardClashes({ outward, trunks, telemetry }: Surroundings) {
  const clashes: { readonly path: readonly (string | number)[]; readonly message: string }[] = [];
  if (outward.hep !== undefined && telemetry.privacy !== 'full') {
    const message = `needs telemetry.privacy "full": it passes SIP messages on as they are, with their numbers`;
    clashes.push({ path: ['outward', 'hep'], message });
  }
  outward.alerts.forEach((alert, index) => {
    if (alert.rule !== 'trunk-down') return;
    const path = ['outward', 'alerts', index];
    if (alert.trunk !== undefined && !Object.hasOwn(trunks, alert.trunk)) {
      const known = Object.keys(trunks).join(', ') || 'none are configured';
      clashes.push({ path: [...path, 'trunk'], message: `no such trunk; trunks: ${known}` });
    } else if (alert.trunk !== undefined && !outward.trunkChecks.enabled) {
      clashes.push({ path, message: 'needs outward.trunkChecks.enabled' });
    }
  });
  return clashes;
}
