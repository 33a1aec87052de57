import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../harness/axe.js';
import { type Chromium, type ChromiumOptions, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { Softphone } from '../harness/softphone.js';

describe.skipIf(lacks('chromium'))('the page', { timeout: 120_000 }, () => {
  let gateway: Gateway;
  let browser: Chromium | undefined;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterEach(async () => {
    await browser?.close();
    browser = undefined;
  });
  afterAll(() => gateway.stop());

  async function open(options: ChromiumOptions = {}): Promise<{ page: Page; softphone: Softphone }> {
    browser = await launchChromium(options);
    const page = await browser.newPage();
    return { page, softphone: await Softphone.open(page, gateway.url) };
  }

  it.each(['light', 'dark'] as const)(
    'breaks no rule of axe when %s: idle, in a call, with keypad, after a failure',
    async (colorScheme) => {
      const { page, softphone } = await open();
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await violations(page), 'idle').toEqual([]);
      await softphone.call('echo');
      await softphone.reaches('connected');
      expect(await violations(page), 'in a call').toEqual([]);
      await page.locator('#keypad').click();
      expect(await violations(page), 'with the keypad').toEqual([]);
      await softphone.hangUp();
      await softphone.call('busy');
      await softphone.reaches('ended');
      expect(await softphone.error()).toBe('sip.busy');
      expect(await violations(page), 'after a failure').toEqual([]);
    },
  );

  it('works by keyboard alone: Enter calls, keys are digits, Escape hangs up', async () => {
    const { page, softphone } = await open();
    await page.locator('#destination').focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('echo');
    await page.keyboard.press('Enter');
    await softphone.reaches('connected');
    await softphone.collectDigits();
    await page.keyboard.press('5');
    await softphone.hearsDigits('5');
    await page.keyboard.press('Escape');
    await softphone.reaches('ended');
  });

  it('has one live region that says each state', async () => {
    const { page, softphone } = await open();
    const said = (): Promise<unknown> =>
      page.evaluate(`document.querySelector('[aria-live], [role=status]')?.textContent.trim()`);
    await softphone.call('echo');
    await softphone.reaches('connected');
    expect(await said()).toMatch(/Connected/);
    await softphone.hangUp();
    await softphone.reaches('ended');
    expect(await said()).toMatch(/Call ended/);
  });

  it.each([
    ['mic.denied_by_user', { permission: 'denied' }],
    ['mic.not_found', { microphone: 'none' }],
  ] as const)('names %s, and what to do', async (code, options) => {
    const { page, softphone } = await open(options);
    await softphone.call('echo');
    await softphone.reaches('ended');
    expect(await softphone.error()).toBe(code);
    expect(await page.locator('#error').textContent()).toMatch(/call again/i);
    const { calls } = (await (await fetch(`${gateway.url}/healthz`)).json()) as { calls: number };
    expect(calls, 'nothing rang').toBe(0);
  });

  it('names an unknown line, and calls another one right after', async () => {
    const { softphone } = await open();
    await softphone.call('nowhere');
    await softphone.reaches('ended');
    expect(await softphone.error()).toBe('call.unknown_destination');
    await softphone.call('echo');
    await softphone.reaches('connected');
    expect(await softphone.error()).toBe('');
  });
});
