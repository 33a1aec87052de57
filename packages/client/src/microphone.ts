import type { Millis } from '@earshot/base';
import type { Browser, MicrophoneContext } from './browser.js';
import { EarshotError } from './earshot-error.js';
import type { Note } from './evidence/evidence.js';
import { optional, printable } from './evidence/printable.js';
import { asRejection, nameMicrophoneError } from './microphone-error.js';

const SPEECH: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** In ms: when an unanswered question is first remarked, and how many times as long until the next remark. */
const WAITING = { first: 5_000, growth: 3 } as const;

/** Asks the browser for the microphone, once, and takes down what comes of it. */
export class MicrophoneQuestion {
  /** Rejects with an EarshotError whose code starts with `mic.`. */
  readonly stream: Promise<MediaStream>;
  readonly #browser: Browser;
  readonly #note: Note;
  readonly #onOverlooked: (error: EarshotError) => void;
  readonly #askedAt: Millis;
  #known: MicrophoneContext | undefined;
  #overlooked = false;
  #cancel: (() => void) | undefined;

  /**
   * Must be made inside the user's gesture: browsers only listen there. `onOverlooked`: the prompt stands open, and
   * nobody answers.
   */
  constructor(
    browser: Browser,
    wishes: MediaTrackConstraints,
    note: Note,
    onOverlooked: (error: EarshotError) => void,
  ) {
    this.#browser = browser;
    this.#note = note;
    this.#onOverlooked = onOverlooked;
    this.#askedAt = browser.now();
    // Asked first, so that it is the state before the question.
    const context = browser.microphoneContext();
    const byId = wishes.deviceId !== undefined;
    void context.then((known) => this.#learn(known, byId));
    this.stream = this.#ask(ask(browser, { ...SPEECH, ...wishes }), context, byId);
    this.#remind(WAITING.first);
  }

  /**
   * The call is over while the question stands. Gives the reason where the prompt was overlooked; otherwise the person
   * changed their mind.
   */
  giveUp(): EarshotError | undefined {
    if (this.#cancel === undefined) return undefined;
    this.#settle();
    if (!this.#overlooked) return undefined;
    this.#note({ type: 'mic.failed', code: 'mic.prompt_ignored', name: 'none' });
    return new EarshotError('mic.prompt_ignored');
  }

  async #ask(answer: Promise<MediaStream>, context: Promise<MicrophoneContext>, byId: boolean): Promise<MediaStream> {
    let stream: MediaStream;
    try {
      stream = await answer;
    } catch (thrown) {
      const tookMs = this.#browser.now() - this.#askedAt;
      const open = this.#cancel !== undefined;
      this.#settle();
      const rejection = asRejection(thrown);
      const why = nameMicrophoneError(rejection, { ...(await context), tookMs, byId });
      if (open) {
        const name = printable(rejection.name, 64) ?? 'Error';
        this.#note({ type: 'mic.failed', code: why.code, name, ...optional('message', printable(rejection.message)) });
      }
      throw new EarshotError(why);
    }
    if (this.#cancel !== undefined) {
      this.#settle();
      this.#note({ type: 'mic.opened', ...settingsOf(stream) });
    }
    return stream;
  }

  #learn(known: MicrophoneContext, byId: boolean): void {
    this.#known = known;
    const { permission, secure, allowedByPolicy, listed } = known;
    this.#note(
      {
        type: 'mic.asked',
        secure,
        ...optional('permission', permission),
        ...optional('allowedByPolicy', allowedByPolicy),
        ...optional('listed', listed),
        ...(byId ? { byId } : {}),
      },
      this.#askedAt,
    );
  }

  #remind(waitedMs: Millis): void {
    const delay = this.#askedAt + waitedMs - this.#browser.now();
    this.#cancel = this.#browser.after(Math.max(0, delay), () => {
      this.#note({ type: 'mic.waiting', waitedMs: Math.max(0, this.#browser.now() - this.#askedAt) });
      // Where it was allowed before there is no prompt: then a device is slow.
      if (!this.#overlooked && this.#known?.permission !== 'granted') {
        this.#overlooked = true;
        this.#onOverlooked(new EarshotError('mic.prompt_ignored'));
      }
      if (this.#cancel !== undefined) this.#remind(waitedMs * WAITING.growth);
    });
  }

  #settle(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

function ask(browser: Browser, audio: MediaTrackConstraints): Promise<MediaStream> {
  try {
    return browser.getUserMedia({ audio, video: false });
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

function settingsOf(stream: MediaStream) {
  const [track] = stream.getAudioTracks();
  const { sampleRate, echoCancellation, noiseSuppression, autoGainControl } = track?.getSettings() ?? {};
  return {
    ...optional('label', printable(track?.label)),
    ...optional('sampleRate', sampleRate),
    // Some browsers say what is cancelled instead of yes.
    ...(echoCancellation === undefined ? {} : { echoCancellation: Boolean(echoCancellation) }),
    ...optional('noiseSuppression', noiseSuppression),
    ...optional('autoGainControl', autoGainControl),
  };
}

export function closeStream(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
