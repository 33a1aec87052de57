import { type EvaluatingPage, recordRemoteAudio } from './page-audio.js';
import { until } from './process.js';
import { toneMs } from './tones.js';
import type { Pcm } from './wav.js';

/** A page of either driver, as far as a person uses one. */
export interface UsablePage extends EvaluatingPage {
  goto(url: string): Promise<unknown>;
  locator(selector: string): { click(): Promise<void>; fill(value: string): Promise<void> };
}

/** Notes every state that the page shows, however briefly. */
const WATCH_STATES = `(() => {
  globalThis.shownStates = [];
  const note = () => {
    const state = document.querySelector('#state')?.dataset.state;
    if (state && state !== globalThis.shownStates.at(-1)) globalThis.shownStates.push(state);
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true });
  note();
})()`;

const NEWEST_PEER = `globalThis.earshotPeers.at(-1)`;

/** The built-in page, used by its buttons. */
export class Softphone {
  readonly page: UsablePage;

  constructor(page: UsablePage) {
    this.page = page;
  }

  /** Opens the page and waits until a call can be made. */
  static async open(page: UsablePage, url: string): Promise<Softphone> {
    await page.goto(url);
    const phone = new Softphone(page);
    await phone.#until('a page that is ready to call', `!!document.querySelector('#call:not([disabled])')`);
    await page.evaluate(WATCH_STATES);
    return phone;
  }

  async #until(what: string, expression: string, timeoutMs = 10_000): Promise<void> {
    try {
      await until(what, async () => ((await this.page.evaluate(expression)) === true ? true : undefined), timeoutMs);
    } catch (error) {
      const shown = [...(await this.states()), await this.error()].join(', ');
      throw new Error(`timed out waiting for ${what}; the page showed ${shown}`, { cause: error });
    }
  }

  /** Calls, and waits until there is that call: what is shown from then on is no more of the one before. */
  async call(destination: string): Promise<void> {
    await this.page.evaluate('globalThis.callBefore = globalThis.earshot?.call');
    await this.page.locator('#destination').fill(destination);
    await this.page.locator('#call').click();
    await this.#until('a call', 'globalThis.earshot?.call !== globalThis.callBefore');
  }

  /** Makes the page available; gives the SIP address that phones reach it by. */
  async waitForCalls(): Promise<string> {
    await this.page.locator('#available').click();
    const info = `fetch('/api/page').then((response) => response.json()).then(({ address }) => address)`;
    return String(await this.page.evaluate(info));
  }

  /** Waits for a call to this page, and takes it. */
  async accept(): Promise<void> {
    await this.#until('an incoming call', `!!document.querySelector('#accept')`);
    await this.page.locator('#accept').click();
  }

  hangUp(): Promise<void> {
    return this.page.locator('#hangup').click();
  }

  /** The states shown since the page was opened, in order. */
  async states(): Promise<readonly string[]> {
    return ((await this.page.evaluate('globalThis.shownStates ?? []')) as string[]).slice();
  }

  /** The code of the failure that is shown, or ''. */
  async error(): Promise<string> {
    return String(await this.page.evaluate(`document.querySelector('#error')?.dataset.code ?? ''`));
  }

  async reaches(state: string, timeoutMs = 15_000): Promise<void> {
    await this.#until(state, `document.querySelector('#state')?.dataset.state === ${JSON.stringify(state)}`, timeoutMs);
  }

  /** Presses keys of the keypad, which must be closed. */
  async press(digits: string): Promise<void> {
    await this.page.locator('#keypad').click();
    for (const digit of digits) {
      await this.page.locator(`[data-key="${digit}"]`).click();
    }
    await this.page.locator('#keypad').click();
  }

  /** From now on collects the keys that the far end presses. */
  async collectDigits(): Promise<void> {
    await this.page.evaluate(`(() => {
      globalThis.heardDigits = '';
      globalThis.earshot.call.on('dtmf', (digit) => { globalThis.heardDigits += digit; });
    })()`);
  }

  async hearsDigits(digits: string): Promise<void> {
    await this.#until(`the digits ${digits}`, `globalThis.heardDigits === ${JSON.stringify(digits)}`);
  }

  record(seconds: number): Promise<Pcm> {
    return recordRemoteAudio(this.page, seconds);
  }

  /** Waits until what the page hears is this tone, for 600 ms of a second. */
  async hears(frequencyHz: number): Promise<void> {
    const listen = async (): Promise<true | undefined> =>
      toneMs(await this.record(1), frequencyHz) >= 600 ? true : undefined;
    await until(`${frequencyHz} Hz in the page`, listen, 12_000);
  }

  /** The codec of what the newest connection receives, e.g. opus. */
  async codec(): Promise<string> {
    const expression = `(async () => {
      const report = [...(await ${NEWEST_PEER}.getStats()).values()];
      const inbound = report.find((stats) => stats.type === 'inbound-rtp');
      return report.find((stats) => stats.id === inbound?.codecId)?.mimeType?.replace('audio/', '') ?? '';
    })()`;
    return String(await this.page.evaluate(expression));
  }
}
