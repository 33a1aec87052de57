import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CallDetails, CallPage, LiveCall } from '@earshot/telemetry';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { hostAddress, lacks, programPath } from '../harness/peers.js';
import { freePort, until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

/** `EARSHOT_SCREENSHOTS=1` writes the pictures of the documentation anew. */
const PICTURES = process.env.EARSHOT_SCREENSHOTS === '1';
const PICTURE_DIR = fileURLToPath(new URL('../../docs/img/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDE = { width: 1280, height: 960 };
const NARROW = { width: 360, height: 740 };

/** The calls that the pages are to explain. */
type Made = 'healthy' | 'one-way' | 'udp-blocked' | 'sip-failure';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

describe.skipIf(lacks('chromium', 'nft'))('the pages of operators', () => {
  let browser: Chromium;
  let gateway: Gateway;
  let page: Page;
  let unblock: (() => void) | undefined;
  const ids = new Map<Made, string>();

  const ask = async <Answer>(path: string): Promise<Answer> => {
    const answer = await fetch(`${gateway.adminUrl}${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };

  /** Calls a line, from a page of its own. */
  async function call(name: Made, line: string): Promise<Softphone> {
    const softphone = await Softphone.open(await browser.newPage(), gateway.url);
    await softphone.call(line);
    const id = await until('the id of the call', async () => {
      const found = await softphone.page.evaluate('globalThis.earshot.call?.id ?? ""');
      return found === '' ? undefined : String(found);
    });
    ids.set(name, id);
    return softphone;
  }

  const live = async (name: Made): Promise<LiveCall | undefined> =>
    (await ask<readonly LiveCall[]>('/api/live')).find(({ callId }) => callId === ids.get(name));

  const raised = (name: Made): Promise<unknown> =>
    until(`a verdict on ${name}`, async () => (await live(name))?.cause, 15_000);

  const details = (name: Made): Promise<CallDetails> => ask(`/api/calls/${ids.get(name)}`);

  beforeAll(async () => {
    browser = await launchChromium();
    const mediaPort = await freePort(hostAddress());
    // Without a relay there is no way around UDP that is blocked.
    gateway = await startGateway({ media: { port: mediaPort, workers: 1 }, turn: { enabled: false } });
    const [healthy, oneWay] = await Promise.all([
      call('healthy', 'echo'),
      call('one-way', 'silent'),
      call('sip-failure', 'busy'),
    ]);
    await healthy.reaches('connected');
    await raised('one-way');
    // Both are heard for some seconds, so that there is something to see.
    await until('figures of some seconds', async () => {
      const { samples } = (await details('healthy')).timeline;
      return samples.filter(({ source }) => source === 'browser').length >= 5 ? true : undefined;
    });
    page = await browser.newPage();
    await page.setViewportSize(WIDE);
    await page.goto(gateway.adminUrl);
    await page.locator('table.calls tbody tr').nth(1).waitFor();
    await picture('live');
    await Promise.all([healthy.hangUp(), oneWay.hangUp()]);
    unblock = blockUdp(mediaPort);
    const blocked = await call('udp-blocked', 'echo');
    await raised('udp-blocked');
    await blocked.hangUp();
    unblock();
    unblock = undefined;
    await until(
      'all records',
      async () => {
        const { calls } = await ask<CallPage>('/api/calls');
        return calls.length === 4 && calls.every(({ provisional }) => !provisional) ? true : undefined;
      },
      15_000,
    );
  });

  afterAll(async () => {
    unblock?.();
    await gateway?.stop();
    await browser?.close();
  });

  async function picture(name: string): Promise<void> {
    if (!PICTURES) return;
    mkdirSync(PICTURE_DIR, { recursive: true });
    await page.screenshot({ path: `${PICTURE_DIR}${name}.png`, animations: 'disabled' });
  }

  async function open(path: string, ready: string): Promise<void> {
    await page.goto(`${gateway.adminUrl}${path}`);
    await page.locator(ready).first().waitFor();
  }

  /** By axe-core: in light and wide, and in dark on a phone, where everything stands one below the other. */
  async function accessible(): Promise<void> {
    await page.evaluate(AXE);
    for (const [colorScheme, size] of [
      ['dark', NARROW],
      ['light', WIDE],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
      expect(found, `${colorScheme}, ${size.width} px`).toEqual([]);
      // Charts take up a new width with the frame after the next.
      const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
      await expect.poll(overflow, { message: `${size.width} px` }).toBeLessThanOrEqual(0);
    }
  }

  const shown = async (selector: string): Promise<string> =>
    (await page.locator(selector).first().innerText()).replace(/\s+/g, ' ');

  /** What has the focus, as its text. */
  const focused = async (): Promise<string> =>
    String(await page.evaluate('document.activeElement?.textContent ?? ""'))
      .trim()
      .replace(/\s+/g, ' ');

  const rows = (count: number): Promise<true> =>
    until(`${count} calls in the list`, async () =>
      (await page.locator('table.calls tbody tr').count()) === count ? true : undefined,
    );

  const openCall = (name: Made): Promise<void> =>
    open(`/call/${ids.get(name)}`, 'earshot-figure .plot canvas, .ladder');

  it('say of a healthy call that nothing was wrong, and how it sounded', async () => {
    await openCall('healthy');
    // On a machine that is too busy to play sound in time a call sounds bad, and the page must not call that fine.
    const { record } = await details('healthy');
    const fine = record?.quality.every(({ mos }) => mos >= 3.1) === true;
    expect(await shown('.verdict-label')).toBe(fine ? 'Nothing was wrong' : 'No cause was found');
    expect(await shown('#verdict')).toMatch(fine ? /^Both sides heard each other for \d+ seconds?\.$/ : /sounded bad/);
    expect(await shown('.quality')).toMatch(/heard sounded (good|fair|poor|bad) \(\d\.\d of 4\.5/);
    expect(await page.locator('.way [data-marked="true"]').count()).toBe(0);
    await picture('healthy');
    await page.evaluate(`document.querySelector('#timeline').scrollIntoView()`);
    await picture('timeline');
    // Both directions are followed over every hop.
    expect(await page.locator('earshot-figure').count()).toBeGreaterThanOrEqual(6);
    expect(await shown('[data-layer="network"] .key')).toContain('sent by the caller’s browser');
    await accessible();
  });

  it.each([
    ['one-way', 'Something went wrong', /phone side/, 'Phone side', 'media.far_end_leg_dead'],
    ['udp-blocked', 'Something went wrong', /UDP|media port/, 'Network', 'ice.udp_blocked'],
    ['sip-failure', 'The call did not come about', /busy/i, 'Phone side', 'sip.busy'],
  ] as const)(
    'say of the call %s what happened, and whose problem it was',
    async (name, label, sentence, place, code) => {
      await openCall(name);
      expect(await shown('.verdict-label')).toBe(label);
      expect(await shown('#verdict')).toMatch(sentence);
      expect(await shown('.way [data-marked="true"] .place-name')).toBe(place);
      expect(await shown('.facts code')).toBe(code);
      expect(await page.locator('.next p').count()).toBe(2);
      await picture(name);
      // The same from the command line.
      expect(await gateway.command('call', ids.get(name) ?? '')).toContain(code);
      if (name === 'udp-blocked') await accessible();
    },
  );

  it('lead from the evidence to what was seen, by keyboard, and to the moment in every drawing', async () => {
    await openCall('sip-failure');
    await page.locator('.evidence a').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('tr[data-wanted="true"]').waitFor();
    expect(await focused()).toContain('486');
    expect(await page.locator('.mark-line').count()).toBeGreaterThan(0);
    await page.locator('input[name="words"]').fill('200 ok nothing of the kind');
    expect(await shown('.event-filters [role="status"]')).toMatch(/^0 of \d+ events$/);
    const download = await fetch(`${gateway.adminUrl}/api/calls/${ids.get('healthy')}/export?format=rtcstats`);
    expect(await download.text()).toContain('RTCStatsDump');
  });

  it('list calls by what was wrong with them; the address and the back button carry the search', async () => {
    await open('/search', 'table.calls tbody tr');
    await rows(4);
    await picture('search');
    await page.locator('select[name="cause"]').selectOption('ice.');
    await page.waitForURL('**/search?cause=ice.');
    await rows(1);
    expect(await shown('table.calls tbody tr')).toContain('ice.udp_blocked');
    await page.locator('table.calls tbody a').click();
    await page.locator('.verdict').waitFor();
    await page.goBack();
    await rows(1);
    expect(await page.locator('select[name="cause"]').inputValue()).toBe('ice.');
    await page.locator('#text').fill('no such number');
    await page.keyboard.press('Enter');
    await page.locator('.empty').waitFor();
    expect(page.url()).toContain('text=no+such+number');
    await open('/search', 'table.calls tbody tr');
    await accessible();
  });

  it('sum up where calls fail, each bar a way to its calls', async () => {
    await open('/overview', '.tiles');
    expect(await shown('.tiles')).toMatch(/Calls 4 .*Went wrong 3/);
    await picture('overview');
    await accessible();
    await page.locator('table.bars a', { hasText: 'sip.busy' }).click();
    await page.waitForURL('**/search?cause=sip.busy&last=24h');
    await rows(1);
  });

  it('are walked by keyboard, and say so where there is nothing', async () => {
    await open('/', '.empty');
    const walked: string[] = [];
    for (let step = 0; step < 6; step += 1) {
      await page.keyboard.press('Tab');
      walked.push(await focused());
    }
    expect(walked).toEqual(['Skip to the content', 'Earshot', 'Live', 'Search', 'Overview', 'Search']);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search');
    await open('/call/none', '.empty');
    expect(await shown('.empty h1')).toBe('There is no such call');
    await accessible();
  });
});

/** Nothing by UDP to this port from now on; undone by what is returned. */
function blockUdp(port: number): () => void {
  const nft = programPath('nft');
  const table = `earshot_explorer_${process.pid}`;
  execFileSync(nft, ['add', 'table', 'inet', table]);
  execFileSync(nft, ['add', 'chain', 'inet', table, 'input', '{ type filter hook input priority 0; }']);
  execFileSync(nft, ['add', 'rule', 'inet', table, 'input', 'udp', 'dport', String(port), 'drop']);
  return () => void execFileSync(nft, ['delete', 'table', 'inet', table]);
}
