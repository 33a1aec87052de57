import type { Browser } from './browser.js';
import { EarshotError } from './earshot-error.js';
import { asRejection, nameMicrophoneError } from './microphone-error.js';

const SPEECH: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/**
 * Asks for the microphone. The browser is asked before this function returns its promise, since it only listens inside
 * the user's gesture. Rejects with an EarshotError whose code starts with `mic.`.
 */
export function openMicrophone(browser: Browser, wishes: MediaTrackConstraints = {}): Promise<MediaStream> {
  return ask(browser, { ...SPEECH, ...wishes }).catch(async (thrown: unknown) => {
    throw new EarshotError(nameMicrophoneError(asRejection(thrown), await browser.microphoneContext()));
  });
}

function ask(browser: Browser, audio: MediaTrackConstraints): Promise<MediaStream> {
  try {
    return browser.getUserMedia({ audio, video: false });
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

export function closeStream(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
