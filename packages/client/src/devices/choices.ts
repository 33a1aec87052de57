import type { DeviceInfo } from '../browser.js';

/** `ringer`: where it rings, which is not always where one speaks. */
export type DeviceUse = 'microphone' | 'speaker' | 'ringer';

export interface Device {
  /** Empty while the browser keeps it back, which it does until a microphone was allowed. */
  readonly id: string;
  /** Empty as well until then. */
  readonly label: string;
}

/** Ids change when somebody clears the data of the site; the label finds the device again. */
export type Choices = Readonly<Partial<Record<DeviceUse, Device>>>;

export const kindOf = (use: DeviceUse): DeviceInfo['kind'] => (use === 'microphone' ? 'audioinput' : 'audiooutput');

export const devicesFor = (use: DeviceUse, all: readonly DeviceInfo[]): readonly DeviceInfo[] =>
  all.filter(({ kind }) => kind === kindOf(use));

/** The id to use for a choice: that of the device, or '' for the system's where it is gone. */
export function resolveChoice(choice: Device | undefined, offered: readonly DeviceInfo[]): string {
  if (choice === undefined) return '';
  // Before the first permission browsers name nothing: a wish for what may be gone does no harm.
  if (!offered.some(({ deviceId }) => deviceId !== '')) return choice.id;
  const same =
    offered.find(({ deviceId }) => deviceId === choice.id) ??
    offered.find(({ label }) => label !== '' && label === choice.label);
  return same?.deviceId ?? '';
}

/** What Chromium's `default` stands for now. Undefined in browsers without such an entry, and while it is unnamed. */
export function defaultOf(offered: readonly DeviceInfo[]): string | undefined {
  const entry = offered.find(({ deviceId }) => deviceId === 'default');
  return entry === undefined || entry.label === '' ? undefined : `${entry.label} ${entry.groupId}`;
}

export function readChoices(kept: string | undefined): Choices {
  try {
    const read: unknown = JSON.parse(kept ?? '{}');
    if (typeof read !== 'object' || read === null) return {};
    return Object.fromEntries(Object.entries(read).filter(([, choice]) => isDevice(choice)));
  } catch {
    // Whatever wrote it, it was not this.
    return {};
  }
}

const isDevice = (value: unknown): value is Device =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'id') === 'string' &&
  typeof Reflect.get(value, 'label') === 'string';
