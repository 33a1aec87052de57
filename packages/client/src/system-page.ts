import type { NetworkFacts } from '@earshot/telemetry';
import type { PageEvent } from './browser.js';
import { optional, printable } from './evidence/printable.js';

/** What the browser knows of its network; Network Information is Chromium's alone. */
export function networkFacts(): NetworkFacts {
  const { type, effectiveType } = networkInformation() ?? {};
  return {
    online: navigator.onLine,
    ...optional('type', printable(type, 32)),
    ...optional('effectiveType', printable(effectiveType, 32)),
  };
}

type NetworkInformation = EventTarget & { readonly type?: unknown; readonly effectiveType?: unknown };

export const networkInformation = (): NetworkInformation | undefined =>
  (navigator as { connection?: NetworkInformation }).connection;

/** Listeners that are taken off together. */
export function listeners() {
  const deaf = new AbortController();
  const { signal } = deaf;
  return {
    signal,
    on: (target: EventTarget | undefined, type: string, run: (event: Event) => unknown): void =>
      target?.addEventListener(type, run, { signal }),
    off: (): void => deaf.abort(),
  };
}

/** The page lifecycle, the network and the devices, as events come. */
export function watchPage(listener: (event: PageEvent) => void): () => void {
  const { on, off, signal } = listeners();
  const lifecycle = (state: Extract<PageEvent, { type: 'client.lifecycle' }>['state']) => (): void =>
    listener({ type: 'client.lifecycle', state });
  on(document, 'visibilitychange', () => lifecycle(document.visibilityState === 'hidden' ? 'hidden' : 'visible')());
  on(document, 'freeze', lifecycle('frozen'));
  on(document, 'resume', lifecycle('thawed'));
  on(window, 'pagehide', lifecycle('leaving'));
  on(window, 'pageshow', (event) => {
    if ((event as PageTransitionEvent).persisted) lifecycle('restored')();
  });

  let network = JSON.stringify(networkFacts());
  const onNetwork = (): void => {
    const facts = networkFacts();
    const text = JSON.stringify(facts);
    // Chromium says "change" for every new guess at the bandwidth.
    if (text === network) return;
    network = text;
    listener({ type: 'client.network', network: facts });
  };
  on(window, 'online', onNetwork);
  on(window, 'offline', onNetwork);
  on(networkInformation(), 'change', onNetwork);

  const { mediaDevices } = navigator as Partial<Navigator>;
  let counts = '';
  const count = async (isChange: boolean): Promise<void> => {
    const devices = (await mediaDevices?.enumerateDevices().catch(() => undefined)) ?? [];
    const inputs = devices.filter(({ kind }) => kind === 'audioinput').length;
    const outputs = devices.filter(({ kind }) => kind === 'audiooutput').length;
    const text = `${inputs} ${outputs}`;
    if (text === counts || signal.aborted) return;
    counts = text;
    if (isChange) listener({ type: 'mic.devices', inputs, outputs });
  };
  on(mediaDevices, 'devicechange', () => void count(true));
  void count(false);
  return off;
}
