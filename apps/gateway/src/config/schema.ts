import { isIP } from 'node:net';
import { z } from 'zod';
import { hostPortOf } from '../net/host-port.js';

const port = z
  .int('a port is a whole number from 0 to 65535; 0 lets the system choose')
  .min(0, 'a port is 0 to 65535')
  .max(65_535, 'a port is 0 to 65535');

const address = z.string().refine((text) => isIP(text) !== 0, 'an IP address such as 192.0.2.10');

const seconds = (least: number, most: number) =>
  z.number().min(least, `at least ${least} seconds`).max(most, `at most ${most} seconds`);

const codecPolicy = z.enum(['quality', 'density', 'auto']);

const origin = z
  .string()
  .regex(/^(self|https?:\/\/[^/\s]+)$/, '"self", or an origin such as https://www.example.com without a path');

const sipUri = z
  .string()
  .refine(
    (text) => !/[\s<>]/.test(text) && hostPortOf(text) !== undefined,
    'a SIP address reached over UDP, such as sip:pbx.example.com:5060',
  );

const httpSchema = z.strictObject({
  host: address.default('0.0.0.0'),
  port: port.default(8080),
  /** Web origins that may open a calling session; "self" is the origin this server is reached by. */
  allowedOrigins: z.array(origin).min(1, 'name at least one origin, usually "self"').default(['self']),
});

const sipSchema = z.strictObject({
  host: address.default('0.0.0.0'),
  port: port.default(5060),
  /** RTP ports towards the phone network, first and last; [0, 0] lets the system choose. */
  mediaPorts: z
    .tuple([port, port])
    .refine(([first, last]) => (first === 0 ? last === 0 : last > first), 'first and last port, last above first')
    .default([41_000, 44_999]),
  /** The address put into SIP and SDP towards hosts that are not on this machine. Default: the one the route uses. */
  advertisedAddress: address.optional(),
});

const mediaSchema = z.strictObject({
  host: address.default('0.0.0.0'),
  /** UDP port for browsers; worker N uses port + N. 0 lets the system choose. */
  port: port.default(40_000),
  /** Addresses offered to browsers. Default: every address of this machine that is not loopback. */
  advertisedAddresses: z.array(address).optional(),
  /** Default: one per core, less one for call control. */
  workers: z.int().min(1, 'at least 1 worker').max(64, 'at most 64 workers').optional(),
  opus: z
    .strictObject({
      /** 0 (cheapest) to 10 (best). */
      complexity: z.int().min(0, '0 to 10').max(10, '0 to 10').default(1),
      /** bit/s. */
      bitrate: z.int().min(6_000, '6000 to 128000 bit/s').max(128_000, '6000 to 128000 bit/s').default(24_000),
    })
    .prefault({}),
});

const authSchema = z.strictObject({
  /** Signs and verifies access tokens (HS256). Default: made once and kept in the data folder. */
  secret: z.string().min(32, 'at least 32 characters').optional(),
  issuer: z.string().min(1).default('earshot'),
  audience: z.string().min(1).default('earshot'),
  /** How long tokens of the built-in page live. */
  pageTokenSeconds: seconds(10, 86_400).default(300),
});

const pageSchema = z.strictObject({
  enabled: z.boolean().default(true),
  /** What the built-in page may call: line names, numbers, sip: addresses; "*" at the end matches any rest. */
  mayCall: z.array(z.string().min(1)).optional(),
  mayReceive: z.boolean().default(true),
});

const trunkSchema = z.strictObject({
  target: sipUri,
  realm: z.string().min(1).optional(),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
});

const routeSchema = z.strictObject({
  /** A line name, a number, or a prefix ending in "*". */
  match: z.string().min(1, 'a name, a number, or a prefix such as +49*'),
  /** Where it leads: a SIP address; {number} stands for what was dialled. */
  to: sipUri.optional(),
  trunk: z.string().min(1).optional(),
  codec: codecPolicy.optional(),
  title: z.string().min(1).optional(),
});

const callsSchema = z.strictObject({
  codec: codecPolicy.default('quality'),
  ringSeconds: seconds(1, 600).default(60),
  /** How long an answered call may wait for audio in both directions before it ends. */
  audioSeconds: seconds(2, 600).default(30),
  /** How long a call waits for a page that lost its connection. */
  graceSeconds: seconds(1, 600).default(30),
  maxCalls: z.int().min(1, 'at least 1').max(100_000, 'at most 100000').default(500),
});

export const configSchema = z
  .strictObject({
    http: httpSchema.prefault({}),
    sip: sipSchema.prefault({}),
    media: mediaSchema.prefault({}),
    auth: authSchema.prefault({}),
    page: pageSchema.prefault({}),
    calls: callsSchema.prefault({}),
    lines: z.strictObject({ enabled: z.boolean().default(true) }).prefault({}),
    trunks: z.record(z.string().min(1), trunkSchema).default({}),
    routes: z.array(routeSchema).default([]),
    log: z
      .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info') })
      .prefault({}),
    /** Folder for what must outlive a restart. */
    dataDir: z.string().min(1).default('.earshot'),
  })
  .check(({ value, issues }) => {
    value.routes.forEach((route, index) => {
      if ((route.to === undefined) === (route.trunk === undefined)) {
        issues.push({ code: 'custom', path: ['routes', index], message: 'give either "to" or "trunk"', input: route });
      }
      if (route.trunk !== undefined && !Object.hasOwn(value.trunks, route.trunk)) {
        const known = Object.keys(value.trunks).join(', ') || 'none are configured';
        const message = `no such trunk; trunks: ${known}`;
        issues.push({ code: 'custom', path: ['routes', index, 'trunk'], message, input: route.trunk });
      }
    });
  });

export type Config = z.infer<typeof configSchema>;
