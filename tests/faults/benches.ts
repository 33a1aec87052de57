import { type Chromium, type ChromiumOptions, launchChromium } from '../harness/chromium.js';
import { type Gateway, type Settings, startGateway } from '../harness/gateway.js';
import { Admin } from './admin.js';
import { type SipPeer, startSipPeer } from './peer/sip-peer.js';
import { COMMON, routesTo } from './settings.js';
import { Wire } from './wire.js';

/** A gateway on this machine, a SIP peer behind its routes, and a browser that several entries share. */
export interface Plain {
  readonly gateway: Gateway;
  readonly url: string;
  readonly admin: Admin;
  readonly peer: SipPeer;
  /** With a microphone that speaks, allowed without a question. */
  readonly browser: Chromium;
}

/** A gateway that one entry has for itself. */
export interface OwnGateway {
  readonly gateway: Gateway;
  readonly url: string;
  readonly admin: Admin;
}

export interface Benches {
  plain(): Promise<Plain>;
  /** Networks of our own between browser, gateway and SIP peer. */
  wire(): Promise<Wire>;
  /** A browser of its own, closed when the entry is over. */
  launch(options: ChromiumOptions): Promise<Chromium>;
  startGateway(settings: Readonly<Record<string, Settings>>): Promise<OwnGateway>;
}

/** What entries share, started by whoever asks first. */
export class SharedBenches {
  #plain: Promise<Plain> | undefined;
  #wire: Promise<Wire> | undefined;
  readonly #closers: (() => Promise<unknown>)[] = [];

  plain(): Promise<Plain> {
    this.#plain ??= this.#startPlain().catch((error: unknown) => {
      // The next entry tries again.
      this.#plain = undefined;
      throw error;
    });
    return this.#plain;
  }

  wire(): Promise<Wire> {
    this.#wire ??= this.#startWire().catch((error: unknown) => {
      this.#wire = undefined;
      throw error;
    });
    return this.#wire;
  }

  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close().catch(() => undefined);
    this.#plain = undefined;
    this.#wire = undefined;
  }

  async #startPlain(): Promise<Plain> {
    const peer = await startSipPeer();
    this.#closers.push(() => peer.stop());
    const gateway = await startGateway({ ...COMMON, ...routesTo(peer) });
    this.#closers.push(() => gateway.stop());
    const browser = await launchChromium({ microphone: 440 });
    this.#closers.push(() => browser.close());
    return { gateway, url: gateway.url, admin: new Admin({ url: gateway.adminUrl }), peer, browser };
  }

  async #startWire(): Promise<Wire> {
    const wire = await Wire.start();
    this.#closers.push(() => wire.stop());
    return wire;
  }
}

/** Those of one entry, with what only it uses. `defer` takes what ends it. */
export const benchesFor = (shared: SharedBenches, defer: (undo: () => unknown) => void): Benches => ({
  plain: () => shared.plain(),
  wire: () => shared.wire(),
  async launch(options) {
    const browser = await launchChromium(options);
    defer(() => browser.close());
    return browser;
  },
  async startGateway(settings) {
    const gateway = await startGateway({ ...COMMON, ...settings });
    defer(() => gateway.stop());
    return { gateway, url: gateway.url, admin: new Admin({ url: gateway.adminUrl }) };
  },
});
