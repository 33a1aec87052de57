import type { BrowserEvent } from '@earshot/telemetry';
import type { Speaker } from './browser.js';
import type { CallContext } from './call-events.js';
import { EarshotError } from './earshot-error.js';
import type { Note, Untimed } from './evidence/evidence.js';
import { printable } from './evidence/printable.js';

type PlayoutEvent = Extract<Untimed<BrowserEvent>, { type: 'playout.state' }>;

type PlayoutContext = Pick<CallContext, 'acquireSpeaker' | 'releaseSpeaker' | 'devices'>;

/** Has the far end heard, through a speaker that it borrows, and notes what becomes of it. */
export class Playout {
  readonly #context: PlayoutContext;
  readonly #note: Note;
  readonly #trouble: (error: EarshotError) => void;
  #unfollow: (() => void) | undefined;
  #speaker: Speaker | undefined;
  #device: string | undefined;
  #noted = '';
  #released = false;

  /** `trouble`: something that nobody asked for just now. */
  constructor(context: PlayoutContext, note: Note, trouble: (error: EarshotError) => void) {
    this.#context = context;
    this.#note = note;
    this.#trouble = trouble;
  }

  /** Gives the reason where nothing is to be heard. */
  async play(stream: MediaStream): Promise<EarshotError | undefined> {
    if (this.#released) return undefined;
    const speaker = this.#borrow();
    try {
      this.#unfollow ??= this.#context.devices.follow('speaker', (deviceId, isGone) => this.#follow(deviceId, isGone));
      if (this.#device !== undefined) await this.#route(this.#device).catch(() => undefined);
      await speaker.play(stream);
      this.#say({ type: 'playout.state', state: 'playing' });
      return undefined;
    } catch (error) {
      // Another play() or the end of the call came between: nothing failed.
      const name = error instanceof Error ? error.name : 'Error';
      if (this.#released || name === 'AbortError') return undefined;
      const code = name === 'NotAllowedError' ? 'playout.autoplay_blocked' : undefined;
      this.#say({
        type: 'playout.state',
        state: 'failed',
        name: printable(name, 64) ?? 'Error',
        ...(code === undefined ? {} : { code }),
      });
      return code && new EarshotError(code);
    }
  }

  /**
   * For this call alone. Rejects with playout.sink_failed where the device cannot be used; then it stays with the one
   * before.
   */
  useDevice(deviceId: string): Promise<void> {
    this.#unfollow?.();
    this.#unfollow = () => undefined;
    return this.#route(deviceId);
  }

  async #route(deviceId: string): Promise<void> {
    this.#device = deviceId;
    if (this.#speaker === undefined) return;
    try {
      await this.#speaker.useDevice(deviceId);
    } catch (error) {
      this.#device = undefined;
      const name = printable(error instanceof Error ? error.name : undefined, 64) ?? 'Error';
      this.#say({ type: 'playout.state', state: 'failed', code: 'playout.sink_failed', name });
      throw new EarshotError('playout.sink_failed');
    }
  }

  release(): void {
    this.#released = true;
    this.#unfollow?.();
    if (this.#speaker !== undefined) this.#context.releaseSpeaker(this.#speaker);
    this.#speaker = undefined;
  }

  /** The choice for the whole page, and what becomes of it. */
  #follow(deviceId: string, isGone: boolean): void {
    const tell = (): void => {
      if (!this.#released) this.#trouble(new EarshotError('playout.sink_failed'));
    };
    // Heard again, and by another device: that is worth a word.
    void this.#route(deviceId).then(isGone ? tell : undefined, tell);
  }

  #borrow(): Speaker {
    if (this.#speaker === undefined) {
      this.#speaker = this.#context.acquireSpeaker();
      this.#speaker.onChange = (state) => this.#say({ type: 'playout.state', state });
    }
    return this.#speaker;
  }

  /** Browsers say some of it twice, and that a speaker is not muted before it ever was. */
  #say(event: PlayoutEvent): void {
    const key = `${event.state} ${event.code ?? ''}`;
    if (this.#released || key === this.#noted || (event.state === 'unmuted' && !this.#noted.startsWith('muted')))
      return;
    this.#noted = key;
    this.#note(event);
  }
}
