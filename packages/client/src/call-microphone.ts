import type { Browser } from './browser.js';
import { EarshotError } from './earshot-error.js';
import type { Witness } from './evidence/witness.js';
import { closeStream, MicrophoneQuestion } from './microphone.js';

export interface CallMicrophoneListener {
  opened(): void;
  /** Nobody answers the question, or the microphone stopped. */
  trouble(error: EarshotError): void;
}

/** The microphone of one call: asked for once, muted and unmuted, and given back whenever it comes. */
export class CallMicrophone {
  readonly #browser: Browser;
  readonly #witness: Witness;
  readonly #listener: CallMicrophoneListener;
  #question: MicrophoneQuestion | undefined;
  #stream: MediaStream | undefined;
  #muted = false;
  #closed = false;

  constructor(browser: Browser, witness: Witness, listener: CallMicrophoneListener) {
    this.#browser = browser;
    this.#witness = witness;
    this.#listener = listener;
  }

  get stream(): MediaStream | undefined {
    return this.#stream;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** False: it was so before. */
  setMuted(muted: boolean): boolean {
    if (this.#muted === muted) return false;
    this.#muted = muted;
    for (const track of this.#stream?.getAudioTracks() ?? []) {
      track.enabled = !muted;
      this.#witness.lookAt(track);
    }
    return true;
  }

  /** Must run inside the user's gesture. Rejects with an EarshotError whose code starts with `mic.`. */
  ask(wishes: MediaTrackConstraints): Promise<MediaStream> {
    const { note } = this.#witness;
    this.#question = new MicrophoneQuestion(this.#browser, wishes, note, (error) => this.#listener.trouble(error));
    return this.#question.stream.then((stream) => this.#hold(stream));
  }

  /** The call is over, perhaps while the question stands: then the reason, where the person overlooked it. */
  giveUp(): EarshotError | undefined {
    return this.#question?.giveUp();
  }

  close(): void {
    this.#closed = true;
    closeStream(this.#stream);
  }

  #hold(stream: MediaStream): MediaStream {
    if (this.#closed) {
      closeStream(stream);
      return stream;
    }
    this.#stream = stream;
    for (const track of stream.getAudioTracks()) {
      track.enabled = !this.#muted;
      this.#witness.watchMicrophone(track, () => this.#listener.trouble(new EarshotError('mic.track_ended')));
    }
    this.#listener.opened();
    return stream;
  }
}
