import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { Baresip, type BaresipOptions } from '../harness/baresip.js';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks, programPath } from '../harness/peers.js';
import { temporaryFolder, until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';
import { heardByPhone, recordedBy } from '../harness/taken-up.js';
import { startHost } from './backbone.js';
import { connect } from './links.js';
import { ip, type Namespace, whyNoNamespaces } from './namespace.js';

const BRIDGE = fileURLToPath(new URL('../faults/tools/admin-bridge.mjs', import.meta.url));
const [CLIENT, SERVER] = ['10.88.0.2', '10.88.0.1'];
const URL_OF_PAGE = `http://${SERVER}:8080`;
const MOBILE = '+4930111';
const [BROWSER_HZ, FAR_HZ, MOBILE_HZ] = [440, 600, 1_000];
/** The policy: after so long without media and an answer the phone is called. */
const AFTER_S = 5;
/** Figures of media come every second, three of them make a silence, and a machine may have much else to do. */
const MEASURED_S = 5;
const PATIENCE_MS = 45_000;

/**
 *   Chromium -- namespace ==veth== namespace -- gateway, far end (baresip), the user's phone (baresip)
 */
class Place {
  readonly #closers: (() => unknown)[] = [];
  readonly client: Namespace;
  readonly server: Namespace;
  #bridges = 0;

  private constructor(client: Namespace, server: Namespace) {
    this.client = client;
    this.server = server;
    this.#closers.push(
      () => client.stop(),
      () => server.stop(),
    );
  }

  static async start(): Promise<Place> {
    const place = new Place(await startHost('client'), await startHost('server'));
    await connect({ namespace: place.client, device: 'wan' }, { namespace: place.server, device: 'lan' });
    await ip(place.client, [`address add ${CLIENT}/24 dev wan`, `route add default via ${SERVER} dev wan`]);
    await ip(place.server, [`address add ${SERVER}/24 dev lan`]);
    return place;
  }

  /** For good, or until `plug`. */
  pull(): Promise<void> {
    return ip(this.client, ['link set wan down']);
  }

  plug(): Promise<void> {
    return ip(this.client, ['link set wan up', `route replace default via ${SERVER} dev wan`]);
  }

  async phone(options: BaresipOptions): Promise<Baresip> {
    const control = async (port: number): Promise<string> => {
      this.#bridges += 1;
      const folder = temporaryFolder('bridge');
      this.#closers.push(() => folder.remove());
      const path = join(folder.path, `control-${this.#bridges}`);
      const bridge = this.server.start(process.execPath, [BRIDGE, path, String(port)]);
      this.#closers.push(() => bridge.stop());
      await until('the way to baresip', () => bridge.output().includes('ready') || undefined);
      return path;
    };
    const phone = await Baresip.start({ ...options, within: this.server.within, control });
    this.#closers.push(() => phone.stop());
    return phone;
  }

  async gateway(far: Baresip, mobile: Baresip): Promise<Gateway> {
    const gateway = await startGateway(
      {
        http: { port: 8080 },
        routes: [
          { match: 'far', to: far.uri },
          { match: MOBILE, to: mobile.uri },
        ],
        calls: { fallback: { callBack: true, callBackAfterSeconds: AFTER_S, ringSeconds: 20 } },
      },
      this.server.within,
    );
    this.#closers.push(() => gateway.stop());
    return gateway;
  }

  async browser(): Promise<Chromium> {
    const folder = temporaryFolder('browser-within');
    this.#closers.push(() => folder.remove());
    const path = join(folder.path, 'chromium');
    const [command, args] = this.client.within(programPath('chromium'), []);
    writeFileSync(path, `#!/bin/sh\nexec ${[command, ...args].join(' ')} "$@"\n`);
    chmodSync(path, 0o755);
    const browser = await launchChromium({
      microphone: BROWSER_HZ,
      executablePath: path,
      args: [`--unsafely-treat-insecure-origin-as-secure=${URL_OF_PAGE}`],
    });
    this.#closers.push(() => browser.close());
    return browser;
  }

  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

/** The page's server gives it a token of its own instead of a guest's. */
function asUser(user: object): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (...request) => {
    const response = await fetch(...request);
    if (!response.url.endsWith('/api/page')) return response;
    return Response.json({ ...(await response.json()), ...user });
  };
}

