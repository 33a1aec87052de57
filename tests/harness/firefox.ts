import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { watchPeerConnections } from './page-audio.js';
import { programPath } from './peers.js';
import { temporaryFolder } from './process.js';
import { startSoundServer } from './sound-server.js';

export interface Firefox {
  readonly browser: Browser;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

/** The tone (Hz) of Firefox's own fake microphone. */
export const FIREFOX_MICROPHONE_HZ = 1000;

const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.block-webaudio': false,
  'media.autoplay.blocking_policy': 0,
};

export interface FirefoxOptions {
  /** Takes any certificate, for pages, WebSockets and TURN over TLS: those of a `TestAuthority` need it. */
  readonly acceptInsecureCerts?: boolean;
  /** As in about:config. */
  readonly preferences?: Readonly<Record<string, string | number | boolean>>;
}

/** The system's Firefox, driven over WebDriver BiDi, with a profile and a sound server of its own. */
export async function launchFirefox({
  acceptInsecureCerts = false,
  preferences = {},
}: FirefoxOptions = {}): Promise<Firefox> {
  const folder = temporaryFolder('firefox');
  const sound = await startSoundServer();
  const close = async (browser?: Browser): Promise<void> => {
    await browser?.close();
    await sound.stop();
    folder.remove();
  };
  try {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: programPath('firefox-esr'),
      headless: true,
      acceptInsecureCerts,
      userDataDir: folder.path,
      extraPrefsFirefox: { ...PREFERENCES, ...preferences },
      env: { ...process.env, HOME: folder.path, ...sound.env },
      handleSIGINT: false,
      handleSIGTERM: false,
    });
    return {
      browser,
      async newPage() {
        const page = await browser.newPage();
        await page.evaluateOnNewDocument(watchPeerConnections);
        return page;
      },
      close: () => close(browser),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
