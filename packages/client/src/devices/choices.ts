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

export function devicesFor(use: DeviceUse, all: readonly DeviceInfo[]): readonly DeviceInfo[] {
  const wanted = use === 'microphone' ? 'audioinput' : 'audiooutput';
  return all.filter(({ kind }) => kind === wanted);
}

/** The id to use for a choice: that of the device, or '' for the system's where it is gone. */
export function resolveChoice(choice: Device | undefined, use: DeviceUse, all: readonly DeviceInfo[]): string {
  if (choice === undefined) return '';
  // Before the first permission browsers name nothing: a wish for what may be gone does no harm.
  if (!all.some(({ deviceId }) => deviceId)) return choice.id;
  const offered = devicesFor(use, all);
  const same =
    offered.find(({ deviceId }) => deviceId === choice.id) ??
    offered.find(({ label }) => label && label === choice.label);
  return same?.deviceId ?? '';
}

/** What Chromium's `default` stands for now. Undefined in browsers without such an entry, '' while it is unnamed. */
export function defaultOf(all: readonly DeviceInfo[]): string | undefined {
  return all.find(({ kind, deviceId }) => kind === 'audioinput' && deviceId === 'default')?.label;
}

export function readChoices(kept = '{}'): Choices {
  try {
    return Object(JSON.parse(kept)) as Choices;
  } catch {
    // Whatever wrote it, it was not this.
    return {};
  }
}
