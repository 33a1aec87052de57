import type { Call } from '../call.js';
import { nameOf } from './name.js';

/** What a notification of an incoming call says. */
export interface NotificationText {
  readonly title: string;
  readonly body?: string;
}

/**
 * Asks whether this page may notify, inside the user's gesture. `unsupported` where browsers have no notifications;
 * never rejects.
 */
export async function askForNotifications(): Promise<NotificationPermission | 'unsupported'> {
  if (!('Notification' in globalThis)) return 'unsupported';
  return await Notification.requestPermission().catch(() => Notification.permission);
}

/** Tells of a call to a page that nobody looks at, while it rings, if notifications were allowed before. */
export function notifyOf(call: Call, text: (call: Call) => NotificationText): void {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
  if (document.visibilityState === 'visible') return;
  const { title, body = document.title } = text(call);
  let notification: Notification;
  try {
    notification = new Notification(title, { body, tag: call.id, requireInteraction: true });
  } catch {
    // Android leaves them to service workers.
    return;
  }
  notification.onclick = () => {
    window.focus();
    notification.close();
  };
  // The first change after it rings: taken, or over.
  const off = call.on('state', () => {
    off();
    notification.close();
  });
}

export const callerAlone = (call: Call): NotificationText => ({ title: nameOf(call) });
