import type { CDPSession, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Baresip } from '../harness/baresip.js';
import { launchChromiumByPuppeteer, type PuppeteerChromium } from '../harness/chromium-by-puppeteer.js';
import { launchFirefox } from '../harness/firefox.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';
import { heardAfterLoad } from '../harness/taken-up.js';

const PHONE_HZ = 600;
const phones: Baresip[] = [];
let gateway: Gateway;

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()));
  await gateway.stop();
});

async function serve(calls: Record<string, number> = {}): Promise<Baresip> {
  const phone = await Baresip.start({ frequencyHz: PHONE_HZ });
  phones.push(phone);
  gateway = await startGateway({ routes: [{ match: 'desk', to: phone.uri }], calls });
  return phone;
}

/** Requests between gateway and phone, in order. */
const requests = (): string[] =>
  gateway
    .records()
    .filter(({ msg, status }) => msg === 'sip' && status === undefined)
    .map(({ direction, method }) => `${direction} ${method}`);

interface Noted {
  readonly type: string;
  readonly state?: string;
}

async function eventsOf(id: unknown): Promise<readonly Noted[]> {
  const answer = await fetch(`${gateway.adminUrl}/api/calls/${id}`);
  const { timeline } = (await answer.json()) as { timeline: { entries: { event: Noted }[] } };
  return timeline.entries.map(({ event }) => event);
}

