import type { ErrorCode, Millis } from '@earshot/base';
import type { BrowserEvent } from '@earshot/telemetry';
import type { Browser } from '../browser.js';
import { EarshotError } from '../earshot-error.js';
import { asRejection, nameMicrophoneError } from '../microphone-error.js';

const SPEECH: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** In ms: how long after a failed attempt to open a microphone anew comes the next. */
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

/**
 * The one owner of the microphone in a page: iOS ends the first track when a second one is asked for, so calls share one
 * source. Each has a track of its own, so that each mutes for itself.
 */
export class MicrophoneOwner {
  readonly #browser: Browser;
  /** The id of the chosen device that is there; '' for the system's choice. */
  readonly #chosen: () => string;
  readonly #loans = new Map<Borrower, Loan>();
  #asked: Promise<MediaStream> | undefined;
  /** Of the newest wish for another track: what comes for an older one is of no use any more. */
  #turn = 0;
  #missing: { readonly code: ErrorCode; named: boolean; attempts: number; busy: boolean } | undefined;
  readonly #cancel = new Map<'retry' | 'name', () => void>();

  constructor(browser: Browser, chosen: () => string) {
    this.#browser = browser;
    this.#chosen = chosen;
  }

  /** Whether a call holds a microphone now. */
  get isUsed(): boolean {
    return this.#loans.size > 0;
  }

