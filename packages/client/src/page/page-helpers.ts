import type { Call } from '../call.js';
import type { Phone } from '../phone.js';
import { showCall } from './media-session.js';
import { callerAlone, type NotificationText, notifyOf } from './notifications.js';
import { holdScreen } from './wake-lock.js';

/** What the SDK does to the page besides calling; all of it unless switched off. */
export interface PageOptions {
  /** The screen stays on while a call is on. */
  readonly wakeLock?: boolean;
  /** The system shows the call with buttons to hang up and to mute, and headsets have theirs. */
  readonly mediaSession?: boolean;
  /**
   * A page that is hidden notifies of incoming calls, once `phone.askForNotifications()` was answered with yes. A function
   * gives the text; the name of the caller stands alone without one.
   */
  readonly notifications?: boolean | ((call: Call) => NotificationText);
  /** Holds a Web Lock (`earshot-available`) while the page waits for calls, so that browsers do not freeze it. */
  readonly webLock?: boolean;
}

const isOn = ({ state, direction }: Call): boolean =>
  state !== 'ended' && !(direction === 'incoming' && state === 'ringing');

/** Follows the calls of a phone: the newest that is on has the page. */
export function helpPage(phone: Phone, options: PageOptions = {}): void {
  const { wakeLock = true, mediaSession = true, notifications = true } = options;
  let shown: Call | undefined;
  let hide: (() => void) | undefined;
  let screen: (() => void) | undefined;
  const follow = (): void => {
    const newest = phone.calls.findLast(isOn);
    if (newest === shown) return;
    shown = newest;
    hide?.();
    hide = newest && mediaSession ? showCall(newest) : undefined;
    if (newest === undefined) screen?.();
    screen = newest && wakeLock ? (screen ?? holdScreen()) : undefined;
  };
  phone.on('call', (call) => {
    call.on('state', follow);
    follow();
  });
  if (notifications === false) return;
  phone.on('incoming', (call) => notifyOf(call, notifications === true ? callerAlone : notifications));
}
