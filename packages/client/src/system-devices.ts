import type { Browser } from './browser.js';

/** In ms: longer than this nothing waits for what a browser may never answer, in apps for example. */
const PATIENCE = 1_000;

export function answered<Answer>(question: Promise<Answer> | undefined): Promise<Answer | undefined> {
  const silence = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE, undefined));
  return question === undefined ? Promise.resolve(undefined) : Promise.race([question.catch(() => undefined), silence]);
}

/** Storage may be switched off, or full: then a choice lasts as long as the page. */
export function allowed<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/** What the real browser knows of devices, and keeps for the site. */
export const systemDevices: Pick<Browser, 'devices' | 'onDevices' | 'remember' | 'remembered'> = {
  devices: async () => (await answered((navigator as Partial<Navigator>).mediaDevices?.enumerateDevices())) ?? [],

  onDevices: (listener) => {
    const { mediaDevices, permissions } = navigator as Partial<Navigator>;
    mediaDevices?.addEventListener('devicechange', listener);
    // Safari never says that a permission changed: its settings are another window, from which one comes back.
    addEventListener('focus', listener);
    permissions?.query({ name: 'microphone' as PermissionName }).then(
      (status) => status.addEventListener('change', listener),
      () => undefined,
    );
  },

  remembered: (key) => allowed(() => localStorage.getItem(key)) ?? undefined,
  remember: (key, text) => allowed(() => localStorage.setItem(key, text)),
};
