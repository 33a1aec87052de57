import type { Millis } from '@earshot/base';
import type { Browser, MicrophoneContext } from './browser.js';
import { checkPermission, type PermissionStep } from './devices/permission.js';
import { EarshotError } from './earshot-error.js';
import type { Note } from './evidence/evidence.js';
import { optional, printable } from './evidence/printable.js';
import { asRejection, nameMicrophoneError } from './microphone-error.js';

/** In ms: when an unanswered question is first remarked, and how many times as long until the next remark. */
const WAITING = { first: 5_000, growth: 3 } as const;

/** What becomes of the question. */
export interface QuestionListener {
  /** Opens the microphone. */
  open(wishes: MediaTrackConstraints): Promise<MediaStream>;
  step(step: PermissionStep): void;
  /** It did not come to an end, or not to the one that was wished for. */
  trouble(error: EarshotError): void;
}

/** Asks the browser for the microphone, and takes down what comes of it. */
export class MicrophoneQuestion {
  /** Rejects with an EarshotError whose code starts with `mic.`. */
  readonly stream: Promise<MediaStream>;
  readonly #browser: Browser;
  readonly #note: Note;
  readonly #listener: QuestionListener;
  readonly #askedAt: Millis;
  #known: MicrophoneContext | undefined;
  #overlooked = false;
  #cancel: (() => void) | undefined;

  /** Must be made inside the user's gesture: browsers only listen there. */
  constructor(browser: Browser, wishes: MediaTrackConstraints, note: Note, listener: QuestionListener) {
    this.#browser = browser;
    this.#note = note;
    this.#listener = listener;
    this.#askedAt = browser.now();
    // Asked first, so that it is the state before the question.
    const context = browser.microphoneContext();
    const byId = wishes.deviceId !== undefined;
    void context.then((known) => this.#learn(known, byId));
    this.stream = this.#ask(listener.open(wishes), context, wishes);
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
    this.#listener.step({ state: 'refused', code: 'mic.prompt_ignored' });
    return new EarshotError('mic.prompt_ignored');
  }

  async #ask(
    answer: Promise<MediaStream>,
    context: Promise<MicrophoneContext>,
    wishes: MediaTrackConstraints,
  ): Promise<MediaStream> {
    let stream: MediaStream;
    try {
      stream = await answer;
    } catch (thrown) {
      const tookMs = this.#browser.now() - this.#askedAt;
      const rejection = asRejection(thrown);
      const { deviceId, ...others } = wishes;
      const known = await context;
      const why = nameMicrophoneError(rejection, { ...known, tookMs, byId: deviceId !== undefined });
      const open = this.#cancel !== undefined;
      if (open && deviceId !== undefined && why.code === 'mic.stale_device') {
        // Another microphone is better than none; whoever wished for this one is told.
        stream = await this.#ask(this.#listener.open(others), context, others);
        this.#note({ type: 'mic.switched', reason: 'recovered', code: why.code, ...labelOf(stream) });
        this.#listener.trouble(new EarshotError(why));
        return stream;
      }
      this.#settle();
      if (open) {
        const name = printable(rejection.name, 64) ?? 'Error';
        this.#note({ type: 'mic.failed', code: why.code, name, ...optional('message', printable(rejection.message)) });
        this.#listener.step({ state: 'refused', code: why.code });
      }
      throw new EarshotError(why);
    }
    if (this.#cancel !== undefined) {
      this.#settle();
      this.#note({ type: 'mic.opened', ...settingsOf(stream) });
      this.#listener.step({ state: 'granted' });
    }
    return stream;
  }

  #learn(known: MicrophoneContext, byId: boolean): void {
    this.#known = known;
    const { permission, secure, allowedByPolicy, listed } = known;
    if (permission !== 'granted' && this.#cancel !== undefined && checkPermission(known).code === undefined)
      this.#listener.step({ state: 'asking' });
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
        this.#listener.step({ state: 'waiting' });
        this.#listener.trouble(new EarshotError('mic.prompt_ignored'));
      }
      if (this.#cancel !== undefined) this.#remind(waitedMs * WAITING.growth);
    });
  }

  #settle(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

function settingsOf(stream: MediaStream) {
  const [track] = stream.getAudioTracks();
  const { sampleRate, echoCancellation, noiseSuppression, autoGainControl } = track?.getSettings() ?? {};
  return {
    ...labelOf(stream),
    ...optional('sampleRate', sampleRate),
    // Some browsers say what is cancelled instead of yes.
    ...(echoCancellation === undefined ? {} : { echoCancellation: Boolean(echoCancellation) }),
    ...optional('noiseSuppression', noiseSuppression),
    ...optional('autoGainControl', autoGainControl),
  };
}

const labelOf = (stream: MediaStream) => optional('label', printable(stream.getAudioTracks()[0]?.label));
