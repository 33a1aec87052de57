import type { Browser } from '../browser.js';
import { allowed } from '../system-devices.js';

/** sessionStorage: where a page may not use it, a reload costs its calls. */
export const tabStorage: Pick<Browser, 'keep' | 'kept'> = {
  kept: (key) => allowed(() => sessionStorage.getItem(key)) ?? undefined,
  keep: (key, text) =>
    allowed(() => (text === undefined ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, text))),
};
