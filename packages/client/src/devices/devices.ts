import type { Browser, DeviceInfo } from '../browser.js';
import { Emitter } from '../emitter.js';
import {
  type Choices,
  type Device,
  type DeviceUse,
  defaultOf,
  devicesFor,
  readChoices,
  resolveChoice,
} from './choices.js';
import { MicrophoneOwner, type MicrophoneSwitch } from './microphone-owner.js';
import { checkPermission, type MicrophonePermission } from './permission.js';

export interface DevicesEvents {
  /** The lists, the devices in use, or the names of them may have changed. */
  readonly change: readonly [];
  /** Also after the person changed it in the settings of the browser. */
  readonly permission: readonly [permission: MicrophonePermission];
  /** A chosen device is gone, and another one is used until it is back. */
  readonly gone: readonly [use: DeviceUse, device: Device];
}

/** Sends sound to the device with this id from now on. `isGone`: because the one before is not there any more. */
export type Follower = (deviceId: string, isGone: boolean) => void;

const KEY = 'earshot.devices';

const USES: readonly DeviceUse[] = ['microphone', 'speaker', 'ringer'];

/** The microphones and speakers of this page, and the choices of the person who uses it. One for all phones. */
export class Devices extends Emitter<DevicesEvents> {
  /** For calls. */
  readonly owner: MicrophoneOwner;
  readonly #browser: Browser;
  readonly #followers = new Map<Follower, DeviceUse>();
  #choices: Choices | undefined;
  #all: readonly DeviceInfo[] = [];
  #permission = '';
  #isWatching = false;

  constructor(browser: Browser) {
    super();
    this.#browser = browser;
    this.owner = new MicrophoneOwner(browser, () => this.inUse('microphone'));
  }

  /** As of the last `refresh()` or `change`. Browsers name them once a microphone was allowed. */
  get microphones(): readonly Device[] {
    return this.#list('microphone');
  }

  /** Empty in browsers that offer no choice. For speaking and for ringing. */
  get speakers(): readonly Device[] {
    return this.#list('speaker');
  }

  /** The id of the device that is used now, or would be; '' is the choice of the system. */
  inUse(use: DeviceUse): string {
    return resolveChoice(this.#chosen[use], use, this.#all);
  }

  /** What was chosen, though it may be gone. Undefined: the choice of the system. */
  chosen(use: DeviceUse): Device | undefined {
    return this.#chosen[use];
  }

  /**
   * Speaks into this device from now on, in the calls that run as well; '' is the choice of the system. Remembered, once
   * it worked. Rejects with an EarshotError, and everything stays as it was.
   */
  async useMicrophone(deviceId: string): Promise<void> {
    this.#watch();
    await this.owner.switchTo(deviceId, { reason: 'asked' });
    this.#choose('microphone', deviceId);
  }

  /** Hears the far end on this device, in the calls that run as well; '' is the choice of the system. Remembered. */
  useSpeaker(deviceId: string): void {
    this.#choose('speaker', deviceId);
  }

  /** Rings on this device; '' is the choice of the system. Remembered. */
  useRinger(deviceId: string): void {
    this.#choose('ringer', deviceId);
  }

  /** Tells where sound goes, now and whenever that changes. Returns what ends it. */
  follow(use: 'speaker' | 'ringer', follower: Follower): () => void {
    this.#watch();
    this.#followers.set(follower, use);
    const deviceId = this.inUse(use);
    if (deviceId !== '') follower(deviceId, false);
    return () => this.#followers.delete(follower);
  }

  /** Whether a call could have the microphone, without asking anybody. Later changes come as `permission`. */
  async permission(): Promise<MicrophonePermission> {
    this.#watch();
    const permission = checkPermission(await this.#browser.microphoneContext());
    this.#permission = JSON.stringify(permission);
    return permission;
  }

  /** Looks at what there is. Afterwards `change` tells. */
  async refresh(): Promise<void> {
    this.#watch();
    const all = await this.#browser.devices();
    const before = { default: defaultOf(this.#all), using: USES.map((use) => this.inUse(use)) };
    this.#all = all;
    for (const [index, use] of USES.entries()) {
      const now = this.inUse(use);
      if (before.using[index] === now) continue;
      const choice = this.#chosen[use];
      const isGone = now === '' && choice !== undefined;
      if (isGone) this.emit('gone', use, choice);
      this.#tell(use, isGone);
      // Back again: what was chosen is used. Where it went, the track ended, and `lookAgain` finds another.
      if (use === 'microphone' && now !== '') this.#move(now, 'recovered');
    }
    const isDefault = ['', 'default'].includes(this.inUse('microphone'));
    const now = defaultOf(all);
    if (isDefault && before.default && now && before.default !== now) this.#move('', 'default_changed');
    else this.owner.lookAgain(idsOf(devicesFor('microphone', all)));
    this.emit('change');
  }

  get #chosen(): Choices {
    this.#choices ??= readChoices(this.#browser.remembered(KEY));
    return this.#choices;
  }

  #list(use: DeviceUse): readonly Device[] {
    return devicesFor(use, this.#all).map(({ deviceId, label }) => ({ id: deviceId, label }));
  }

  #choose(use: DeviceUse, deviceId: string): void {
    this.#watch();
    const label = devicesFor(use, this.#all).find((device) => device.deviceId === deviceId)?.label ?? '';
    const { [use]: before, ...others } = this.#chosen;
    this.#choices = deviceId === '' ? others : { ...others, [use]: { id: deviceId, label } };
    this.#browser.remember(KEY, JSON.stringify(this.#choices));
    if (before?.id !== deviceId) this.#tell(use, false);
    this.emit('change');
  }

  #tell(use: DeviceUse, isGone: boolean): void {
    for (const [follower, follows] of this.#followers) if (follows === use) follower(this.inUse(use), isGone);
  }

  /** From the first use on: nothing of the browser is touched before. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#browser.onDevices(() => {
      void this.refresh();
      void this.#checkPermission();
    });
    void this.refresh();
  }

  async #checkPermission(): Promise<void> {
    const before = this.#permission;
    const permission = await this.permission();
    if (before !== '' && this.#permission !== before) this.emit('permission', permission);
  }

  /** Where it cannot be, what was used before goes on, or is looked for. */
  #move(deviceId: string, reason: MicrophoneSwitch['reason']): void {
    this.owner.switchTo(deviceId, { reason }).catch(() => undefined);
  }
}

/** Undefined where the browser does not tell. */
function idsOf(inputs: readonly DeviceInfo[]): ReadonlySet<string> | undefined {
  const isTold = inputs.some(({ deviceId }) => deviceId !== '');
  return isTold ? new Set(inputs.map(({ deviceId }) => deviceId)) : undefined;
}

const pages = new WeakMap<Browser, Devices>();

/** Those of the page that `browser` is. */
export function devicesOf(browser: Browser): Devices {
  const known = pages.get(browser) ?? new Devices(browser);
  pages.set(browser, known);
  return known;
}
