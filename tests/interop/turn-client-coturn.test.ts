import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { nodeCrypto } from '@earshot/crypto';
import { openLink, probeRelay, RelaySession, type RelaySessionOptions } from '@earshot/gateway';
import { createTurnCredentials, parseRelayUrl, type TurnCredentials } from '@earshot/turn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../harness/certificates.js';
import { type Coturn, startCoturn } from '../harness/coturn.js';
import { lacks } from '../harness/peers.js';
import { temporaryFolder } from '../harness/process.js';

// Debian's coturn as the server: our client, and the credentials that browsers are given for servers such as this.

const SECRET = 'a secret that coturn and the gateway share';
const PACKETS = 800;
const PACKET_LENGTH = 172;
/** Packets under way at once: fewer than any socket buffer holds. */
const WINDOW = 32;

const folder = temporaryFolder('turn-client');
const credentialsFor = (seconds: number, secret = SECRET): TurnCredentials =>
  createTurnCredentials(nodeCrypto, secret, Date.now() + seconds * 1000, 'interop');

describe.skipIf(lacks('turnserver'))('our TURN client at coturn', () => {
  let authority: TestAuthority;
  let coturn: Coturn;
  let echo: Socket;
  const sessions: RelaySession[] = [];

  beforeAll(async () => {
    authority = await TestAuthority.create();
    coturn = await startCoturn({
      secret: SECRET,
      certificate: await authority.issueFiles(folder.path),
      args: ['--denied-peer-ip=192.0.2.0-192.0.2.255'],
    });
    echo = createSocket('udp4', (packet, from) => echo.send(packet, from.port, from.address));
    echo.bind(0, '127.0.0.1');
    await once(echo, 'listening');
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.close();
  });
  afterAll(async () => {
    echo.close();
    await coturn.stop();
    folder.remove();
  });

  const urlOf = (transport: string): string =>
    transport === 'tls'
      ? `turns:127.0.0.1:${coturn.tlsPort}?transport=tcp`
      : `turn:127.0.0.1:${coturn.port}?transport=${transport}`;

  async function open(transport: string, options: Partial<RelaySessionOptions> = {}): Promise<RelaySession> {
    const url = parseRelayUrl(urlOf(transport));
    if (url === undefined) throw new Error('not a URL');
    const link = await openLink(url, { timeoutMs: 5_000, ca: authority.certificate });
    if (!link.ok) throw new Error(link.error.code);
    expect(link.value.certificateFaults).toEqual([]);
    const session = new RelaySession(link.value, { credentials: credentialsFor(600), ...options });
    sessions.push(session);
    return session;
  }

  /** Sends every packet through the relay to the echo, and counts those that came back, each once. */
  async function relayAll(session: RelaySession): Promise<number> {
    const peer = { address: '127.0.0.1', port: echo.address().port };
    const back = new Set<number>();
    let next = 0;
    const sendNext = (): void => {
      const packet = Buffer.alloc(PACKET_LENGTH, next & 0xff);
      packet.writeUInt32BE(next);
      next += 1;
      session.send(peer, packet);
    };
    await new Promise<void>((resolve) => {
      session.onData = (payload, from) => {
        const number = Buffer.from(payload).readUInt32BE();
        const isWhole = payload.length === PACKET_LENGTH && payload[4] === (number & 0xff);
        if (isWhole && from.port === peer.port && from.address === peer.address) back.add(number);
        if (next < PACKETS) sendNext();
        if (back.size === PACKETS) resolve();
      };
      for (let count = 0; count < WINDOW; count += 1) sendNext();
    });
    return back.size;
  }

  it.each(['udp', 'tcp', 'tls'])(
    `relays ${PACKETS} of ${PACKETS} packets over %s, by channel and by indication`,
    async (transport) => {
      const session = await open(transport);
      const allocated = await session.allocate();
      expect(allocated).toMatchObject({ ok: true, value: { relayed: { address: '127.0.0.1' } } });
      const peer = { address: '127.0.0.1', port: echo.address().port };
      expect(await session.permit(peer.address)).toMatchObject({ ok: true });
      expect(await relayAll(session)).toBe(PACKETS);
      expect(await session.bindChannel(peer)).toEqual({ ok: true, value: 0x4000 });
      expect(await relayAll(session)).toBe(PACKETS);
    },
  );

  it('refreshes what it has, and releases it', async () => {
    const session = await open('udp', { lifetimeMs: 700_000 });
    expect(await session.allocate()).toMatchObject({ ok: true, value: { lifetimeMs: 700_000 } });
    expect(await session.refresh()).toEqual({ ok: true, value: 700_000 });
    await session.close();
    expect(await session.refresh()).toMatchObject({ ok: false, error: { code: 'turn.allocation_mismatch' } });
    expect(coturn.output()).toMatch(/REFRESH processed, success/);
  });

  it.each([
    ['expired', () => credentialsFor(-10), 'turn.credentials_expired'],
    ['forged', () => ({ ...credentialsFor(600), password: 'Zm9yZ2VkIGJ5IG5vYm9keQ==' }), 'turn.auth_failed'],
    ['made with another secret', () => credentialsFor(600, 'a secret that nobody shares'), 'turn.auth_failed'],
  ])('names credentials that are %s', async (_, credentials, code) => {
    const session = await open('tcp', { credentials: credentials() });
    expect(await session.allocate()).toMatchObject({ ok: false, error: { code } });
  });

  it('takes a fresh nonce when the server has a new one', async () => {
    const forgetful = await startCoturn({ secret: SECRET, args: ['--stale-nonce=1'] });
    try {
      const url = parseRelayUrl(`turn:127.0.0.1:${forgetful.port}`);
      const link = url === undefined ? undefined : await openLink(url, { timeoutMs: 5_000 });
      if (!link?.ok) throw new Error('no link');
      const session = new RelaySession(link.value, { credentials: credentialsFor(600) });
      sessions.push(session);
      expect(await session.allocate()).toMatchObject({ ok: true });
      // A nonce of this server lives for a second.
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      expect(await session.refresh()).toMatchObject({ ok: true });
      await session.close();
      expect(forgetful.output()).toMatch(/438/);
    } finally {
      await forgetful.stop();
    }
  });

  it('is told where the relay may not lead', async () => {
    const session = await open('udp');
    expect(await session.allocate()).toMatchObject({ ok: true });
    expect(await session.permit('192.0.2.9')).toMatchObject({ ok: false, error: { code: 'turn.peer_forbidden' } });
  });

  describe('as a check of health', () => {
    const check = (url: string, credentials = credentialsFor(600)) =>
      probeRelay(url, credentials, { ca: authority.certificate });

    it.each(['udp', 'tcp', 'tls'])('finds it well over %s', async (transport) => {
      const report = await check(urlOf(transport));
      expect(report).toMatchObject({ warnings: [], relayed: { address: '127.0.0.1' } });
      expect(report).not.toHaveProperty('fault');
    });

    it('finds a stun: URL well', async () => {
      const report = await check(`stun:127.0.0.1:${coturn.port}`);
      expect(report).toMatchObject({ mapped: { address: '127.0.0.1' } });
      expect(report).not.toHaveProperty('fault');
    });

    it('names a secret that is not shared', async () => {
      const report = await check(urlOf('udp'), credentialsFor(600, 'a secret that nobody shares'));
      expect(report).toMatchObject({ fault: { code: 'turn.auth_failed' } });
    });

    it('warns of an authority that is not known, and does not call it down for that', async () => {
      const report = await probeRelay(urlOf('tls'), credentialsFor(600));
      expect(report.warnings).toMatchObject([{ code: 'server.certificate_untrusted' }]);
      expect(report).not.toHaveProperty('fault');
    });

    it('says when nobody answers through the relay', async () => {
      const deaf = createSocket('udp4').bind(0, '127.0.0.1');
      await once(deaf, 'listening');
      const target = {
        addresses: [{ address: '127.0.0.1', port: deaf.address().port }],
        ice: { ufrag: 'abcd', pwd: 'a password of 22 chars' },
      };
      const timing = { rtoMs: 100, requests: 2, lastWait: 2, reliableMs: 2_000 };
      const report = await probeRelay(urlOf('udp'), credentialsFor(600), { target, timing });
      deaf.close();
      expect(report).toMatchObject({ fault: { code: 'turn.not_relaying' } });
    });
  });
});
