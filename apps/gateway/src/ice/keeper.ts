import { fault, type Millis } from '@earshot/base';
import { faultFields, type Log } from '../log.js';
import { pollEvery } from '../net/poll.js';
import type { SessionIce } from './session-ice.js';
import type { TurnSecrets } from './turn-secrets.js';

export interface IceKeeperOptions {
  readonly ice: Pick<SessionIce, 'renewDue' | 'renewAll'>;
  /** Undefined: there is no embedded relay. */
  readonly secrets: Pick<TurnSecrets, 'poll'> | undefined;
  readonly log: Log;
  readonly now: () => Millis;
  readonly timeOfDay: () => Millis;
}

const TICK_MS = 1_000;
/** A clock that is moved by more than this was set, in ms; time synchronization slews by less. */
const SET_MS = 5_000;

/** Looks every second what is due: secrets, credentials, and whether the system's clock was set. */
export class IceKeeper {
  readonly #options: IceKeeperOptions;
  #offset: Millis;
  #stop: (() => void) | undefined;

  constructor(options: IceKeeperOptions) {
    this.#options = options;
    this.#offset = this.#measure();
  }

  start(): void {
    this.#stop = pollEvery(TICK_MS, () => this.tick());
  }

  stop(): void {
    this.#stop?.();
  }

  async tick(): Promise<void> {
    const { ice, secrets } = this.#options;
    this.#checkClock();
    await secrets?.poll();
    ice.renewDue();
  }

  /**
   * The embedded relay and its credentials go by a clock that is never set. Relays elsewhere go by the time of day: what
   * was made by the wrong one is made anew, and said.
   */
  #checkClock(): void {
    const offset = this.#measure();
    const moved = offset - this.#offset;
    if (Math.abs(moved) < SET_MS) return;
    this.#offset = offset;
    const seconds = `${moved > 0 ? '+' : ''}${Math.round(moved / 1000)} s`;
    const failure = fault('server.clock_off', `it was set by ${seconds} while the server ran`);
    this.#options.log.warn(faultFields(failure), 'relay credentials are made anew');
    this.#options.ice.renewAll(false);
  }

  #measure(): Millis {
    return this.#options.timeOfDay() - this.#options.now();
  }
}
