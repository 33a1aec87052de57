import type { Call } from '../call.js';
import { nameOf } from './name.js';

/** Whatever a browser does not know it refuses by throwing. */
function attempt(run: () => void): void {
  try {
    run();
  } catch {
    // It goes without.
  }
}

/**
 * Shows a call where the system shows what plays: title, hang up, mute, on a headset or a lock screen. Returns what
 * takes it away.
 */
export function showCall(call: Call): () => void {
  const { mediaSession } = navigator as Partial<Navigator>;
  if (mediaSession === undefined) return () => undefined;
  // Of calls, the types of the DOM do not know yet.
  const handle = (action: string, run: (() => void) | null): void =>
    attempt(() => mediaSession.setActionHandler(action as MediaSessionAction, run));
  const active = (): void => attempt(() => void mediaSession.setMicrophoneActive(!call.muted));
  attempt(() => {
    mediaSession.metadata = new MediaMetadata({ title: nameOf(call), artist: document.title });
    mediaSession.playbackState = 'playing';
  });
  handle('hangup', () => call.hangUp());
  handle('togglemicrophone', () => (call.muted ? call.unmute() : call.mute()));
  const off = call.on('mute', active);
  active();
  return () => {
    off();
    handle('hangup', null);
    handle('togglemicrophone', null);
    mediaSession.metadata = null;
    mediaSession.playbackState = 'none';
  };
}
