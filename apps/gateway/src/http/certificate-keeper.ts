import { type Fault, fault, type Millis, ok, type Result } from '@earshot/base';
import { FileWatch } from '../config/file-watch.js';
import { faultFields, type Log } from '../log.js';
import { pollEvery } from '../net/poll.js';
import { type CertificatePaths, readCertificate, type TlsCertificate } from './tls-certificate.js';

export interface CertificateKeeperOptions {
  readonly paths: CertificatePaths;
  readonly log: Log;
  readonly timeOfDay: () => Millis;
}

const POLL_MS = 2_000;
const DAY_MS = 86_400_000;
/** From this long before its end on, a certificate is complained about once a day, in ms. */
const EXPIRES_SOON_MS = 14 * DAY_MS;

/**
 * The certificate in use. It is taken up anew when its files have changed and hold still, and both are right; until then
 * the earlier one stays. Connections that stand keep the certificate they were made with.
 */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #watch: FileWatch;
  readonly #listeners = new Set<(certificate: TlsCertificate) => void>();
  #current: TlsCertificate;
  #complainedAt: Millis = -Infinity;
  #stop: (() => void) | undefined;

  private constructor(options: CertificateKeeperOptions, watch: FileWatch, first: TlsCertificate) {
    this.#options = options;
    this.#watch = watch;
    this.#current = first;
    this.#checkTime();
  }

  /** Fault: `server.certificate_unreadable`. */
  static async open(options: CertificateKeeperOptions): Promise<Result<CertificateKeeper>> {
    // Watched before they are read, so that no change is missed.
    const watch = await FileWatch.start([options.paths.certificate, options.paths.key], { settled: true });
    const first = await readCertificate(options.paths);
    return first.ok ? ok(new CertificateKeeper(options, watch, first.value)) : first;
  }

  get current(): TlsCertificate {
    return this.#current;
  }

  /** Another certificate is in use from now on. Gives what ends the listening. */
  onChange(listener: (certificate: TlsCertificate) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  start(): void {
    this.#stop = pollEvery(POLL_MS, () => this.poll());
  }

  stop(): void {
    this.#stop?.();
  }

  async poll(): Promise<void> {
    if (await this.#watch.hasChanged()) await this.reload();
    this.#checkTime();
  }

  /** Reads the files now. */
  async reload(): Promise<void> {
    const { log, paths } = this.#options;
    const read = await readCertificate(paths);
    if (!read.ok) {
      log.error(faultFields(read.error), 'the earlier certificate stays in use');
      return;
    }
    if (read.value.fingerprint === this.#current.fingerprint) return;
    this.#current = read.value;
    this.#complainedAt = -Infinity;
    const { fingerprint, expiresAt } = read.value;
    log.info({ fingerprint, expiresAt: new Date(expiresAt).toISOString() }, 'new certificate in use');
    this.#checkTime();
    for (const listener of this.#listeners) listener(read.value);
  }

  #checkTime(): void {
    const now = this.#options.timeOfDay();
    const failure = complaint(this.#current, now, this.#options.paths.certificate);
    if (failure === undefined || now - this.#complainedAt < DAY_MS) return;
    this.#complainedAt = now;
    this.#options.log.warn(faultFields(failure), 'the certificate needs attention');
  }
}

function complaint({ notBefore, expiresAt }: TlsCertificate, now: Millis, where: string): Fault | undefined {
  const day = (time: Millis): string => new Date(time).toISOString();
  if (now < notBefore) return fault('server.certificate_expired', `valid from ${day(notBefore)}`, where);
  if (now >= expiresAt) return fault('server.certificate_expired', `expired ${day(expiresAt)}`, where);
  if (now < expiresAt - EXPIRES_SOON_MS) return undefined;
  return fault('server.certificate_expiring', `expires ${day(expiresAt)}`, where);
}
