import type { ErrorCode, Millis } from '@earshot/base';
import type { BrowserEvent } from '@earshot/telemetry';
import type { Browser } from '../browser.js';
import { EarshotError } from '../earshot-error.js';
import { asRejection, nameMicrophoneError } from '../microphone-error.js';

const SPEECH: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** In ms: how long after a failed attempt to open a microphone anew comes the next. Then it is up to the devices. */
const BACKOFF: readonly Millis[] = [500, 1_500, 4_000, 10_000];

/** In ms: after this long without a microphone the person should know, whatever the browser is busy with. */
const NAMED_AFTER = 2_000;

/** Why there is another track. `code`: what made it necessary. */
export interface MicrophoneSwitch {
  readonly reason: Extract<BrowserEvent, { type: 'mic.switched' }>['reason'];
  readonly code?: ErrorCode;
}

/** A call that sends the microphone. */
export interface Borrower {
  /** Sends this track from now on. The one before is stopped when that is done. */
  take(track: MediaStreamTrack, why: MicrophoneSwitch): Promise<void>;
  trouble(error: EarshotError): void;
}

interface Loan {
  track: MediaStreamTrack;
  readonly wishes: MediaTrackConstraints;
  /** The page opened it by itself: what becomes of it is the page's business, until another device is chosen. */
  isGiven: boolean;
}

interface Missing {
  readonly code: ErrorCode;
  isNamed: boolean;
  attempts: number;
}

/**
 * The one owner of the microphone in a page: iOS ends the first track when a second one is asked for, so calls share one
 * source, that of the first call. Each has a track of its own, so that each mutes for itself.
 */
export class MicrophoneOwner {
  readonly #browser: Browser;
  /** The id of the chosen device that is there; '' for the system's choice. */
  readonly #chosen: () => string;
  readonly #loans = new Map<Borrower, Loan>();
  #asked: Promise<MediaStream> | undefined;
  /** Of the newest wish for another track: what comes for an older one is of no use any more. */
  #turn = 0;
  #switching = 0;
  #missing: Missing | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelName: (() => void) | undefined;

  constructor(browser: Browser, chosen: () => string) {
    this.#browser = browser;
    this.#chosen = chosen;
  }

