import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../harness/axe.js';
import { Baresip } from '../harness/baresip.js';
import { type Chromium, type ChromiumOptions, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { startWidgetPage, type WidgetPage } from '../harness/widget-page.js';

const LOOKS = [
  [360, 'dark'],
  [1280, 'light'],
] as const;

/** Notes what the page's policy refuses, and every title that the live region says. */
const WATCH = `
  globalThis.refusals = [];
  globalThis.said = [];
  addEventListener('securitypolicyviolation', ({ violatedDirective }) => refusals.push(violatedDirective));
  addEventListener('DOMContentLoaded', () => {
    const element = document.querySelector('earshot-call');
    customElements.whenDefined('earshot-call').then(() => element.updateComplete).then(() => {
      const region = element.shadowRoot.querySelector('[role=status]');
      const note = () => said.push(region.textContent.trim());
      note();
      new MutationObserver(note).observe(region, { childList: true, characterData: true, subtree: true });
    });
  });
`;

describe.skipIf(lacks('chromium'))('<earshot-call>', { timeout: 120_000 }, () => {
  let site: WidgetPage;
  let gateway: Gateway;
  let phone: Baresip | undefined;
  let browser: Chromium | undefined;
  beforeAll(async () => {
    if (!lacks('baresip')) phone = await Baresip.start();
    site = await startWidgetPage(() => gateway.url);
    gateway = await startGateway({
      http: { port: 0, allowedOrigins: ['self', site.origin] },
      calls: { fallback: { callBack: true } },
      ...(phone === undefined ? {} : { routes: [{ match: 'desk', to: phone.uri }] }),
    });
  });
  afterEach(async () => {
    await browser?.close();
    browser = undefined;
  });
  afterAll(async () => {
    await gateway?.stop();
    await site?.close();
    await phone?.stop();
  });

  async function open(attributes: string, options: ChromiumOptions = {}, language = 'en'): Promise<Page> {
    browser = await launchChromium(options);
    const page = await browser.newPage();
    await page.addInitScript(WATCH);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(site.url(attributes, language));
    await page.locator('#state').waitFor();
    return page;
  }

  const reaches = (page: Page, state: string): Promise<void> =>
    page.locator(`#state[data-state=${state}]`).waitFor({ timeout: 20_000 });

  const focused = (page: Page): Promise<unknown> =>
    page.evaluate(`(() => {
      const { activeElement } = document.querySelector('earshot-call').shadowRoot;
      return activeElement === null ? '' : activeElement.id || activeElement.dataset.key || activeElement.className;
    })()`);

  /** In both themes and both widths: nothing breaks a rule, and nothing is wider than the page. */
  async function expectAccessible(page: Page, what: string): Promise<void> {
    for (const [width, colorScheme] of LOOKS) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await violations(page), `${what}, ${colorScheme}, ${width} px`).toEqual([]);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow, `${what}, ${width} px`).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize({ width: 360, height: 800 });
  }

  const height = async (locator: Locator): Promise<number> => Math.round((await locator.boundingBox())?.height ?? 0);

  it('breaks no rule of axe from idle to the end of a call, and nothing jumps', async () => {
    const page = await open('to="echo" label="Our echo"');
    const card = page.locator('.card');
    const heights = new Set<number>();
    const look = async (what: string): Promise<void> => {
      await expectAccessible(page, what);
      heights.add(await height(card));
    };
    await look('idle');
    await page.locator('#call').click();
    await reaches(page, 'connected');
    await look('connected');
    await page.locator('#keypad').click();
    await look('keypad');
    await page.locator('#sound').click();
    await look('sound');
    await page.locator('#sound').click();
    await page.locator('#mute').click();
    await look('muted');
    await page.locator('#hangup').click();
    await reaches(page, 'ended');
    await look('ended');
    expect([...heights]).toHaveLength(1);
    expect(await page.evaluate('refusals'), 'what the policy refused').toEqual([]);
  });

  it('breaks no rule of axe while it rings, waits for audio, and loses it', async () => {
    const page = await open('to="slow"');
    await page.locator('#call').click();
    await reaches(page, 'ringing');
    await expectAccessible(page, 'ringing');
    await reaches(page, 'connected');
    process.kill(gateway.pid, 'SIGSTOP');
    try {
      await reaches(page, 'reconnecting');
      await page.locator('#countdown:not(:empty)').waitFor({ timeout: 10_000 });
      await expectAccessible(page, 'reconnecting');
      expect(await page.locator('.reason').textContent()).toMatch(/The call is kept/);
    } finally {
      process.kill(gateway.pid, 'SIGCONT');
    }
    await reaches(page, 'connected');
    await page.locator('#hangup').click();
    await page.goto(site.url('to="silent"'));
    await page.locator('#call').click();
    await reaches(page, 'answered');
    expect(await page.locator('#countdown').textContent()).toMatch(/^Giving up in \d+ seconds?\.$/);
    await expectAccessible(page, 'answered, waiting for audio');
    await page.locator('#hangup').click();
  });

  it('points at the question for the microphone, and lets go of it', async () => {
    const page = await open('to="echo"');
    await page.evaluate('navigator.mediaDevices.getUserMedia = () => new Promise(() => {})');
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.locator('#call').click();
    await reaches(page, 'microphone');
    await page.locator('.pointer').waitFor();
    await expectAccessible(page, 'asking');
    await until('a reminder', async () =>
      /still open/.test((await page.locator('.reason').textContent()) ?? '') ? true : undefined,
    );
    await page.locator('#hangup').click();
    await reaches(page, 'ended');
    expect(await page.locator('.pointer').isVisible()).toBe(false);
    expect(await page.locator('#state').textContent()).toBe('Call cancelled');
  });

  it('says how to take a refusal back, and offers the element by which the browser does', async () => {
    const page = await open('to="echo"', { permission: 'denied' });
    await page.locator('#call').click();
    await reaches(page, 'ended');
    expect(await page.locator('#error').getAttribute('data-code')).toBe('mic.denied_by_user');
    expect(await page.locator('#error li').count()).toBe(3);
    await page.locator('microphone').waitFor();
    await expectAccessible(page, 'refused');
  });

  it('calls once the browser allows what was refused', async () => {
    const page = await open('to="echo"');
    // The first refusal; the element of the browser asks by itself, and is allowed.
    await page.evaluate(`(() => {
      const { mediaDevices } = navigator;
      const { getUserMedia } = mediaDevices;
      mediaDevices.getUserMedia = () => {
        mediaDevices.getUserMedia = getUserMedia;
        return Promise.reject(new DOMException('Permission dismissed', 'NotAllowedError'));
      };
    })()`);
    await page.locator('#call').click();
    await reaches(page, 'ended');
    expect(await page.locator('#error').getAttribute('data-code')).toBe('mic.prompt_dismissed');
    // The browser takes no click on what has only just appeared, lest it was meant for something else.
    await until('a call', async () => {
      const asking = page.locator('microphone');
      if (await asking.isVisible()) await asking.click();
      return (await page.locator('#hangup').isVisible()) ? true : undefined;
    });
    await reaches(page, 'connected');
  });

  it.skipIf(lacks('baresip'))('says that the other side holds, and rings when somebody calls', async () => {
    const page = await open('to="desk" available');
    await page.locator('#call').click();
    await reaches(page, 'connected');
    phone?.hold();
    await reaches(page, 'held');
    await expectAccessible(page, 'on hold');
    phone?.resume();
    await reaches(page, 'connected');
    phone?.hangUp();
    await reaches(page, 'ended');
    expect(await page.locator('#state').textContent()).toMatch(/They hung up/);

    phone?.dial(site.address());
    await page.locator('#accept').waitFor();
    await expectAccessible(page, 'incoming');
    expect(await focused(page)).toBe('incoming');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('decline');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await reaches(page, 'connected');
    await page.locator('#hangup').click();
    await reaches(page, 'ended');
  });

  it('offers what is left when the sound does not come back, and takes it back when it does', async () => {
    const page = await open('to="echo"');
    await page.locator('#call').click();
    await reaches(page, 'connected');
    process.kill(gateway.pid, 'SIGSTOP');
    try {
      await page.locator('.fallback').waitFor({ timeout: 25_000 });
    } finally {
      process.kill(gateway.pid, 'SIGCONT');
    }
    await reaches(page, 'connected');
    await until('the call as it was', async () => ((await page.locator('.fallback').count()) === 0 ? true : undefined));
  });

  it('breaks no rule of axe with what is left, which is used by keyboard as well', async () => {
    const page = await open('to="echo"');
    await page.evaluate(`addEventListener('earshot-call', ({ detail }) => { globalThis.call = detail; })`);
    await page.locator('#call').click();
    await reaches(page, 'connected');
    const before = await height(page.locator('.card'));
    // As the SDK says it. The call goes on meanwhile, since to look at it takes longer than one may be kept waiting.
    await page.evaluate(`call.emit('fallback', { callBack: true, messageUrl: 'https://example.com/message' })`);
    await page.locator('#number').focus();
    await page.keyboard.type('5');
    expect(await page.locator('#number').inputValue(), 'digits belong to the field').toBe('5');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('call-back');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('try-again');
    expect(await page.locator('#message').getAttribute('href')).toBe('https://example.com/message');
    expect(await height(page.locator('.card'))).toBe(before);
    await expectAccessible(page, 'fallback');
  });

  it.skipIf(lacks('baresip'))('says that the call goes on by phone', async () => {
    const page = await open('to="echo"');
    await page.evaluate(`addEventListener('earshot-call', ({ detail }) => { globalThis.call = detail; })`);
    await page.locator('#call').click();
    await reaches(page, 'connected');
    await page.evaluate(`call.callMeBack('desk')`);
    await reaches(page, 'ended');
    expect(await page.evaluate('said')).toContain('Calling you back…');
    expect(await page.locator('#state').textContent()).toBe('The call goes on by phone.');
    await expectAccessible(page, 'moved to the phone');
    phone?.hangUp();
  });

  it('works by keyboard alone, and the focus is always somewhere', async () => {
    const page = await open('to="echo"');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('call');
    expect(
      await page.evaluate(`(() => {
        const { activeElement } = document.querySelector('earshot-call').shadowRoot;
        return getComputedStyle(activeElement).outlineStyle;
      })()`),
      'the focus is seen',
    ).toBe('solid');
    await page.keyboard.press('Enter');
    await reaches(page, 'connected');
    expect(await focused(page)).toBe('active');
    const order = [];
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press('Tab');
      order.push(await focused(page));
    }
    expect(order).toEqual(['mute', 'keypad', 'sound', 'hangup']);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    await until('the first key', async () => ((await focused(page)) === '1' ? true : undefined));
    await page.keyboard.press('Enter');
    await page.keyboard.press('5');
    expect(await page.locator('.keypad-sent').textContent()).toBe('15');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('keypad');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('the microphones', async () => ((await focused(page)) === 'microphone-device' ? true : undefined));
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('hangup');
    await page.keyboard.press('Enter');
    await reaches(page, 'ended');
    await until('the way back', async () => ((await focused(page)) === 'call' ? true : undefined));
    await page.keyboard.press('Enter');
    await reaches(page, 'connected');
  });

  it('says each state once', async () => {
    const page = await open('to="slow"');
    await page.locator('#call').click();
    await reaches(page, 'connected');
    await page.locator('#hangup').click();
    await reaches(page, 'ended');
    const said = (await page.evaluate('said')) as readonly string[];
    expect(said.filter((title, index) => title === said[index - 1])).toEqual([]);
    expect(said).toContain('Ringing…');
    expect(said.filter((title) => title === 'Connected')).toHaveLength(1);
    expect(said.at(-1)).toMatch(/^Call ended after/);
  });

  it('speaks the language of the page, also from right to left', async () => {
    const german = await open('to="busy"', {}, 'de');
    expect(await german.locator('#call').textContent()).toMatch(/Anrufen/);
    await german.locator('#call').click();
    await reaches(german, 'ended');
    expect(await german.locator('#state').textContent()).toBe('Es ist besetzt');
    await german.goto(site.url('to="echo" theme="dark"', 'ar'));
    await german.locator('#call').click();
    await reaches(german, 'connected');
    await expectAccessible(german, 'from right to left');
  });
});
