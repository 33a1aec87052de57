import { err, ok, type Result } from '@earshot/base';
import type { Config } from './config/schema.js';
import type { Log } from './log.js';
import { type Started, startParts } from './parts/start.js';
import { Stops } from './parts/stops.js';

export type { GatewayAddresses } from './parts/whereabouts.js';

/** The server. `parts` starts and wires what it is made of. */
export class Gateway implements Started {
  readonly addresses: Started['addresses'];
  readonly reload: Started['reload'];
  readonly running: Started['running'];
  readonly onMoved: Started['onMoved'];
  readonly #stops: Stops;
  #stopped: Promise<void> | undefined;

  private constructor({ addresses, reload, running, onMoved }: Started, stops: Stops) {
    this.addresses = addresses;
    this.reload = reload;
    this.running = running;
    this.onMoved = onMoved;
    this.#stops = stops;
  }

  /** Starts everything, or nothing: on a fault what ran already is stopped again. */
  static async start(config: Config, log: Log): Promise<Result<Gateway>> {
    const stops = new Stops();
    try {
      const started = await startParts(config, log, stops);
      if (started.ok) return ok(new Gateway(started.value, stops));
      await stops.run();
      return err(started.error);
    } catch (error) {
      await stops.run();
      throw error;
    }
  }

  /** Ends every call and closes every socket. Idempotent; resolves when all is closed. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stops.run();
    await this.#stopped;
  }
}
