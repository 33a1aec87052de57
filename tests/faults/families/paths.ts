import type { ErrorCode } from '@earshot/base';
import { hostAddress } from '../../harness/peers.js';
import { freePort } from '../../harness/process.js';
import type { OwnGateway } from '../benches.js';
import type { Caller } from '../caller.js';
import { KEEP_RELAY_USER, mungeReceived, mungeSent, relaysInstead } from '../scripts-in-page.js';
import type { Family, FaultDefinition } from '../types.js';

/** Descriptions and relays that lead nowhere, on this machine alone. */

interface Spoilt {
  /** Scripts of the page. */
  readonly before: readonly string[] | (() => Promise<readonly string[]>);
  readonly query?: string;
  /** Done between the page and the call. */
  readonly ready?: (caller: Caller, place: OwnGateway) => Promise<void>;
}

const spoilt = (name: string, title: string, code: ErrorCode, options: Spoilt): FaultDefinition => ({
  name,
  title,
  means: 'sdp',
  truth: { code, side: 'caller' },
  waitMs: 20_000,
  async run({ plain, open }) {
    const { before, query = '', ready } = options;
    const place = await plain();
    const scripts = typeof before === 'function' ? await before() : before;
    const caller = await open({ browser: place.browser, url: place.url, query, before: scripts });
    await ready?.(caller, place);
    const callId = await caller.call('music');
    const t0 = await caller.waitsForAudio();
    return { admin: place.admin, callId, t0, proof: () => isMunged(caller) };
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

/** Credentials that the gateway itself made for this session and for one second, two seconds ago. */
async function expire(caller: Caller, { gateway }: OwnGateway): Promise<void> {
  const user = String(await caller.evaluate('globalThis.relayUser'));
  const tag = user.slice(user.indexOf(':') + 1);
  const made = await gateway.command('turn', 'credentials', '--seconds', '1', '--tag', tag);
  const [username = '', credential = ''] = made.trim().split(' ');
  await caller.evaluate(`globalThis.staleRelay = ${JSON.stringify({ username, credential })}`);
  await caller.page.waitForTimeout(2200);
}

const EXPIRED = '(servers) => servers.map((server) => ({ ...server, ...globalThis.staleRelay }))';

const nobodyThere = async (): Promise<readonly string[]> => {
  const urls = [`turn:${hostAddress()}:${await freePort(hostAddress())}?transport=tcp`];
  const instead = `(servers) => servers.slice(0, 1).map((server) => ({ ...server, urls: ${JSON.stringify(urls)} }))`;
  return [relaysInstead(instead)];
};

export const paths: Family = {
  name: 'paths',
  namespaces: false,
  atOnce: 3,
  faults: [
    spoilt('ice-other-password', 'another ICE password is put into the answer', 'ice.credential_mismatch', {
      before: [mungeReceived(OTHER_PASSWORD)],
    }),
    spoilt('dtls-other-fingerprint', 'another fingerprint is put into the answer', 'dtls.fingerprint_mismatch', {
      before: [mungeReceived(OTHER_FINGERPRINT)],
    }),
    spoilt('dtls-fingerprint-of-another', 'another fingerprint is put into the offer', 'dtls.fingerprint_mismatch', {
      before: [mungeSent(OTHER_FINGERPRINT)],
    }),
    spoilt('dtls-both-wait', 'both ends are made to wait for the handshake', 'dtls.role_conflict', {
      before: [mungeReceived(ACTIVE)],
    }),
    spoilt('turn-other-password', 'only a relay may be used, and it refuses the password', 'turn.auth_failed', {
      before: [relaysInstead(WRONG_PASSWORDS)],
      query: '?policy=relay',
    }),
    spoilt('turn-expired', 'only a relay may be used, and the credentials have expired', 'turn.credentials_expired', {
      before: [KEEP_RELAY_USER, relaysInstead(EXPIRED)],
      query: '?policy=relay',
      ready: expire,
    }),
    spoilt('turn-nobody-there', 'only a relay may be used, and nobody listens there', 'turn.unreachable', {
      before: nobodyThere,
      query: '?policy=relay',
    }),
  ],
};
