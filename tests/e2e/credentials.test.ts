import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeCrypto } from '@earshot/crypto';
import type { CallTimeline } from '@earshot/telemetry';
import { createTurnCredentials, type TurnCredentials, turnPassword } from '@earshot/turn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { type MediaPath, mediaPath, movedPath } from '../harness/media-path.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

const BROWSER_HZ = 740;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

describe.skipIf(lacks('chromium'))('relay credentials', () => {
  let browser: Chromium;
  let gateway: Gateway;
  let softphone: Softphone;
  beforeAll(async () => {
    browser = await launchChromium({ microphone: BROWSER_HZ });
  });
  afterEach(async () => {
    await Promise.all(browser.context.pages().map((page) => page.close()));
    await gateway?.stop();
  });
  afterAll(() => browser.close());

  /** A call through the relay. */
  async function call(turn: object = {}): Promise<MediaPath> {
    gateway = await startGateway({
      media: { port: 0, workers: 1, icePolicy: 'relay' },
      turn: { port: 0, tlsPort: 0, relayPorts: [0, 0], ...turn },
    });
    softphone = await Softphone.open(await browser.newPage(), gateway.url);
    await softphone.call('echo');
    await softphone.reaches('connected');
    return await mediaPath(softphone.page);
  }

  const restart = (): Promise<unknown> => softphone.page.evaluate('globalThis.earshot.call.restartIce()');

  /** What the page would gather with now. */
  const held = async (): Promise<TurnCredentials> =>
    (await softphone.page.evaluate(`(() => {
      const [{ username, credential }] = globalThis.earshotPeers.at(-1).getConfiguration().iceServers;
      return { username, password: credential };
    })()`)) as TurnCredentials;

  /** What a browser gets for credentials: a relayed candidate, or the number of an error. */
  const tryOut = ({ username, password }: TurnCredentials): Promise<unknown> =>
    softphone.page.evaluate(`(async () => {
      const [{ urls: [urls] }] = globalThis.earshotPeers.at(-1).getConfiguration().iceServers;
      const iceServers = [{ urls, username: ${JSON.stringify(username)}, credential: ${JSON.stringify(password)} }];
      const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
      peer.addTransceiver('audio');
      const found = new Promise((resolve) => {
        peer.onicecandidate = ({ candidate }) => candidate?.candidate && resolve('relay');
        peer.onicecandidateerror = ({ errorCode }) => resolve(errorCode);
      });
      await peer.setLocalDescription();
      const outcome = await found;
      peer.close();
      globalThis.earshotPeers.pop();
      return outcome;
    })()`);

  const secretInUse = (): string => {
    const file = join(dirname(gateway.config), 'data', 'turn-secrets.json');
    return String(JSON.parse(readFileSync(file, 'utf8')).secrets[0].secret);
  };

  const takenUp = (): Promise<unknown> =>
    until('the new secret', () => gateway.records().find(({ msg }) => msg === 'relay credentials have a new secret'));

  async function timeline(): Promise<CallTimeline> {
    const id = String(await softphone.page.evaluate('globalThis.earshot.call.id'));
    const answer = await fetch(`${gateway.adminUrl}/api/calls/${id}`);
    return ((await answer.json()) as { readonly timeline: CallTimeline }).timeline;
  }

  /** The names of what the relay refused on this call. */
  const refusals = async (): Promise<readonly string[]> =>
    (await timeline()).entries.flatMap(({ event }) => (event.type === 'turn.refused' ? [event.code] : []));

  it('are good while their secret is replaced, for a restart as well', async () => {
    const first = await call();
    const before = await held();
    await gateway.command('turn', 'rotate');
    await takenUp();
    expect(await held()).toEqual(before);
    await restart();
    const second = await movedPath(softphone.page, [first.port]);
    expect(second.type).toBe('relay');
    await softphone.hears(BROWSER_HZ);
    expect(await refusals()).toEqual([]);
    expect(await softphone.states()).not.toContain('reconnecting');
  });

  it('are replaced at once, and their calls moved, when their secret is dropped', async () => {
    const first = await call();
    const before = await held();
    expect(await tryOut(before)).toBe('relay');
    await gateway.command('turn', 'rotate', '--now');
    await takenUp();
    // The page moves by itself, since its allocation will not be renewed.
    const second = await movedPath(softphone.page, [first.port]);
    expect(second.type).toBe('relay');
    const after = await held();
    expect(after.password).toBe(turnPassword(nodeCrypto, secretInUse(), after.username));
    await restart();
    expect((await movedPath(softphone.page, [first.port, second.port])).type).toBe('relay');
    await softphone.hears(BROWSER_HZ);
    expect(await softphone.states()).not.toContain('reconnecting');
    expect(await tryOut(before)).toBe(401);
  });

  it('are renewed before they expire, and the call moves to an allocation of the new ones', async () => {
    const first = await call({ credentialSeconds: 60 });
    const before = await held();
    const expired = Number(before.username.split(':')[0]) * 1000;
    await until('fresh ones', async () => ((await held()).username !== before.username ? true : undefined), 40_000);
    expect(Date.now()).toBeLessThan(expired);
    expect((await movedPath(softphone.page, [first.port])).type).toBe('relay');
    await softphone.hears(BROWSER_HZ);
    expect(await refusals()).toEqual([]);
  });

  it('are refused when they are expired, forged or foreign, and each of it is named', async () => {
    await call();
    const { username } = await held();
    const [, tag = ''] = username.split(':');
    const signed = (secret: string, expiresAt: number, whose = tag): TurnCredentials =>
      createTurnCredentials(nodeCrypto, secret, expiresAt, whose);

    expect(await tryOut(signed(secretInUse(), Date.now() + MINUTE_MS))).toBe('relay');
    expect(await refusals()).toEqual([]);

    expect(await tryOut(signed(secretInUse(), Date.now() - HOUR_MS))).toBe(401);
    await until('its name', async () => ((await refusals()).includes('turn.credentials_expired') ? true : undefined));

    const later = `${Number(username.split(':')[0]) + 86_400}:${tag}`;
    expect(await tryOut({ username: later, password: (await held()).password })).toBe(401);
    expect(await tryOut(signed('the secret of another installation', Date.now() + MINUTE_MS))).toBe(401);
    await until('its name', async () => ((await refusals()).includes('turn.auth_failed') ? true : undefined));

    // Of nobody's session: in the figures of the relay alone.
    const known = await refusals();
    expect(await tryOut({ username: 'alice', password: 'secret' })).toBe(401);
    expect(await tryOut(signed('the secret of another installation', Date.now() + MINUTE_MS, 'somebody-else'))).toBe(
      401,
    );
    const count = async (code: string): Promise<number> => {
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      const line = text.split('\n').find((each) => each.includes('refusals_total') && each.includes(`"${code}"`));
      return Number(line?.split(' ').at(-1) ?? 0);
    };
    await until('it in the figures', async () => ((await count('turn.credentials_foreign')) > 0 ? true : undefined));
    expect(await count('turn.auth_failed')).toBeGreaterThan(0);
    expect(await refusals()).toEqual(known);

    // None of it harmed the call.
    await softphone.hears(BROWSER_HZ);
  });
});