  /**
   * A stream for one more call. Asks the browser before it returns, unless the page has a microphone already or asks
   * for it. A wish for another device takes the other calls along.
   */
  open(wishes: MediaTrackConstraints): Promise<MediaStream> {
    const own = wishes.deviceId !== undefined;
    const live = this.#live;
    const [wanted] = live === undefined || !own ? [] : idsOf(wishes.deviceId);
    if (live !== undefined && (!own || live.getSettings().deviceId === wanted))
      return Promise.resolve(this.#copy(live));
    if (this.#asked !== undefined && !own) return this.#asked.then((stream) => this.#copyOf(stream));
    const asked = this.#get(wishes);
    this.#asked = asked;
    const turn = ++this.#turn;
    const settle = (): void => {
      if (this.#asked === asked) this.#asked = undefined;
    };
    asked.then((stream) => {
      settle();
      if (this.#loans.size > 0 && turn === this.#turn) this.#give(this.#copyOf(stream), { reason: 'asked' });
    }, settle);
    return asked;
  }

  /** A call uses the track of what was opened for it, until it is released. */
  lend(borrower: Borrower, track: MediaStreamTrack, wishes: MediaTrackConstraints, isGiven = false): void {
    this.#loans.set(borrower, { track, wishes, isGiven });
  }

  release(borrower: Borrower): void {
    this.#loans.get(borrower)?.track.stop();
    this.#loans.delete(borrower);
    if (this.#own.length === 0) this.#found();
  }

  /** Moves the calls that run to another device. Rejects with an EarshotError, and they stay where they are. */
  async switchTo(deviceId: string, why: MicrophoneSwitch): Promise<void> {
    if (this.#loans.size === 0) return;
    const turn = ++this.#turn;
    const wish = deviceId === '' ? { deviceId: 'default' } : { deviceId: { exact: deviceId } };
    let stream: MediaStream;
    try {
      stream = await this.#get(wish).catch((thrown: unknown) => {
        if (asRejection(thrown).name !== 'NotReadableError') throw thrown;
        // Phones open one microphone at a time.
        for (const { track } of this.#loans.values()) track.stop();
        return this.#get(wish);
      });
    } catch (thrown) {
      this.lookAgain();
      const context = { ...(await this.#browser.microphoneContext()), tookMs: 0, byId: deviceId !== '' };
      throw new EarshotError(nameMicrophoneError(asRejection(thrown), context));
    }
    if (turn === this.#turn) this.#give(stream, why);
    else stopAll(stream);
  }

  /** The microphone of a call is of no use any more: opens one anew, and says so where that takes long. */
  recover(code: ErrorCode): void {
    if (this.#missing !== undefined || this.#own.length === 0) return;
    this.#missing = { code, named: false, attempts: 0, busy: false };
    this.#after('name', NAMED_AFTER, () => this.#name());
    void this.#attempt();
  }

  /** Devices came or went, or somebody is back at the page. `ids`: of those that are there. */
  lookAgain(ids?: ReadonlySet<string>): void {
    if (this.#missing !== undefined) {
      this.#missing.attempts = 0;
      void this.#attempt();
      return;
    }
    for (const [, { track }] of this.#own) {
      const { deviceId = '' } = track.getSettings();
      // Some browsers never say that the track of an unplugged device ended.
      if (track.readyState === 'ended' || (ids !== undefined && deviceId !== '' && !ids.has(deviceId)))
        this.recover('mic.track_ended');
    }
  }

  async #attempt(): Promise<void> {
    this.#cancel.get('retry')?.();
    const missing = this.#missing;
    if (missing === undefined || missing.busy) return;
    missing.busy = true;
    const turn = ++this.#turn;
    const stream = await this.#get({}).catch(() => undefined);
    missing.busy = false;
    if (this.#missing !== missing || turn !== this.#turn) {
      if (stream !== undefined) stopAll(stream);
      return;
    }
    if (stream !== undefined) {
      this.#give(stream, { reason: 'recovered', code: missing.code });
      return;
    }
    this.#name();
    const delay = BACKOFF[missing.attempts];
    missing.attempts += 1;
    // After the last one it is up to the devices: `lookAgain` tries anew.
    if (delay !== undefined) this.#after('retry', delay, () => void this.#attempt());
  }

  #name(): void {
    const missing = this.#missing;
    if (missing === undefined || missing.named) return;
    missing.named = true;
    for (const [borrower] of this.#own) borrower.trouble(new EarshotError(missing.code));
  }

  #give(stream: MediaStream, why: MicrophoneSwitch): void {
    this.#found();
    const [track] = stream.getAudioTracks();
    const loans = why.reason === 'recovered' ? this.#own : [...this.#loans];
    if (track === undefined || loans.length === 0) {
      stopAll(stream);
      return;
    }
    let next: MediaStreamTrack | undefined = track;
    for (const [borrower, loan] of loans) {
      const before = loan.track;
      loan.isGiven = false;
      loan.track = next ?? track.clone();
      next = undefined;
      void borrower.take(loan.track, why).finally(() => before.stop());
    }
  }

  #found(): void {
    this.#missing = undefined;
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
  }

  /** With the wishes of the oldest call, where calls run: they have one source. */
  #get(wishes: MediaTrackConstraints): Promise<MediaStream> {
    const [first] = this.#loans.values();
    const chosen = this.#chosen();
    // A wish, no must: without the device the browser takes another one.
    const device = chosen === '' ? {} : { deviceId: chosen };
    const { deviceId: _before, ...before } = first?.wishes ?? {};
    const audio = { ...SPEECH, ...before, ...device, ...wishes };
    try {
      return this.#browser.getUserMedia({ audio, video: false });
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  get #own(): readonly (readonly [Borrower, Loan])[] {
    return [...this.#loans].filter(([, { isGiven }]) => !isGiven);
  }

  get #live(): MediaStreamTrack | undefined {
    return this.#own.find(([, { track }]) => track.readyState === 'live')?.[1].track;
  }

  #copyOf(stream: MediaStream): MediaStream {
    const [track] = stream.getAudioTracks();
    return track === undefined ? stream : this.#copy(track);
  }

  #copy(track: MediaStreamTrack): MediaStream {
    const copy = track.clone();
    copy.enabled = true;
    return this.#browser.createStream([copy]);
  }

  #after(what: 'retry' | 'name', delay: Millis, run: () => void): void {
    this.#cancel.get(what)?.();
    this.#cancel.set(what, this.#browser.after(delay, run));
  }
}

function idsOf(wish: ConstrainDOMString | undefined): readonly string[] {
  if (wish === undefined || typeof wish === 'string') return wish === undefined ? [] : [wish];
  if (Array.isArray(wish)) return wish;
  const { exact, ideal } = wish as ConstrainDOMStringParameters;
  return idsOf(exact ?? ideal);
}

export function stopAll(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
