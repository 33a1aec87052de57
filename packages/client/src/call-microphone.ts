import type { Browser, PeerConnection, StatsReport } from './browser.js';
import type { Devices } from './devices/devices.js';
import { MicrophoneHealth, sourceFigures } from './devices/microphone-health.js';
import { type Borrower, type MicrophoneSwitch, stopAll } from './devices/microphone-owner.js';
import type { PermissionStep } from './devices/permission.js';
import { EarshotError } from './earshot-error.js';
import { optional, printable } from './evidence/printable.js';
import type { Witness } from './evidence/witness.js';
import { MicrophoneQuestion } from './microphone.js';

export interface CallMicrophoneListener {
  opened(): void;
  permission(step: PermissionStep): void;
  /** Another microphone, or the same one opened anew. */
  switched(why: MicrophoneSwitch): void;
  /** Nobody answers the question, or the microphone stopped. */
  trouble(error: EarshotError): void;
}

/** The microphone of one call: asked for once, muted and unmuted, replaced where need be, and given back. */
export class CallMicrophone implements Borrower {
  readonly #browser: Browser;
  readonly #devices: Devices;
  readonly #witness: Witness;
  readonly #listener: CallMicrophoneListener;
  readonly #health = new MicrophoneHealth();
  #question: MicrophoneQuestion | undefined;
  #stream: MediaStream | undefined;
  #peer: PeerConnection | undefined;
  #permission: PermissionStep | undefined;
  #isGiven = false;
  #muted = false;
  #closed = false;

  constructor(browser: Browser, devices: Devices, witness: Witness, listener: CallMicrophoneListener) {
    this.#browser = browser;
    this.#devices = devices;
    this.#witness = witness;
    this.#listener = listener;
  }

  get stream(): MediaStream | undefined {
    return this.#stream;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get permission(): PermissionStep | undefined {
    return this.#permission;
  }

  /** False: it was so before. */
  setMuted(muted: boolean): boolean {
    if (this.#muted === muted) return false;
    this.#muted = muted;
    this.#health.begin();
    for (const track of this.#stream?.getAudioTracks() ?? []) {
      track.enabled = !muted;
      this.#witness.lookAt(track);
    }
    return true;
  }

  /**
   * Must run inside the user's gesture. Rejects with an EarshotError whose code starts with `mic.`. A stream that is
   * given, of a `<usermedia>` element for example, is used and left as it is.
   */
  ask(wanted: MediaTrackConstraints | MediaStream): Promise<MediaStream> {
    if ('getAudioTracks' in wanted) return this.#takeGiven(wanted);
    this.#question = new MicrophoneQuestion(this.#browser, wanted, this.#witness.note, {
      open: (wishes) => this.#devices.owner.open(wishes),
      step: (step) => {
        this.#permission = step;
        this.#listener.permission(step);
      },
      trouble: (error) => this.#listener.trouble(error),
    });
    return this.#question.stream.then((stream) => this.#hold(stream, wanted, false));
  }

  /** The call is over, perhaps while the question stands: then the reason, where the person overlooked it. */
  giveUp(): EarshotError | undefined {
    return this.#question?.giveUp();
  }

  /** This connection sends the microphone. It may have been replaced while the offer was made. */
  attach({ peer }: { readonly peer: PeerConnection }): void {
    this.#peer = peer;
    const [track] = this.#stream?.getAudioTracks() ?? [];
    const sender = peer.getTransceivers()[0]?.sender;
    if (track !== undefined && sender !== undefined && sender.track !== track) void sender.replaceTrack(track);
  }

  /** What the browser counts tells whether the microphone is alive. */
  observe(report: StatsReport): void {
    const [track] = this.#stream?.getAudioTracks() ?? [];
    if (track === undefined || this.#muted || this.#closed) return;
    if (track.readyState === 'ended') {
      if (!this.#isGiven) this.#devices.owner.recover('mic.track_ended');
      return;
    }
    const ailment = this.#health.look(this.#browser.now(), sourceFigures(report), track.muted);
    if (ailment === undefined) return;
    if (ailment.lasts) this.trouble(new EarshotError(ailment.code));
    if (ailment.curable && !this.#isGiven) this.#devices.owner.recover(ailment.code);
  }

  async take(track: MediaStreamTrack, why: MicrophoneSwitch): Promise<void> {
    track.enabled = !this.#muted;
    this.#isGiven = false;
    this.#health.begin();
    this.#stream = this.#browser.createStream([track]);
    await this.#peer
      ?.getTransceivers()[0]
      ?.sender.replaceTrack(track)
      .catch(() => undefined);
    if (this.#closed) return;
    this.#witness.note({ type: 'mic.switched', ...why, ...optional('label', printable(track.label)) });
    this.#watch(track);
    this.#listener.switched(why);
  }

  trouble(error: EarshotError): void {
    if (!this.#closed) this.#listener.trouble(error);
  }

  close(): void {
    this.#closed = true;
    this.#devices.owner.release(this);
  }

  #hold(stream: MediaStream, wishes: MediaTrackConstraints, isGiven: boolean): MediaStream {
    const [track] = stream.getAudioTracks();
    if (this.#closed || track === undefined) {
      stopAll(stream);
      return stream;
    }
    this.#stream = stream;
    this.#isGiven = isGiven;
    this.#devices.owner.lend(this, track, wishes, isGiven);
    track.enabled = !this.#muted;
    this.#watch(track);
    // Now devices have names, and the one that is the default is known.
    void this.#devices.refresh().then(() => this.#adopt(track, wishes));
    this.#listener.opened();
    return stream;
  }

  /** A microphone that the page opened, with an element of the browser for example, is looked after as all are. */
  #adopt(track: MediaStreamTrack, wishes: MediaTrackConstraints): void {
    const { deviceId } = track.getSettings();
    const isLent = this.#isGiven && !this.#closed;
    if (!isLent || !this.#devices.microphones.some(({ id }) => id && id === deviceId)) return;
    this.#isGiven = false;
    this.#devices.owner.lend(this, track, wishes, false);
  }

  async #takeGiven(given: MediaStream): Promise<MediaStream> {
    const track = given.getAudioTracks().find(({ readyState }) => readyState === 'live');
    if (track === undefined) throw new EarshotError('mic.no_track');
    this.#witness.note({ type: 'mic.opened', ...optional('label', printable(track.label)) });
    // A track of its own: muting it leaves the one of the page as it is.
    return this.#hold(this.#browser.createStream([track.clone()]), {}, true);
  }

  #watch(track: MediaStreamTrack): void {
    this.#witness.watchMicrophone(track, () => {
      if (this.#isGiven) this.trouble(new EarshotError('mic.track_ended'));
      else this.#devices.owner.recover('mic.track_ended');
    });
  }
}
