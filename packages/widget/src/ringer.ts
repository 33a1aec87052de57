/** Ring tone in seconds: two short bursts, then a pause. */
const BURSTS = [0, 0.5] as const;
const BURST = 0.35;
const PERIOD = 2.5;
const LOUDNESS = 0.12;

/**
 * Rings while somebody calls. Browsers only let a page make sound after a gesture, so `unlock` runs when the person
 * says that this page waits for calls.
 */
export class Ringer {
  #context: AudioContext | undefined;
  #device = '';
  #ring: ReturnType<typeof setInterval> | undefined;

  unlock(): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
    this.#follow();
  }

  /** Rings on this device from now on; '' is the choice of the system. */
  useDevice(deviceId: string): void {
    this.#device = deviceId;
    this.#follow();
  }

  start(): void {
    if (this.#ring !== undefined) return;
    this.#once();
    this.#ring = setInterval(() => this.#once(), PERIOD * 1_000);
  }

  stop(): void {
    clearInterval(this.#ring);
    this.#ring = undefined;
  }

  #once(): void {
    const context = this.#context;
    if (context?.state !== 'running') return;
    for (const start of BURSTS) {
      const at = context.currentTime + start;
      const gain = context.createGain();
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.03);
      gain.gain.setValueAtTime(LOUDNESS, at + BURST - 0.05);
      gain.gain.linearRampToValueAtTime(0, at + BURST);
      gain.connect(context.destination);
      for (const frequency of [440, 554]) {
        const tone = context.createOscillator();
        tone.frequency.value = frequency;
        tone.connect(gain);
        tone.start(at);
        tone.stop(at + BURST);
      }
    }
  }

  /** Where browsers offer no choice, it rings where everything sounds. */
  #follow(): void {
    const context = this.#context as (AudioContext & { setSinkId?: (id: string) => Promise<void> }) | undefined;
    context?.setSinkId?.(this.#device).catch(() => undefined);
  }
}
