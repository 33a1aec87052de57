import { type Fault, type Millis, ok, type Result } from '@earshot/base';
import { makeSecret } from '../auth/kept-secret.js';
import { FileWatch } from '../config/file-watch.js';
import { faultFields, type Log } from '../log.js';
import { NOTICE_MS, rotated, type SecretRing } from './secret-ring.js';
import { SecretsFile } from './secrets-file.js';

export interface TurnSecretsOptions {
  readonly dataDir: string;
  readonly credentialMs: Millis;
  readonly rotateMs: Millis;
  readonly log: Log;
  /** The clock of timers: never set. */
  readonly now: () => Millis;
  readonly timeOfDay: () => Millis;
  /**
   * Others are accepted now. `replaces`: one is refused from now on though what it signed has not expired, so sessions
   * need fresh credentials at once.
   */
  readonly onChange: (accepted: readonly string[], replaces: boolean) => void;
  readonly makeSecret?: () => string;
}

/** A file that could not be written is tried again after this long, in ms. */
const RETRY_MS = 60_000;

/**
 * The secrets of the embedded relay while the server runs. They are kept in a file, which `earshot turn rotate` changes
 * as well; `poll` notices. The file speaks by the time of day. What is left of a time is measured once, when it is read,
 * and runs on the clock that is never set: a system clock that jumps makes no secret invalid.
 */
export class TurnSecrets {
  readonly #options: TurnSecretsOptions;
  readonly #file: SecretsFile;
  readonly #watch: FileWatch;
  #ring: SecretRing;
  /** Until when each is accepted, by `now`. */
  #deadlines = new Map<string, Millis>();
  #rotateAt: Millis = Infinity;

  private constructor(options: TurnSecretsOptions, file: SecretsFile, watch: FileWatch, ring: SecretRing) {
    this.#options = options;
    this.#file = file;
    this.#watch = watch;
    this.#ring = ring;
    this.#measure();
  }

  /** Takes the kept secrets, or makes the first one. Faults: `turn.secret_unreadable`, `server.data_folder`. */
  static async open(options: TurnSecretsOptions): Promise<Result<TurnSecrets>> {
    const file = new SecretsFile(options.dataDir);
    // Watched before it is read, so that no change is missed.
    const watch = await FileWatch.start([file.path]);
    const read = file.read();
    if (!read.ok) return read;
    const ring = read.value ?? next(undefined, options);
    if (read.value === undefined) {
      const written = file.write(ring);
      if (!written.ok) return written;
    }
    return ok(new TurnSecrets(options, file, watch, ring));
  }

  /** What credentials are signed by from now on. */
  get signing(): string {
    return this.#ring[0].secret;
  }

  get madeAt(): Millis {
    return this.#ring[0].madeAt;
  }

  /** Newest first. */
  get accepted(): readonly string[] {
    return [...this.#deadlines.keys()];
  }

  /** To be called every second or so. */
  async poll(): Promise<void> {
    if (await this.#watch.hasChanged()) this.reload();
    const now = this.#options.now();
    if (now >= this.#rotateAt) this.#rotate();
    const expired = [...this.#deadlines].filter(([, deadline]) => now >= deadline);
    if (expired.length === 0) return;
    for (const [secret] of expired) this.#deadlines.delete(secret);
    this.#options.log.info({ secrets: this.#deadlines.size }, 'earlier relay secrets have run out');
    this.#options.onChange(this.accepted, false);
  }

  /** Reads the file now. One that cannot be read changes nothing; one that is gone is written again. */
  reload(): void {
    const read = this.#file.read();
    if (read.ok && read.value !== undefined) {
      this.#adopt(read.value);
      return;
    }
    const written = read.ok ? this.#file.write(this.#ring) : read;
    if (!written.ok) this.#failed(written.error);
  }

  #rotate(): void {
    const read = this.#file.read();
    const kept = read.ok ? (read.value ?? this.#ring) : this.#ring;
    // A command was faster, and its change is not noticed yet.
    if (kept[0].secret !== this.signing) this.#adopt(kept);
    else this.#replace(next(kept, this.#options));
  }

  #replace(ring: SecretRing): void {
    const written = this.#file.write(ring);
    if (written.ok) {
      this.#adopt(ring);
      return;
    }
    this.#failed(written.error);
    this.#rotateAt = this.#options.now() + RETRY_MS;
  }

  #failed(failure: Fault): void {
    this.#options.log.error(faultFields(failure), 'the relay secrets stay as they are');
  }

  #adopt(ring: SecretRing): void {
    const before = this.#deadlines;
    const signing = this.signing;
    this.#ring = ring;
    this.#measure();
    const after = this.accepted;
    const now = this.#options.now();
    const replaces = [...before].some(([secret, deadline]) => deadline > now && !this.#deadlines.has(secret));
    if (!replaces && after.join() === [...before.keys()].join()) return;
    if (signing !== this.signing) {
      const madeAt = new Date(this.madeAt).toISOString();
      this.#options.log.info({ madeAt, secrets: after.length, replaces }, 'relay credentials have a new secret');
    }
    this.#options.onChange(after, replaces);
  }

  /** Turns the file's times into deadlines. One that is running already is not moved by a clock that jumped meanwhile. */
  #measure(): void {
    const { now, timeOfDay, credentialMs, rotateMs } = this.#options;
    const [at, day] = [now(), timeOfDay()];
    const before = this.#deadlines;
    const wasSigning = before.keys().next().value;
    this.#deadlines = new Map();
    for (const [index, { secret, acceptedUntil }] of this.#ring.entries()) {
      const running = before.get(secret) ?? Infinity;
      // The clamp is for a clock that was ahead when the file was written.
      const left = acceptedUntil === undefined ? Infinity : Math.min(acceptedUntil - day, credentialMs + NOTICE_MS);
      const deadline = index === 0 ? Infinity : Number.isFinite(running) ? running : at + left;
      if (deadline > at) this.#deadlines.set(secret, deadline);
    }
    if (wasSigning === this.signing) return;
    this.#rotateAt = at + Math.min(Math.max(this.madeAt + rotateMs - day, 0), rotateMs);
  }
}

const next = (ring: SecretRing | undefined, options: TurnSecretsOptions): SecretRing =>
  rotated(ring, {
    secret: (options.makeSecret ?? makeSecret)(),
    now: options.timeOfDay(),
    credentialMs: options.credentialMs,
    drop: false,
  });
