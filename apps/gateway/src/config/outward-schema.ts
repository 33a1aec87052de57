import { z } from 'zod';

const httpUrl = z.string().regex(/^https?:\/\/[^\s]+$/, 'a URL such as https://receiver.example.com/path');
const seconds = (least: number, most: number) =>
  z.number().min(least, `at least ${least}`).max(most, `at most ${most}`);
const share = z.number().min(0, '0 to 1').max(1, '0 to 1');

/** SIP and RTCP to Homer by HEP version 3 over UDP. */
const hepSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(9060),
  captureId: z.int().min(0).max(0xffff_ffff).default(1),
  password: z.string().min(1).max(128).optional(),
});

/** Traces of calls by OTLP over HTTP. */
const otelSchema = z.strictObject({
  url: httpUrl,
  headers: z.record(z.string().min(1), z.string()).default({}),
  service: z.string().min(1).max(64).default('earshot'),
});

const webhookSchema = z.strictObject({
  url: httpUrl,
  /** Signs each body: `earshot-signature: t=SECONDS,v1=HEX` (HMAC-SHA256 of `SECONDS.BODY`). */
  secret: z.string().min(16, 'at least 16 characters').optional(),
  events: z
    .array(z.enum(['call.ended', 'call.diagnosed', 'alert.raised', 'alert.cleared']))
    .min(1, 'at least one event')
    .default(['call.ended', 'call.diagnosed', 'alert.raised', 'alert.cleared']),
});

const ruleShape = {
  /** The time that is looked at. */
  windowSeconds: seconds(60, 86_400).default(600),
  /** Fewer calls say nothing. */
  minCalls: z.int().min(1, 'at least 1').default(20),
};

const alertSchema = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('answered-without-audio'), above: share.default(0.02), ...ruleShape }),
  z.strictObject({
    rule: z.literal('ice-failures'),
    above: share.default(0.05),
    by: z.enum(['all', 'network', 'browser']).default('all'),
    ...ruleShape,
  }),
  z.strictObject({ rule: z.literal('trunk-down'), trunk: z.string().min(1).optional() }),
  z.strictObject({ rule: z.literal('mos'), below: z.number().min(1).max(4.5).default(3.6), ...ruleShape }),
]);

export const outwardSchema = z.strictObject({
  hep: hepSchema.optional(),
  otel: otelSchema.optional(),
  webhooks: z.array(webhookSchema).max(16, 'at most 16').default([]),
  alerts: z
    .array(alertSchema)
    .max(64, 'at most 64')
    .default([
      { rule: 'answered-without-audio', above: 0.02, windowSeconds: 600, minCalls: 20 },
      { rule: 'ice-failures', above: 0.05, by: 'all', windowSeconds: 600, minCalls: 20 },
      { rule: 'trunk-down' },
      { rule: 'mos', below: 3.6, windowSeconds: 600, minCalls: 20 },
    ]),
});
