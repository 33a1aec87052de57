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
  /** The lists, the devices in use, their names or the permission may have changed: somebody is back at the page. */
  readonly change: readonly [];
}

/** Sends sound to the device with this id from now on. `isGone`: because the one before is not there any more. */
export type Follower = (deviceId: string, isGone: boolean) => void;

const KEY = 'earshot.devices';

/** The microphones and speakers of this page, and the choices of the person who uses it. One for all phones. */
export class Devices extends Emitter<DevicesEvents> {
  /** For calls. */
  readonly owner: MicrophoneOwner;
  readonly #browser: Browser;
  #choices: Choices | undefined;
  #all: readonly DeviceInfo[] = [];
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

  /** What was chosen. It is gone where `inUse` says ''. Undefined: the choice of the system. */
  chosen(use: DeviceUse): Device | undefined {
    return this.#chosen[use];
  }

  /**
   * Speaks into this device from now on, in the calls that run as well; '' is the choice of the system. Remembered, once
   * it worked. Rejects with an EarshotError, and everything stays as it was.
   */
  async useMicrophone(deviceId: string): Promise<void> {
    this.#watch();
    if (await this.owner.switchTo(deviceId, { reason: 'asked' })) this.#choose('microphone', deviceId);
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
    let known = '';
    const look = (): void => {
      const deviceId = this.inUse(use);
      if (deviceId === known) return;
      known = deviceId;
      follower(deviceId, deviceId === '' && this.#chosen[use] !== undefined);
    };
    look();
    return this.on('change', look);
  }

  /** Whether a call could have the microphone, without asking anybody. Ask again after a `change`. */
  async permission(): Promise<MicrophonePermission> {
    this.#watch();
    return checkPermission(await this.#browser.microphoneContext());
  }

  /** Looks at what there is. Afterwards `change` tells. */
  async refresh(): Promise<void> {
    this.#watch();
    const all = await this.#browser.devices();
    const before = { default: defaultOf(this.#all), id: this.inUse('microphone') };
    this.#all = all;
    const id = this.inUse('microphone');
    const now = defaultOf(all);
    const isDefault = id === '' || id === 'default';
    // Back again: what was chosen is used. Where it went, its track is dead, and another one is looked for.
    if (id !== '' && id !== before.id) this.#move(id, 'recovered');
    else if (isDefault && before.default && now && before.default !== now) this.#move('', 'default_changed');
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
    const { [use]: _before, ...others } = this.#chosen;
    this.#choices = deviceId === '' ? others : { ...others, [use]: { id: deviceId, label } };
    this.#browser.remember(KEY, JSON.stringify(this.#choices));
    this.emit('change');
  }

  /** From the first use on: nothing of the browser is touched before. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#browser.onDevices(() => void this.refresh());
    void this.refresh();
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
