import puppeteer, { type Page } from 'puppeteer-core';
import { CHROMIUM_ARGS, deviceArgs } from './chromium.js';
import { watchPeerConnections } from './page-audio.js';
import { programPath } from './peers.js';
import { temporaryFolder } from './process.js';

export interface PuppeteerChromium {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

/**
 * The system's Chromium by a driver that lets pages be hidden: playwright keeps every page visible for good, and what is
 * visible is never frozen.
 */
export async function launchChromiumByPuppeteer(): Promise<PuppeteerChromium> {
  const folder = temporaryFolder('chromium-by-puppeteer');
  const browser = await puppeteer
    .launch({
      executablePath: programPath('chromium'),
      headless: true,
      args: [...CHROMIUM_ARGS, '--use-fake-ui-for-media-stream', ...deviceArgs(440, folder.path)],
      userDataDir: `${folder.path}/profile`,
      handleSIGINT: false,
      handleSIGTERM: false,
    })
    .catch((error: unknown) => {
      folder.remove();
      throw error;
    });
  return {
    async newPage() {
      const page = await browser.newPage();
      await page.evaluateOnNewDocument(watchPeerConnections);
      return page;
    },
    async close() {
      await browser.close();
      folder.remove();
    },
  };
}