  /**
   * A stream for one more call. Asks the browser before it returns, unless the page has a microphone already, or asks
   * for one.
   */
  open(wishes: MediaTrackConstraints): Promise<MediaStream> {
    const live = this.#own.find(([, { track }]) => track.readyState === 'live')?.[1].track;
    if (live !== undefined) return Promise.resolve(this.#copy([live]));
    if (this.#asked !== undefined) return this.#asked.then((stream) => this.#copy(stream.getAudioTracks()));
    const asked = this.#get(wishes);
    const settle = (): void => {
      this.#asked = undefined;
    };
    this.#asked = asked;
    asked.then(settle, settle);
    return asked;
  }

  /** A call uses the track of what was opened for it, until it is released. */
  lend(borrower: Borrower, track: MediaStreamTrack, wishes: MediaTrackConstraints, isGiven: boolean): void {
    this.#loans.set(borrower, { track, wishes, isGiven });
  }

  release(borrower: Borrower): void {
    this.#loans.get(borrower)?.track.stop();
    this.#loans.delete(borrower);
    if (this.#own.length === 0) this.#found();
  }

  /**
   * Moves the calls that run to another device. False: a newer wish came before it. Rejects with an EarshotError, and
   * they stay where they are.
   */
  async switchTo(deviceId: string, why: MicrophoneSwitch): Promise<boolean> {
    if (this.#loans.size === 0) return true;
    const wish = { deviceId: deviceId === '' ? 'default' : { exact: deviceId } };
    this.#switching += 1;
    const swapped = await this.#swap(wish, why)
      .catch((thrown: unknown) => {
        if (asRejection(thrown).name !== 'NotReadableError') throw thrown;
        // Phones open one microphone at a time.
        for (const { track } of this.#loans.values()) track.stop();
        return this.#swap(wish, why);
      })
      .catch(asRejection);
    this.#switching -= 1;
    if (typeof swapped === 'boolean') return swapped;
    this.lookAgain();
    const context = { ...(await this.#browser.microphoneContext()), tookMs: 0, byId: deviceId !== '' };
    throw new EarshotError(nameMicrophoneError(swapped, context));
  }

  /** The microphone of a call is of no use any more: opens one anew, and says so where that takes long. */
  recover(code: ErrorCode): void {
    // iOS ends the track before when another one is asked for.
    if (this.#missing !== undefined || this.#switching > 0 || this.#own.length === 0) return;
    this.#missing = { code, isNamed: false, attempts: 0 };
    this.#cancelName = this.#browser.after(NAMED_AFTER, () => this.#name());
    void this.#attempt(this.#missing);
  }

  /** Devices came or went, or somebody is back at the page. `ids`: of those that are there. */
  lookAgain(ids?: ReadonlySet<string>): void {
    if (this.#missing !== undefined) {
      this.#missing.attempts = 0;
      void this.#attempt(this.#missing);
    }
    for (const [, { track }] of this.#own) {
      const { deviceId } = track.getSettings();
      // Some browsers never say that the track of an unplugged device ended.
      if (track.readyState === 'ended' || (deviceId && ids?.has(deviceId) === false)) this.recover('mic.track_ended');
    }
  }

  async #attempt(missing: Missing): Promise<void> {
    this.#cancelRetry?.();
    const { code } = missing;
    await this.#swap({}, { reason: 'recovered', code }).catch(() => {
      if (this.#missing !== missing) return;
      this.#name();
      const delay = BACKOFF[missing.attempts];
      missing.attempts += 1;
      if (delay !== undefined) this.#cancelRetry = this.#browser.after(delay, () => void this.#attempt(missing));
    });
  }

  #name(): void {
    const missing = this.#missing;
    if (missing === undefined || missing.isNamed) return;
    missing.isNamed = true;
    for (const [borrower] of this.#own) borrower.trouble(new EarshotError(missing.code));
  }

  async #swap(wish: MediaTrackConstraints, why: MicrophoneSwitch): Promise<boolean> {
    this.#turn += 1;
    const turn = this.#turn;
    const stream = await this.#get(wish);
    const loans = why.reason === 'recovered' ? this.#own : [...this.#loans];
    if (turn !== this.#turn || loans.length === 0) {
      stopAll(stream);
      return turn === this.#turn;
    }
    this.#found();
    for (const [index, [borrower, loan]] of loans.entries()) {
      const before = loan.track;
      const [track] = (index === 0 ? stream : this.#copy(stream.getAudioTracks())).getAudioTracks();
      loan.track = track ?? before;
      loan.isGiven = false;
      void borrower.take(loan.track, why).finally(() => before.stop());
    }
    return true;
  }

  #found(): void {
    this.#missing = undefined;
    this.#cancelRetry?.();
    this.#cancelName?.();
  }

  /** With the wishes of the oldest call, where calls run: they have one source. */
  async #get(wishes: MediaTrackConstraints): Promise<MediaStream> {
    const [first] = this.#loans.values();
    const chosen = this.#chosen();
    const { deviceId: _before, ...before } = first?.wishes ?? {};
    // A wish, no must: without the device the browser takes another one.
    const device = chosen === '' ? {} : { deviceId: chosen };
    return this.#browser.getUserMedia({ audio: { ...SPEECH, ...before, ...device, ...wishes }, video: false });
  }

  get #own(): readonly (readonly [Borrower, Loan])[] {
    return [...this.#loans].filter(([, { isGiven }]) => !isGiven);
  }

  #copy(tracks: readonly MediaStreamTrack[]): MediaStream {
    return this.#browser.createStream(tracks.map((track) => Object.assign(track.clone(), { enabled: true })));
  }
}

export function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
