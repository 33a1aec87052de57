import type { CDPSession, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Baresip } from '../harness/baresip.js';
import { launchChromiumByPuppeteer, type PuppeteerChromium } from '../harness/chromium-by-puppeteer.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';
import { heardByPhone } from '../harness/taken-up.js';

const VOICEMAIL_HZ = 1_000;
const CALLER_HZ = 500;
/** The longest that a page which does not answer may be rung. */
const MOST_S = 10;

/** An agent's tab that does not run: nobody who calls it may be lost. */
describe.skipIf(lacks('chromium', 'baresip'))('a page that waits for calls and is frozen', () => {
  let browser: PuppeteerChromium;
  let gateway: Gateway;
  let voicemail: Baresip;
  const callers: Baresip[] = [];
  beforeAll(async () => {
    browser = await launchChromiumByPuppeteer();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    voicemail = await Baresip.start({ user: 'voicemail', frequencyHz: VOICEMAIL_HZ });
    gateway = await startGateway({ routes: [{ match: 'guest-*', to: voicemail.uri, inbound: true }] });
  });
  afterEach(async () => {
    await Promise.all([voicemail, ...callers.splice(0)].map((phone) => phone.stop()));
    await gateway.stop();
  });

  async function dial(address: string): Promise<Baresip> {
    const caller = await Baresip.start({ user: 'caller', frequencyHz: CALLER_HZ });
    callers.push(caller);
    caller.dial(address);
    return caller;
  }

  async function pages(state: 'awake' | 'asleep'): Promise<number> {
    const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    return Number(new RegExp(`^earshot_waiting_pages\\{state="${state}"\\} (\\d+)`, 'm').exec(text)?.[1]);
  }

  const isAwake = (count: number): Promise<true> =>
    until(`${count} pages awake`, async () => (await pages('awake')) === count || undefined, 20_000);
  const areAsleep = (count: number): Promise<true> =>
    until(`${count} pages asleep`, async () => (await pages('asleep')) === count || undefined, 20_000);

  /** The tab goes to the background, and stands still; one that is seen cannot be frozen. */
  async function freeze(page: Page, session: CDPSession, front?: Page): Promise<number> {
    await (front ?? (await browser.newPage())).bringToFront();
    await until('a hidden page', async () => (await page.evaluate('document.hidden')) === true || undefined);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    return performance.now();
  }

  async function thaw(page: Page, session: CDPSession): Promise<void> {
    await page.bringToFront();
    await session.send('Page.setWebLifecycleState', { state: 'active' });
  }

  const secondsSince = (at: number): number => Math.round((performance.now() - at) / 100) / 10;

  it('is out of routing within ten seconds, and whoever calls it before or after is sent on and heard', async () => {
    const page = await browser.newPage();
    const softphone = await Softphone.open(page, gateway.url);
    const address = await softphone.waitForCalls();
    await isAwake(1);
    const session = await page.createCDPSession();

    let frozenAt = await freeze(page, session);
    await areAsleep(1);
    const asleepAfter = secondsSince(frozenAt);
    await thaw(page, session);
    await isAwake(1);

    frozenAt = await freeze(page, session);
    const early = await dial(address);
    const dialledAfter = secondsSince(frozenAt);
    await early.waitFor('CALL_ESTABLISHED');
    const answeredAfter = secondsSince(frozenAt);
    await heardByPhone(early, VOICEMAIL_HZ, 0);
    await heardByPhone(voicemail, CALLER_HZ, 0);
    early.hangUp();
    await voicemail.waitFor('CALL_CLOSED');

    await until('ten seconds', () => secondsSince(frozenAt) >= MOST_S || undefined, 15_000);
    const late = await dial(address);
    await late.waitFor('CALL_ESTABLISHED');
    await heardByPhone(late, VOICEMAIL_HZ, 0);
    late.hangUp();
    console.info(
      `asleep after ${asleepAfter} s; called ${dialledAfter} s after it froze, answered elsewhere at ${answeredAfter} s`,
    );
    expect(asleepAfter).toBeLessThan(MOST_S);
    expect(dialledAfter).toBeLessThan(1);
    // Asleep; or gone, where it was frozen anew before the connection was back that Chromium took from it as it thawed.
    expect(await pages('awake')).toBe(0);

    await thaw(page, session);
    await isAwake(1);
    await dial(address);
    await softphone.accept();
    await softphone.reaches('connected');
    await softphone.hears(CALLER_HZ);
    await page.close();
  });

  it('is passed over for another tab that is awake', async () => {
    const [first, second] = [await browser.newPage(), await browser.newPage()];
    await first.bringToFront();
    const awake = await Softphone.open(first, gateway.url);
    await awake.waitForCalls();
    await second.bringToFront();
    const asleep = await Softphone.open(second, gateway.url);
    const address = await asleep.waitForCalls();
    await isAwake(2);
    const session = await second.createCDPSession();
    await freeze(second, session, first);
    await dial(address);
    await awake.accept();
    await awake.reaches('connected');
    await awake.hears(CALLER_HZ);
    expect(voicemail.events.filter(({ type }) => type === 'CALL_INCOMING')).toEqual([]);
    await Promise.all([first, second].map((page) => page.close()));
  });
});
