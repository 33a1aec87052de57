import type { Call } from '../call.js';
import { nameOf } from './name.js';

/**
 * Shows a call where the system shows what plays: title, hang up, mute, on a headset or a lock screen. Returns what
 * takes it away.
 */
export function showCall(call: Call): () => void {
  // What is of calls not every browser has.
  const { mediaSession } = navigator as {
    mediaSession?: Omit<MediaSession, 'setMicrophoneActive'> & Partial<MediaSession>;
  };
  if (mediaSession === undefined) return () => undefined;
  const handle = (action: string, run: (() => void) | null): void => {
    try {
      mediaSession.setActionHandler(action as MediaSessionAction, run);
    } catch {
      // A browser refuses what it does not know, and goes without.
    }
  };
  const onMute = (): void => void mediaSession.setMicrophoneActive?.(!call.muted);
  mediaSession.metadata = new MediaMetadata({ title: nameOf(call), artist: document.title });
  mediaSession.playbackState = 'playing';
  handle('hangup', () => call.hangUp());
  handle('togglemicrophone', () => (call.muted ? call.unmute() : call.mute()));
  const off = call.on('mute', onMute);
  onMute();
  return () => {
    off();
    handle('hangup', null);
    handle('togglemicrophone', null);
    mediaSession.metadata = null;
    mediaSession.playbackState = 'none';
  };
}
