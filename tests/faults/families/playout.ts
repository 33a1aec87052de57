import { launchChromiumByPuppeteer } from '../../harness/chromium-by-puppeteer.js';
import { Softphone } from '../../harness/softphone.js';
import type { Family } from '../types.js';

/** Sound in both directions for so long before anything happens. */
const CALM_MS = 2500;

/** Sound arrives, and the page does not play it. */
export const playout: Family = {
  name: 'playout',
  namespaces: false,
  atOnce: 2,
  faults: [
    {
      name: 'playout-element-gone',
      title: 'the page takes away the element that plays the call',
      means: 'page',
      truth: { code: 'playout.not_rendered', side: 'caller' },
      async run({ plain, open, user }) {
        const { browser, url, admin, peer } = await plain();
        await peer.expect(user, {});
        const caller = await open({ browser, url });
        const callId = await caller.connect(user);
        await caller.page.waitForTimeout(2000);
        const t0 = Date.now();
        await caller.evaluate(
          `for (const audio of document.querySelectorAll('audio')) { audio.srcObject = null; audio.remove(); }`,
        );
        return {
          admin,
          callId,
          t0,
          proof: async () => {
            // What was under way when the element went may still be played in the first of these seconds.
            for (let second = 0; second < 5; second += 1) {
              const before = await caller.figures();
              await caller.page.waitForTimeout(1000);
              const after = await caller.figures();
              const [energy, packets] = [after.remoteEnergy - before.remoteEnergy, after.received - before.received];
              if (energy === 0 && packets > 30) return `${packets} packets came in a second, none was decoded`;
            }
            return undefined;
          },
        };
      },
    },
    {
      name: 'playout-paused',
      title: 'the element that plays the call is paused',
      means: 'page',
      truth: { code: 'playout.not_rendered', side: 'caller' },
      async run({ plain, open, user }) {
        const { browser, url, admin, peer } = await plain();
        await peer.expect(user, {});
        const caller = await open({ browser, url });
        const callId = await caller.connect(user);
        await caller.page.waitForTimeout(2000);
        const t0 = Date.now();
        await caller.evaluate(`for (const audio of document.querySelectorAll('audio')) audio.pause()`);
        return {
          admin,
          callId,
          t0,
          proof: async () => {
            const paused = `[...document.querySelectorAll('audio')].every((audio) => audio.paused)`;
            return (await caller.evaluate(paused)) === true ? 'every audio element is paused' : undefined;
          },
        };
      },
    },
    {
      name: 'playout-sink-failed',
      title: 'the speaker that was chosen is not there',
      means: 'device',
      truth: { code: 'playout.sink_failed', side: 'caller' },
      async run({ plain, open, user }) {
        const { browser, url, admin, peer } = await plain();
        await peer.expect(user, {});
        const caller = await open({ browser, url });
        const callId = await caller.connect(user);
        await caller.page.waitForTimeout(1500);
        const t0 = Date.now();
        const choose = `globalThis.earshot.call.useSpeaker('a-headset-that-was-unplugged').then(() => 'chosen', ({ code }) => code)`;
        const said = await caller.evaluate(choose);
        return {
          admin,
          callId,
          t0,
          proof: async () => {
            const own = `document.querySelector('audio').setSinkId('a-headset-that-was-unplugged').then(() => 'set', ({ name }) => name)`;
            const refused = String(await caller.evaluate(own));
            return refused === 'set' || said === 'chosen' ? undefined : `setSinkId says ${refused}`;
          },
        };
      },
    },
    {
      name: 'page-frozen',
      title: 'the browser freezes the page in mid-call',
      means: 'page',
      truth: { code: 'playout.tab_frozen', side: 'caller' },
      waitMs: 25_000,
      async run({ plain, user, defer }) {
        const { url, admin, peer } = await plain();
        await peer.expect(user, {});
        const browser = await launchChromiumByPuppeteer();
        defer(() => browser.close());
        const page = await browser.newPage();
        const phone = await Softphone.open(page, url);
        await phone.call(user);
        await phone.reaches('connected');
        const callId = String(await page.evaluate('globalThis.earshot.call.id'));
        const count = `document.addEventListener('freeze', () => { globalThis.freezes += 1; })`;
        await page.evaluate(`globalThis.freezes = 0; ${count}`);
        await new Promise((resolve) => setTimeout(resolve, CALM_MS));
        const cdp = await page.createCDPSession();
        const t0 = Date.now();
        await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
        return {
          admin,
          callId,
          t0,
          proof: async () => {
            await cdp.send('Page.setWebLifecycleState', { state: 'active' });
            const times = Number(await page.evaluate('globalThis.freezes'));
            return times > 0 ? 'the page was told that it is frozen' : undefined;
          },
          finish: async () => void (await page.evaluate('globalThis.earshot.call?.hangUp()')),
        };
      },
    },
  ],
};
