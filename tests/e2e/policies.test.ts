import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Coturn, startCoturn } from '../harness/coturn.js';
import { FIREFOX_MICROPHONE_HZ, type Firefox, launchFirefox } from '../harness/firefox.js';
import { type Gateway, type Settings, startGateway } from '../harness/gateway.js';
import { hostAddress, lacks, programPath } from '../harness/peers.js';
import { freePort, until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

const BROWSER_HZ = 740;
/** Of the relays that these tests start: what comes from there came through one. */
const RELAY_PORTS = [27_400, 27_499] as const;
const SECRET = 'the tide turns at a quarter past';

interface Path {
  readonly via?: string;
  readonly transport?: string;
  readonly server?: string;
}

const pathOf = async ({ page }: Softphone): Promise<Path> =>
  (await page.evaluate('({ ...globalThis.earshot.call?.path })')) as Path;

/** What the page tells a person about the way of the audio. */
const shownPath = async ({ page }: Softphone): Promise<string> =>
  String(await page.evaluate(`document.querySelector('#path dd')?.textContent`));

const takes = (softphone: Softphone, via: string, timeoutMs?: number): Promise<true> =>
  until(`a path: ${via}`, async () => ((await pathOf(softphone)).via === via ? true : undefined), timeoutMs);

/** Notes which restarts the SDK asks for, by the configuration each one uses. */
const WATCH_RESTARTS = `(() => {
  globalThis.policies = [];
  const peer = globalThis.earshotPeers.at(-1);
  const createOffer = peer.createOffer.bind(peer);
  peer.createOffer = (options) => {
    globalThis.policies.push(peer.getConfiguration().iceTransportPolicy);
    return createOffer(options);
  };
})()`;

const restarts = async ({ page }: Softphone): Promise<readonly string[]> =>
  (await page.evaluate('globalThis.policies.slice()')) as string[];

describe.skipIf(lacks('chromium'))('the policy of a call', () => {
  let browser: Chromium;
  let gateway: Gateway | undefined;
  let farGateway: Gateway | undefined;
  let cleanUp: (() => void | Promise<void>) | undefined;
  beforeAll(async () => {
    browser = await launchChromium({ microphone: BROWSER_HZ });
  });
  afterEach(async () => {
    await cleanUp?.();
    cleanUp = undefined;
    await gateway?.stop();
    await farGateway?.stop();
    farGateway = undefined;
  });
  afterAll(() => browser.close());

  async function open(settings: Readonly<Record<string, Settings>>, query = ''): Promise<Softphone> {
    gateway = await startGateway(settings);
    return Softphone.open(await browser.newPage(), `${gateway.url}/${query}`);
  }

  it('is that of its route: one through the relay, the others straight', async () => {
    farGateway = await startGateway();
    const { host, port } = farGateway.sip;
    const route = {
      match: 'far',
      to: `sip:echo@${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`,
      icePolicy: 'relay',
    };
    const softphone = await open({ routes: [route] });
    await softphone.call('far');
    await softphone.reaches('connected');
    await softphone.hears(BROWSER_HZ);
    expect(await pathOf(softphone)).toMatchObject({ via: 'relay', transport: 'udp' });
    expect(await shownPath(softphone)).toBe('Through the relay');
    await softphone.hangUp();
    await softphone.reaches('ended');
    await softphone.call('echo');
    await softphone.reaches('connected');
    await takes(softphone, 'direct');
    expect(await shownPath(softphone)).toBe('Direct');
    await softphone.hangUp();
  });

  it('gives way to the one in the address of the page', async () => {
    const softphone = await open({}, '?policy=relay');
    await softphone.call('echo');
    await softphone.reaches('connected');
    await takes(softphone, 'relay');
    await softphone.hangUp();
  });

  describe.skipIf(lacks('turnserver', 'nft') || process.getuid?.() !== 0)('auto', () => {
    let relay: Coturn;
    beforeAll(async () => {
      const args = ['--min-port', String(RELAY_PORTS[0]), '--max-port', String(RELAY_PORTS[1])];
      relay = await startCoturn({ secret: SECRET, address: hostAddress(), args });
    });
    afterAll(() => relay.stop());

    /** A call that goes straight, on a media port of its own. */
    async function direct(): Promise<{ readonly softphone: Softphone; readonly mediaPort: number }> {
      const mediaPort = await freePort(hostAddress());
      const urls = [`turn:${relay.address}:${relay.port}?transport=udp`];
      const softphone = await open({
        media: { port: mediaPort, workers: 1 },
        turn: { enabled: false, servers: [{ urls, secret: SECRET }] },
      });
      await softphone.call('echo');
      await softphone.reaches('connected');
      await takes(softphone, 'direct');
      await softphone.page.evaluate(WATCH_RESTARTS);
      return { softphone, mediaPort };
    }

    it('finds the relay when the direct path dies in mid-call', async () => {
      const { softphone, mediaPort } = await direct();
      cleanUp = drop(`udp dport ${mediaPort} udp sport != ${RELAY_PORTS.join('-')}`);
      await takes(softphone, 'relay', 20_000);
      await softphone.hears(BROWSER_HZ);
      await softphone.reaches('connected');
      await softphone.hangUp();
    });

    it('goes through the relay alone when the direct path answers checks but carries no media', async () => {
      const { softphone, mediaPort } = await direct();
      // The first byte of RTP and RTCP is 128 to 191 (RFC 7983); STUN and DTLS pass.
      cleanUp = drop(`udp dport ${mediaPort} udp sport != ${RELAY_PORTS.join('-')} @th,64,8 128-191`);
      await takes(softphone, 'relay', 30_000);
      await softphone.hears(BROWSER_HZ);
      // Chromium gives up its direct pairs after the first offer through relays, and looks at the relay after the next.
      const [first, second, ...later] = await restarts(softphone);
      expect([first, second, new Set(later)]).toEqual(['all', 'all', new Set(['relay'])]);
      await softphone.reaches('connected');
      await softphone.hangUp();
    });
  });

  describe('that leaves no path names the cause', () => {
    it.skipIf(lacks('turnserver'))('when the relay refuses the credentials', async () => {
      const relay = await startCoturn({ secret: SECRET, address: hostAddress() });
      cleanUp = relay.stop;
      const url = `turn:${relay.address}:${relay.port}?transport=udp`;
      const softphone = await open(relayOnly(url, 'not the secret of that relay'));
      await softphone.call('echo');
      await softphone.reaches('ended');
      expect(await softphone.error()).toBe('turn.auth_failed');
      expect(await endOf(softphone)).toEqual({ detail: `${url} 401`, seen: ['ice.attempt', 'ice.candidate_error'] });
    });

    it('when nobody is there', async () => {
      const url = `turn:${hostAddress()}:${await freePort(hostAddress())}?transport=tcp`;
      const softphone = await open(relayOnly(url, SECRET));
      await softphone.call('echo');
      await softphone.reaches('ended');
      expect(await softphone.error()).toBe('turn.unreachable');
      expect(await endOf(softphone)).toMatchObject({ detail: `${url} 701` });
    });

    it('when no relay is configured', async () => {
      const softphone = await open({ ...IMPATIENT, turn: { enabled: false } }, '?policy=relay');
      await softphone.call('echo');
      await softphone.reaches('ended');
      expect(await softphone.error()).toBe('ice.nat_needs_relay');
    });
  });
});

describe.skipIf(lacks('firefox-esr', 'pulseaudio'))('the policy of a call in Firefox', () => {
  let browser: Firefox | undefined;
  let gateway: Gateway | undefined;
  afterEach(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  it('is relay: heard through it, before and after a restart', async () => {
    // Firefox sends no UDP to a relay on loopback.
    gateway = await startGateway({ turn: { port: 0, tlsPort: 0, relayPorts: [0, 0], advertisedHost: hostAddress() } });
    browser = await launchFirefox();
    const softphone = await Softphone.open(await browser.newPage(), `${gateway.url}/?policy=relay`);
    await softphone.call('echo');
    await softphone.reaches('connected');
    await softphone.hears(FIREFOX_MICROPHONE_HZ);
    expect(await pathOf(softphone)).toMatchObject({
      via: 'relay',
      transport: 'udp',
      family: 'IPv4',
      server: expect.stringMatching(/^turn:.*\?transport=udp$/),
    });
    await softphone.page.evaluate('globalThis.earshot.call.restartIce()');
    await softphone.hears(FIREFOX_MICROPHONE_HZ);
    expect(await shownPath(softphone)).toBe('Through the relay');
    expect(await softphone.states()).not.toContain('reconnecting');
    await softphone.hangUp();
  });
});

/** Calls without sound end soon. */
const IMPATIENT = { calls: { audioSeconds: 4 } } as const;

const relayOnly = (url: string, secret: string): Readonly<Record<string, Settings>> => ({
  ...IMPATIENT,
  media: { port: 0, workers: 1, icePolicy: 'relay' },
  turn: { enabled: false, servers: [{ urls: [url], secret, healthCheck: false }] },
});

/** What the failure says: its detail, and the kinds of what was seen besides states. */
const endOf = ({ page }: Softphone): Promise<unknown> =>
  page.evaluate(`(() => {
    const { detail, evidence } = globalThis.earshot.call.end.error;
    const seen = evidence.map(({ type }) => type).filter((type) => /^ice\\.(?!gathering|connection)/.test(type));
    return { detail, seen: [...new Set(seen)] };
  })()`);

/** Drops what arrives on loopback and fits the rule, by a table of its own; returns what takes that away. */
function drop(rule: string): () => void {
  const table = `earshot_policies_${process.pid}`;
  const nft = (...args: readonly string[]): void => void execFileSync(programPath('nft'), args);
  nft('add', 'table', 'inet', table);
  const remove = (): void => nft('delete', 'table', 'inet', table);
  try {
    nft('add', 'chain', 'inet', table, 'input', '{ type filter hook input priority 0; }');
    nft('add', 'rule', 'inet', table, 'input', 'iifname', 'lo', ...rule.split(' '), 'drop');
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}
