import type { ErrorCode } from '@earshot/base';
import type { ChromiumOptions } from '../../harness/chromium.js';
import { hostAddress } from '../../harness/peers.js';
import { freePort } from '../../harness/process.js';
import type { OwnGateway } from '../benches.js';
import type { Caller } from '../caller.js';
import { mungeRemote, mungeSent, relaysInstead } from '../scripts-in-page.js';
import type { Family, FaultContext, FaultDefinition } from '../types.js';

/** Descriptions and relays that lead nowhere, on this machine alone. */

interface Spoilt {
  readonly before?: string | ((context: FaultContext, gateway: OwnGateway) => Promise<string>);
  readonly query?: string;
  readonly launch?: ChromiumOptions;
  /** Instead of the gateway that entries share. */
  readonly own?: Readonly<Record<string, { readonly [key: string]: unknown }>>;
  readonly proof: (caller: Caller) => Promise<string | undefined>;
}

const spoilt = (name: string, title: string, code: ErrorCode, options: Spoilt): FaultDefinition => ({
  name,
  title,
  means: options.launch === undefined ? 'sdp' : 'network',
  truth: { code, side: 'caller' },
  waitMs: 20_000,
  async run(context) {
    const { before, query = '', launch, own, proof } = options;
    const shared = await context.plain();
    const place: OwnGateway = own === undefined ? shared : await context.startGateway(own);
    const browser = launch === undefined ? shared.browser : await context.launch(launch);
    const script = typeof before === 'function' ? await before(context, place) : before;
    const caller = await context.open({
      browser,
      url: place.url,
      query,
      before: script === undefined ? [] : [script],
    });
    const t0 = Date.now();
    const callId = await caller.call('music');
    return { admin: place.admin, callId, t0, proof: () => proof(caller) };
  },
});

/** The page really changed something, and there is no connection. */
const isMunged = async (caller: Caller): Promise<string | undefined> => {
  const times = Number(await caller.evaluate('globalThis.munged'));
  const { connection } = await caller.figures();
  return times > 0 && connection !== 'connected'
    ? `changed ${times} times; the connection is ${connection}`
    : undefined;
};

const OTHER_PASSWORD = `(sdp) => sdp.replace(/a=ice-pwd:\\S+/g, 'a=ice-pwd:0123456789abcdefghijklmn')`;
/** Every pair of hex digits of a fingerprint in its place, but the first. */
const OTHER_FINGERPRINT = `(sdp) => sdp.replace(/(a=fingerprint:sha-256 )(..)/g, (_, start, byte) =>
  start + (byte === 'AA' ? 'BB' : 'AA'))`;
const ACTIVE = `(sdp) => sdp.replace(/a=setup:passive/g, 'a=setup:active')`;
const WRONG_PASSWORDS = `(servers) => servers.map((server) => ({ ...server, credential: 'of nobody' }))`;
const NO_UDP = ['--force-webrtc-ip-handling-policy=disable_non_proxied_udp'];

/** Credentials that the gateway itself made for one second, two seconds ago. */
async function expired(_context: FaultContext, { gateway }: OwnGateway): Promise<string> {
  const [username = '', credential = ''] = (await gateway.command('turn', 'credentials', '--seconds', '1'))
    .trim()
    .split(' ');
  await new Promise((resolve) => setTimeout(resolve, 2200));
  const stale = JSON.stringify({ username, credential });
  return relaysInstead(`(servers) => servers.map((server) => ({ ...server, ...${stale} }))`);
}

const nobodyThere = async (): Promise<string> => {
  const urls = [`turn:${hostAddress()}:${await freePort(hostAddress())}?transport=tcp`];
  return relaysInstead(
    `(servers) => servers.slice(0, 1).map((server) => ({ ...server, urls: ${JSON.stringify(urls)} }))`,
  );
};

export const paths: Family = {
  name: 'paths',
  namespaces: false,
  atOnce: 3,
  faults: [
    spoilt('ice-other-password', 'the answer is changed on its way: another ICE password', 'ice.credential_mismatch', {
      before: mungeRemote(OTHER_PASSWORD),
      proof: isMunged,
    }),
    spoilt(
      'dtls-other-fingerprint',
      'the answer is changed on its way: another fingerprint',
      'dtls.fingerprint_mismatch',
      {
        before: mungeRemote(OTHER_FINGERPRINT),
        proof: isMunged,
      },
    ),
    spoilt(
      'dtls-fingerprint-of-another',
      'the offer is changed on its way: another fingerprint',
      'dtls.fingerprint_mismatch',
      {
        before: mungeSent(OTHER_FINGERPRINT),
        proof: isMunged,
      },
    ),
    spoilt('dtls-both-wait', 'both ends believe that the other one begins the handshake', 'dtls.role_conflict', {
      before: mungeRemote(ACTIVE),
      proof: isMunged,
    }),
    spoilt('ice-no-candidates', 'the browser may use no network address', 'ice.no_candidates', {
      launch: { args: NO_UDP },
      own: { turn: { enabled: false } },
      proof: async (caller) => {
        const { candidates } = await caller.figures();
        return candidates === 0 ? 'the browser has no candidate' : undefined;
      },
    }),
    spoilt('turn-other-password', 'only a relay may be used, and it refuses the password', 'turn.auth_failed', {
      before: relaysInstead(WRONG_PASSWORDS),
      query: '?policy=relay',
      proof: isMunged,
    }),
    spoilt('turn-expired', 'only a relay may be used, and the credentials have expired', 'turn.credentials_expired', {
      before: expired,
      own: { turn: { port: 0 } },
      query: '?policy=relay',
      proof: isMunged,
    }),
    spoilt('turn-nobody-there', 'only a relay may be used, and nobody listens there', 'turn.unreachable', {
      before: nobodyThere,
      query: '?policy=relay',
      proof: isMunged,
    }),
  ],
};
