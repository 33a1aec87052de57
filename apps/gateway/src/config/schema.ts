import { isIP } from 'node:net';
import { z } from 'zod';
import { asHostName, isHostName } from '../ice/approach.js';
import { MOST_POLICIES, routePolicies } from '../ice/policies.js';
import { MOST_SECRETS } from '../ice/secret-ring.js';
import { isCidr } from '../net/cidr.js';
import { hostPortOf } from '../net/host-port.js';
import { outwardClashes, outwardSchema } from './outward-schema.js';
import { portClashes } from './port-clashes.js';
import { storeSchema, telemetrySchema } from './store-schema.js';

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

const file = z.string().min(1, 'the path of a file');

/** "::" stands for every address of the machine, IPv4 and, where it has it, IPv6. */
const tcpHost = address.default('::');

const tlsSchema = z.strictObject({
  host: tcpHost,
  /** HTTPS, WSS and TURN over TLS, told apart after the handshake. */
  port: port.default(8443),
  /** The port that browsers reach it by, where a NAT or a firewall rule leads there from another. */
  advertisedPort: port.optional(),
  /** PEM: the certificate and the chain below it. Taken up anew when the file changes, as is the key. */
  certificate: file,
  /** PEM, not encrypted. */
  key: file,
});

const httpSchema = z.strictObject({
  host: tcpHost,
  port: port.default(8080),
  /** Web origins that may open a calling session; "self" is the origin this server is reached by. */
  allowedOrigins: z.array(origin).min(1, 'name at least one origin, usually "self"').default(['self']),
  tls: tlsSchema.optional(),
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

/** An address for browsers: as bound here, and as they see it behind 1:1 NAT. */
const advertised = z.union(
  [address.transform((text) => ({ local: text, public: text })), z.strictObject({ local: address, public: address })],
  'an IP address such as 192.0.2.10, or { local: 10.0.0.5, public: 192.0.2.10 } behind 1:1 NAT',
);

const icePolicy = z.enum(['all', 'relay', 'auto']);

const mediaSchema = z.strictObject({
  /** IPv4 and IPv6 addresses to bind for browsers: "0.0.0.0" and "::" stand for every address of their family. */
  hosts: z.array(address).min(1, 'at least one address').default(['0.0.0.0', '::']),
  /** UDP port for browsers; worker N uses port + N. 0 lets the system choose. */
  port: port.default(40_000),
  /**
   * Addresses offered to browsers, best first: an address, or { local, public } behind 1:1 NAT. One that is not of this
   * machine stands for all that are bound. Default: every address of this machine that is not loopback.
   */
  advertisedAddresses: z.array(advertised).min(1, 'at least one address, or leave it out').optional(),
  /** How browsers reach this gateway: all, relay (through TURN only), auto (relay alone when nothing else lasts). */
  icePolicy: icePolicy.default('auto'),
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
  /**
   * Callers from the phone network go there too, where no waiting page takes them: a voicemail, a queue. Where it leads
   * out again their calls are paid for here.
   */
  inbound: z.boolean().default(false),
  codec: codecPolicy.optional(),
  icePolicy: icePolicy.optional(),
  title: z.string().min(1).optional(),
});

const cidr = z
  .string()
  .refine((text) => isCidr(text), 'an IP address or a range of them, such as 192.0.2.0/24 or 2001:db8::/32');

const turnUrl = z
  .string()
  .regex(
    /^(?:turns?|stun):(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/,
    'a URL such as turn:turn.example.com:3478?transport=udp or turns:turn.example.com:443?transport=tcp',
  );

/** A TURN server of the operator's own, such as coturn with use-auth-secret. */
const turnServerSchema = z.strictObject({
  urls: z.array(turnUrl).min(1, 'at least one URL').max(8, 'at most 8 URLs'),
  /** Shared with the server: credentials are made for each session (the TURN REST scheme). */
  secret: z
    .string()
    .regex(/^[\x20-\x7e]{16,}$/, 'at least 16 characters, all of them ASCII')
    .optional(),
  username: z.string().min(1).optional(),
  credential: z.string().min(1).optional(),
  /** Sessions of this region are given it first. */
  region: z.string().min(1).max(64).optional(),
  /** Ask it now and then whether it relays, and leave it out while it does not. */
  healthCheck: z.boolean().default(true),
});

const turnSchema = z.strictObject({
  /** The embedded relay. */
  enabled: z.boolean().default(true),
  hosts: z.array(address).min(1, 'at least one address').default(['0.0.0.0', '::']),
  /** STUN and TURN over UDP and TCP. */
  port: port.default(3478),
  /** TURN over TLS on a port of its own, besides http.tls.port. Without http.tls there is none. */
  tlsPort: port.default(5349),
  /** Name or address that browsers reach the relay by. Default: the one they reached the page by. */
  advertisedHost: z
    .string()
    .refine((text) => isHostName(asHostName(text)), 'a name or an address such as relay.example.com or 192.0.2.10')
    .optional(),
  realm: z.string().min(1).max(127).default('earshot'),
  /** Relayed transport addresses: first and last UDP port; [0, 0] lets the system choose. */
  relayPorts: z
    .tuple([port, port])
    .refine(([first, last]) => (first === 0 ? last === 0 : last > first), 'first and last port, last above first')
    .default([45_000, 48_999]),
  /** Where it may relay to besides this gateway's own media addresses. */
  allowPeers: z.array(cidr).default([]),
  quota: z
    .strictObject({
      /** Of one user, which is one session: Firefox takes two for each URL and family, a restart as many again. */
      allocationsPerUser: z.int().min(1, 'at least 1').default(64),
      allocations: z.int().min(1, 'at least 1').default(4_000),
      /** Of one allocation and direction; more is dropped. */
      bitsPerSecond: z.int().min(64_000, 'at least 64000 bit/s').default(1_000_000),
    })
    .prefault({}),
  /** How long credentials live. Sessions get fresh ones at half of it. */
  credentialSeconds: seconds(60, 604_800).default(43_200),
  /** How often a new secret is made. The one before stays valid until its last credentials have expired. */
  rotateSeconds: seconds(300, 31_536_000).default(604_800),
  /** Besides the embedded one, or instead of it; in order of preference. */
  servers: z.array(turnServerSchema).default([]),
});

/** What only the operator should reach: health, metrics, timelines of calls. */
const adminSchema = z.strictObject({
  enabled: z.boolean().default(true),
  host: address.default('127.0.0.1'),
  port: port.default(9464),
});

const callsSchema = z.strictObject({
  codec: codecPolicy.default('quality'),
  ringSeconds: seconds(1, 600).default(60),
  /** How long an answered call may wait for audio in both directions before it ends. */
  audioSeconds: seconds(2, 600).default(30),
  /** How long a call waits for a page that lost its connection. */
  graceSeconds: seconds(1, 600).default(30),
  /** How long a call waits for a page that said it goes: one that is reloaded, or leads to the next, is back soon. */
  reloadSeconds: seconds(1, 600).default(10),
  /** Bitrate, packet time, FEC and RED follow the path that is measured. */
  adapt: z.boolean().default(true),
  /** When a browser cannot be heard, and nothing else helps. */
  fallback: z
    .strictObject({
      /**
       * Call the user's own phone and join it with the far end, which waits: at the number of the token (claim `phone`),
       * or one the page gave that the token may call.
       */
      callBack: z.boolean().default(false),
      /** By itself, once the browser was unheard and without signalling for so long; 0: only when the user asks. */
      callBackAfterSeconds: z.number().min(0, '0 or more seconds').max(600, 'at most 600 seconds').default(10),
      /** How long the user's phone may ring. */
      ringSeconds: seconds(5, 120).default(30),
      /** Where a page offers to leave a message. */
      messageUrl: z
        .string()
        .regex(/^(https?:|mailto:)\S+$/, 'a URL that begins with https:, http: or mailto:')
        .max(512, 'at most 512 characters')
        .optional(),
    })
    .prefault({}),
  maxCalls: z.int().min(1, 'at least 1').max(100_000, 'at most 100000').default(500),
});

export const configSchema = z
  .strictObject({
    http: httpSchema.prefault({}),
    sip: sipSchema.prefault({}),
    media: mediaSchema.prefault({}),
    auth: authSchema.prefault({}),
    page: pageSchema.prefault({}),
    turn: turnSchema.prefault({}),
    admin: adminSchema.prefault({}),
    store: storeSchema.prefault({}),
    telemetry: telemetrySchema.prefault({}),
    outward: outwardSchema.prefault({}),
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
    for (const { path, message } of [...portClashes(value), ...outwardClashes(value)]) {
      issues.push({ code: 'custom', path: [...path], message, input: undefined });
    }
    const { credentialSeconds, rotateSeconds } = value.turn;
    const least = Math.ceil(credentialSeconds / (MOST_SECRETS - 1));
    if (rotateSeconds < least) {
      const message = `at least ${least}, for turn.credentialSeconds of ${credentialSeconds}: ${MOST_SECRETS} secrets are accepted at once`;
      issues.push({ code: 'custom', path: ['turn', 'rotateSeconds'], message, input: rotateSeconds });
    }
    if (routePolicies(value.routes, value.media.icePolicy).length > MOST_POLICIES) {
      const message = `routes with an icePolicy of their own must be among the first ${MOST_POLICIES}`;
      issues.push({ code: 'custom', path: ['routes'], message, input: undefined });
    }
    value.turn.servers.forEach((server, index) => {
      const fixed = server.username !== undefined && server.credential !== undefined;
      if ((server.secret === undefined) === !fixed) {
        const message = 'give either "secret", or "username" and "credential"';
        issues.push({ code: 'custom', path: ['turn', 'servers', index], message, input: server.urls });
      }
    });
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
