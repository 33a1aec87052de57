import type { BrowserEvent } from '@earshot/telemetry';
import type { Speaker } from './browser.js';
import { EarshotError } from './earshot-error.js';
import type { Note, Untimed } from './evidence/evidence.js';
import { printable } from './evidence/printable.js';

type PlayoutEvent = Extract<Untimed<BrowserEvent>, { type: 'playout.state' }>;

/** Has the far end heard, through a speaker that it borrows, and notes what becomes of it. */
export class Playout {
  readonly #acquire: () => Speaker;
  readonly #release: (speaker: Speaker) => void;
  readonly #note: Note;
  #speaker: Speaker | undefined;
  #device: string | undefined;
  #noted = '';
  #released = false;

  constructor(acquire: () => Speaker, release: (speaker: Speaker) => void, note: Note) {
    this.#acquire = acquire;
    this.#release = release;
    this.#note = note;
  }

  /** Gives the reason where nothing is to be heard. */
  async play(stream: MediaStream): Promise<EarshotError | undefined> {
    if (this.#released) return undefined;
    const speaker = this.#borrow();
    try {
      if (this.#device !== undefined) await this.useDevice(this.#device).catch(() => undefined);
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

  /** Rejects with playout.sink_failed where the device cannot be used; then it stays with the one before. */
  async useDevice(deviceId: string): Promise<void> {
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
    if (this.#speaker !== undefined) this.#release(this.#speaker);
    this.#speaker = undefined;
  }

  #borrow(): Speaker {
    if (this.#speaker === undefined) {
      this.#speaker = this.#acquire();
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
