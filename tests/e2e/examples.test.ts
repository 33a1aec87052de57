import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { buildBundlerExample, type ExampleSite, SECRET, startExamples } from '../harness/examples.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { freePort, until } from '../harness/process.js';

/** What the browser refused on behalf of the page's policy, and what its scripts threw. */
const complaints: string[] = [];

describe.skipIf(lacks('chromium'))('the examples, on a site of their own with the strictest policy', () => {
  let browser: Chromium;
  let gateway: Gateway;
  let site: ExampleSite;

  beforeAll(async () => {
    const port = await freePort();
    [gateway, browser] = await Promise.all([
      startGateway({
        auth: { secret: SECRET },
        http: { port: 0, allowedOrigins: [`http://localhost:${port}`] },
      }),
      launchChromium(),
      buildBundlerExample(),
    ]);
    site = await startExamples(gateway.url, port);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await gateway?.stop();
  });
  afterEach(async () => {
    await Promise.all(browser.context.pages().map((page) => page.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  async function open(path: string): Promise<Page> {
    const page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${site.origin}/${path}`);
    return page;
  }

  const state = (page: Page, id: string, value: string): Promise<unknown> =>
    page.waitForSelector(`#${id}[data-state="${value}"]`, { timeout: 30_000 });

  it('click to call, by a script tag', async () => {
    const page = await open('click-to-call/');
    await page.click('#call');
    await state(page, 'status', 'connected');
    await page.click('#hangup');
    await state(page, 'status', 'ended');
  });

  it('click to call, ready made', async () => {
    const page = await open('widget/');
    await page.click('earshot-call >> #call');
    await page.waitForSelector('earshot-call >> #state[data-state=connected]', { timeout: 30_000 });
    await page.click('earshot-call >> #hangup');
    await page.waitForSelector('earshot-call >> #state[data-state=ended]');
  });

  it("an agent's page is called by a visitor, and takes the call", async () => {
    const agent = await open('agent/?name=anna');
    await agent.check('#available');
    await state(agent, 'session', 'ready');
    const visitor = await open('click-to-call/');
    // A visitor of the same site who asks for this agent.
    await visitor.evaluate(`(() => {
      const token = async () => (await (await fetch('/token')).json()).token;
      globalThis.call = Earshot.createCall({ url: ${JSON.stringify(`${gateway.url.replace(/^http/, 'ws')}/earshot`)}, token, to: 'agent-anna' });
    })()`);
    await agent.click('#accept', { timeout: 30_000 });
    await state(agent, 'state', 'connected');
    await agent.click('#mute');
    expect(await agent.getAttribute('#mute', 'aria-pressed')).toBe('true');
    expect(await agent.locator('#microphone option').count()).toBeGreaterThan(1);
    await agent.click('#hangup');
    // Not by waitForFunction: its second look is an eval that the policy forbids.
    const over = async (): Promise<true | undefined> =>
      (await visitor.evaluate('globalThis.call.state')) === 'ended' ? true : undefined;
    await until('the end of the call at the visitor', over);
  });

  it('TypeScript and a bundler, with nothing but the published package', async () => {
    const page = await open('bundler/');
    await page.click('#call');
    await state(page, 'state', 'connected');
    await page.click('#call');
    await state(page, 'state', 'ended');
  });

  it('preflight', async () => {
    const page = await open('preflight/');
    await page.click('#start');
    await page.waitForSelector('#summary[data-result]', { timeout: 45_000 });
    expect(await page.textContent('#summary')).toMatch(/^Calls work: \d+ of 100\.$/);
  });
});