describe.skipIf(lacks('chromium', 'baresip'))('the life of a page in Chromium', () => {
  let browser: PuppeteerChromium;
  const pages: Page[] = [];
  beforeAll(async () => {
    browser = await launchChromiumByPuppeteer();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close().catch(() => undefined);
  });

  const newPage = async (): Promise<Page> => {
    const page = await browser.newPage();
    pages.push(page);
    return page;
  };

  const stateOf = (page: Page): Promise<unknown> => page.evaluate('globalThis.earshot?.phone?.state');
  const isReady = (page: Page): Promise<true> =>
    until('a session', async () => (await stateOf(page)) === 'ready' || undefined);

  const freeze = (session: CDPSession, state: 'frozen' | 'active'): Promise<unknown> =>
    session.send('Page.setWebLifecycleState', { state });

  /** Whether the page is shown out of the back/forward cache. */
  const isRestored = (page: Page): Promise<unknown> => page.evaluate('globalThis.fromCache === true');
  const WATCH_CACHE = `addEventListener('pageshow', ({ persisted }) => { globalThis.fromCache = persisted; })`;

  it('a frozen and thawed tab keeps its call: the far end is told nothing, and nothing is taken for a failure', async () => {
    const phone = await serve();
    const page = await newPage();
    const softphone = await Softphone.open(page, gateway.url);
    await softphone.call('desk');
    await softphone.reaches('connected');
    await softphone.hears(PHONE_HZ);
    const id = await page.evaluate('globalThis.earshot.call.id');
    const before = requests();
    const session = await page.createCDPSession();
    const other = await newPage();
    await other.bringToFront();
    await freeze(session, 'frozen');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await page.bringToFront();
    await freeze(session, 'active');
    await softphone.reaches('connected');
    await softphone.hears(PHONE_HZ);
    expect(await page.evaluate('globalThis.earshot.call.id')).toBe(id);
    expect(requests()).toEqual(before);
    expect(phone.events.filter(({ type }) => type === 'CALL_CLOSED')).toEqual([]);
    const events = await until('that it thawed', async () => {
      const found = await eventsOf(id);
      return found.some(({ state }) => state === 'thawed') ? found : undefined;
    });
    const states = events.filter(({ type }) => type === 'client.lifecycle').map(({ state }) => state);
    expect(states).toEqual(expect.arrayContaining(['frozen', 'thawed']));
    // The time that stood still is none in which audio was missing: nobody looked for another path.
    expect(events.filter(({ type }) => type === 'ice.attempt')).toHaveLength(1);
  });

  it('a frozen and thawed tab without a call is there again', async () => {
    const phone = await serve();
    const page = await newPage();
    const softphone = await Softphone.open(page, gateway.url);
    const address = await softphone.waitForCalls();
    const session = await page.createCDPSession();
    const other = await newPage();
    await other.bringToFront();
    await freeze(session, 'frozen');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await page.bringToFront();
    await freeze(session, 'active');
    await isReady(page);
    phone.dial(address);
    await softphone.accept();
    await softphone.reaches('connected');
    await softphone.hears(PHONE_HZ);
  });

  it('an idle phone comes out of the back/forward cache, and calls and is called as before', async () => {
    const phone = await serve();
    const page = await newPage();
    await page.evaluateOnNewDocument(WATCH_CACHE);
    const softphone = await Softphone.open(page, gateway.url);
    await page.evaluate('globalThis.survivor = true');
    await page.goto(`${gateway.url}/icon.svg`);
    await page.goBack();
    expect([await isRestored(page), await page.evaluate('globalThis.survivor')]).toEqual([true, true]);
    await isReady(page);
    await softphone.call('desk');
    await softphone.reaches('connected');
    await softphone.hears(PHONE_HZ);
    await softphone.hangUp();
    await softphone.reaches('ended');
    phone.dial(await softphone.waitForCalls());
    await softphone.accept();
    await softphone.reaches('connected');
    await softphone.hears(PHONE_HZ);
  });

  it('a phone that waits for calls is called again after a round through the cache', async () => {
    const phone = await serve();
    const page = await newPage();
    await page.evaluateOnNewDocument(WATCH_CACHE);
    const softphone = await Softphone.open(page, gateway.url);
    const address = await softphone.waitForCalls();
    await page.goto(`${gateway.url}/icon.svg`);
    await page.goBack();
    expect(await isRestored(page)).toBe(true);
    await isReady(page);
    expect(await page.evaluate('globalThis.earshot.phone.available')).toBe(true);
    phone.dial(address);
    await softphone.accept();
    await softphone.reaches('connected');
    await softphone.hears(PHONE_HZ);
  });

  it('one of two tabs rings, the one that is looked at, and the other once that is closed', async () => {
    const phone = await serve();
    const tabs: Softphone[] = [];
    let address = '';
    for (let tab = 0; tab < 2; tab += 1) {
      const softphone = await Softphone.open(await newPage(), gateway.url);
      address = await softphone.waitForCalls();
      tabs.push(softphone);
    }
    const rings = async ({ page }: Softphone): Promise<boolean> =>
      (await page.evaluate(`globalThis.earshot?.phone?.calls.length === 1`)) === true;
    // The one that came last is behind the other.
    const [seen, hidden] = tabs as [Softphone, Softphone];
    await (seen.page as Page).bringToFront();
    await until('that it is seen', async () => (await hidden.page.evaluate('document.hidden')) === true || undefined);
    phone.dial(address);
    await seen.accept();
    await seen.reaches('connected');
    expect([await rings(seen), await rings(hidden)]).toEqual([true, false]);
    await seen.hangUp();
    await phone.waitFor('CALL_CLOSED');
    await (seen.page as Page).close();
    await (hidden.page as Page).bringToFront();
    phone.dial(address);
    await hidden.accept();
    await hidden.reaches('connected');
  });

  it('survives a crash of the page', async () => {
    await serve();
    const page = await newPage();
    const softphone = await Softphone.open(page, gateway.url);
    await softphone.call('desk');
    await softphone.reaches('connected');
    const id = await page.evaluate('globalThis.earshot.call.id');
    const before = requests();
    const crashed = new Promise((resolve) => page.once('error', resolve));
    void page.goto('chrome://crash').catch(() => undefined);
    await crashed;
    await page.goto(gateway.url);
    await softphone.reaches('connected');
    await softphone.hears(PHONE_HZ);
    expect(await page.evaluate('globalThis.earshot.call.id')).toBe(id);
    expect(requests()).toEqual(before);
  });
});

describe.skipIf(lacks('firefox-esr', 'pulseaudio', 'baresip'))('a page that is loaded anew in Firefox', () => {
  it('takes its call up', async () => {
    await serve();
    const browser = await launchFirefox();
    try {
      const page = await browser.newPage();
      const softphone = await Softphone.open(page, gateway.url);
      await softphone.call('desk');
      await softphone.reaches('connected');
      await softphone.hears(PHONE_HZ);
      const id = await page.evaluate('globalThis.earshot.call.id');
      const before = requests();
      await page.reload();
      const tookMs = await heardAfterLoad(page);
      await softphone.reaches('connected');
      await softphone.hears(PHONE_HZ);
      expect(await page.evaluate('globalThis.earshot.call.id')).toBe(id);
      expect(requests()).toEqual(before);
      expect(tookMs).toBeLessThan(4_000);
    } finally {
      await browser.close();
    }
  });
});
