import type { Fault, Millis } from '@earshot/base';
import type { StatsReport } from '../browser.js';
import type { CallContext } from '../call-events.js';
import type { AudioConnection } from '../media/audio-connection.js';
import type { MediaFigures } from '../media/stats.js';
import { VERSION } from '../version.js';
import { Evidence, type Note } from './evidence.js';
import { Sampler } from './sampler.js';
import { evidenceMessage } from './unsent.js';

/** In ms: a timer that is this much too late is an event of its own. Hidden pages are allowed a second. */
const STALLED = 2_000;

/** All that one call notes and measures, from the click on, and how it is told. */
export class Witness {
  readonly evidence: Evidence;
  readonly #context: CallContext;
  readonly #startedAt: Millis;
  readonly #sampler = new Sampler();
  readonly #deaf = new AbortController();
  #track: MediaStreamTrack | null | undefined;
  #enabled = true;
  #live = true;

  /** `startedAt`: when the call was asked for. */
  constructor(context: CallContext, startedAt: Millis) {
    const { browser, callId, privacy } = context;
    this.#context = context;
    this.#startedAt = startedAt;
    this.evidence = new Evidence(browser, startedAt, privacy, {
      isOpen: () => context.isConnected(),
      send: (batch) => context.send(evidenceMessage(callId, batch, this.evidence.sinceStart())),
    });
    this.note({
      type: 'client.info',
      browser: browser.facts(),
      sdk: VERSION,
      clock: Math.round(browser.now()),
      network: browser.network(),
    });
  }

  readonly note: Note = (event, at) => {
    this.evidence.note(event, at);
    this.#sampler.disturb(this.#context.browser.now());
  };

  /** Notes what the browser and the system do to the microphone. */
  watchMicrophone(track: MediaStreamTrack, onEnded: () => void): void {
    const { signal } = this.#deaf;
    this.#track = track;
    this.#live = true;
    track.addEventListener('mute', () => this.note({ type: 'mic.track', state: 'muted' }), { signal });
    track.addEventListener('unmute', () => this.note({ type: 'mic.track', state: 'unmuted' }), { signal });
    track.addEventListener(
      'ended',
      () => {
        this.lookAt(track);
        onEnded();
      },
      { signal },
    );
    this.lookAt(track);
  }

  /** What is sent now. No event says what the page itself does to it: mutes it, stops it, takes it away. */
  lookAt(track: MediaStreamTrack | null | undefined): void {
    if (track === undefined) return;
    if (track !== this.#track) {
      this.note({ type: 'mic.track', state: track === null ? 'removed' : 'replaced' });
      this.#track = track;
      this.#live = true;
    }
    if (track === null) return;
    if (track.enabled !== this.#enabled) {
      this.#enabled = track.enabled;
      this.note({ type: 'mic.track', state: track.enabled ? 'enabled' : 'disabled' });
    }
    if (this.#live && track.readyState === 'ended') {
      this.#live = false;
      this.note({ type: 'mic.track', state: 'ended' });
    }
  }

  /** A report of the monitor. `last`: the call is over. */
  take(report: StatsReport, seen: MediaFigures, audio: AudioConnection, lateMs: Millis, last: boolean): void {
    const { browser } = this.#context;
    const now = browser.now();
    if (lateMs >= STALLED) this.note({ type: 'client.stalled', lateMs: Math.round(lateMs) });
    this.lookAt(audio.sending);
    const around = { state: audio.state, hidden: browser.isHidden(), lateMs };
    const sample = this.#sampler.take(now, report, seen, around, last);
    if (sample !== undefined) this.evidence.add({ atMs: this.evidence.sinceStart(now), ...sample });
  }

  /** The call lets go of its microphone: what becomes of it is nobody's. */
  release(): void {
    this.#deaf.abort();
  }

  /**
   * Tells what is left when the call is over, in the way that is likeliest to arrive; then nothing more. `leaving`: so
   * does the page. `abandoned`: the call never came to `call.start`.
   */
  end(leaving: boolean, abandoned?: { readonly to: string; readonly fault?: Fault }): void {
    const { browser, callId, leave, post } = this.#context;
    const { evidence } = this;
    this.release();
    if (evidence.isOpen || abandoned !== undefined) {
      const rest = evidence.take();
      const isPosted = (leaving || browser.isHidden()) && post(rest, evidence.sinceStart());
      const left = isPosted ? { events: [], samples: [] } : rest;
      leave({ callId, startedAt: this.#startedAt, ...left, ...(abandoned === undefined ? {} : { abandoned }) });
    }
    evidence.stop();
  }
}
