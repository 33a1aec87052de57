import type { Browser, DeviceInfo } from './browser.js';

/** In ms: some browsers never answer, in apps for example. */
const PATIENCE = 1_000;

/** What the real browser knows of devices, and keeps for the site. */
export const systemDevices: Pick<Browser, 'devices' | 'onDevices' | 'remember' | 'remembered'> = {
  devices: async () => {
    const { mediaDevices } = navigator as Partial<Navigator>;
    const silence = new Promise<readonly DeviceInfo[]>((resolve) => setTimeout(resolve, PATIENCE, []));
    return (await Promise.race([mediaDevices?.enumerateDevices().catch(() => []), silence])) ?? [];
  },

  onDevices: (listener) => {
    const deaf = new AbortController();
    const { signal } = deaf;
    const { mediaDevices, permissions } = navigator as Partial<Navigator>;
    mediaDevices?.addEventListener('devicechange', listener, { signal });
    // Safari never says that a permission changed: the settings are another window, from which one comes back.
    addEventListener('focus', listener, { signal });
    permissions?.query({ name: 'microphone' as PermissionName }).then(
      (status) => status.addEventListener('change', listener, { signal }),
      () => undefined,
    );
    return () => deaf.abort();
  },

  remembered: (key) => {
    try {
      return localStorage.getItem(key) ?? undefined;
    } catch {
      // Storage may be switched off.
      return undefined;
    }
  },

  remember: (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Then the choice lasts as long as the page.
    }
  },
};