describe.skipIf(whyNoNamespaces() !== undefined || lacks('chromium', 'baresip'))(
  'call me back',
  {
    timeout: 120_000,
  },
  () => {
    let place: Place;
    let far: Baresip;
    let mobile: Baresip;
    let gateway: Gateway;
    afterEach(() => place.stop());

    /** The page of a user whose phone the token knows; in a call with the far end. */
    async function inCall(answer: 'auto' | 'manual'): Promise<Page> {
      place = await Place.start();
      far = await place.phone({ user: 'far', frequencyHz: FAR_HZ });
      mobile = await place.phone({ user: 'mobile', frequencyHz: MOBILE_HZ, answer, codecs: ['pcmu/8000/1'] });
      gateway = await place.gateway(far, mobile);
      const token = await gateway.command('token', '--name', 'ann', '--call', 'far', '--phone', MOBILE);
      const page = await (await place.browser()).newPage();
      await page.addInitScript(asUser, { token: token.trim(), identity: 'ann' });
      const softphone = await Softphone.open(page, URL_OF_PAGE);
      await softphone.call('far');
      await softphone.reaches('connected', PATIENCE_MS);
      await softphone.hears(FAR_HZ);
      await heardByPhone(far, BROWSER_HZ, 0);
      return page;
    }

    /** Requests that left and came, in order. */
    const requests = (): string[] =>
      gateway
        .records()
        .filter(({ msg, status, method }) => msg === 'sip' && status === undefined && method !== 'OPTIONS')
        .map(({ direction, method }) => `${direction} ${method}`);
    const closed = (phone: Baresip) => phone.events.filter(({ type }) => type === 'CALL_CLOSED');

    it('joins the far end with the phone of a user whose network was pulled for good, within the time of the policy', async () => {
      await inCall('auto');
      const before = requests();
      const recorded = recordedBy(far);
      await place.pull();
      const pulledAt = performance.now();
      await mobile.waitFor('CALL_ESTABLISHED', { timeoutMs: PATIENCE_MS });
      const joinedAfter = (performance.now() - pulledAt) / 1000;
      await heardByPhone(far, MOBILE_HZ, recordedBy(far));
      await heardByPhone(mobile, FAR_HZ, 0);
      const heardAfter = (performance.now() - pulledAt) / 1000;
      const heard = far.heard();
      const filled = ((heard?.samples.length ?? 0) - recorded) / (heard?.sampleRate ?? 1);
      console.info(
        `answered ${joinedAfter.toFixed(1)} s after the network was pulled, both heard at ${heardAfter.toFixed(1)} s; the far end received ${filled.toFixed(1)} s of sound meanwhile`,
      );
      expect(joinedAfter).toBeGreaterThan(AFTER_S - 1);
      expect(joinedAfter).toBeLessThan(AFTER_S + MEASURED_S);
      // Comfort noise until then: its stream never stopped.
      expect(filled).toBeGreaterThan(heardAfter - 1);
      // To the far end nothing was said: no re-INVITE, no BYE. The phone was invited.
      expect(requests().slice(before.length)).toEqual(['out INVITE', 'out ACK']);
      expect(closed(far)).toEqual([]);
      mobile.hangUp();
      await far.waitFor('CALL_CLOSED');
    });

    it('lets the phone go when the browser is heard again before anybody took it there', async () => {
      const page = await inCall('manual');
      await place.pull();
      await mobile.waitFor('CALL_INCOMING', { timeoutMs: PATIENCE_MS });
      const from = recordedBy(far);
      await place.plug();
      await mobile.waitFor('CALL_CLOSED', { timeoutMs: PATIENCE_MS });
      await heardByPhone(far, BROWSER_HZ, from);
      await new Softphone(page).reaches('connected', PATIENCE_MS);
      await new Softphone(page).hears(FAR_HZ);
      expect(closed(far)).toEqual([]);
      expect(requests().filter((request) => request === 'out CANCEL')).toHaveLength(1);
      expect(requests().filter((request) => request.endsWith('BYE'))).toEqual([]);
    });
  },
);
