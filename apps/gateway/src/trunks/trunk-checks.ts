import { fault } from '@earshot/base';
import type { SipEvent } from '@earshot/sip';
import { now as clockNow } from '../clock.js';
import type { Log } from '../log.js';
import { resolveHost } from '../net/addresses.js';
import { hostPortOf } from '../net/host-port.js';
import type { SipPort } from '../sip/udp-agent.js';
import { CoreTimer } from '../timer.js';
import { TrunkMonitor, type TrunkOutput, type TrunkStatus } from './trunk-monitor.js';

export type OptionsEvent = Extract<SipEvent, { type: 'options' }>;

export interface TrunkChecksOptions {
  /** SIP address of each trunk by its name. */
  readonly targets: ReadonlyMap<string, string>;
  readonly intervalMs: number;
  readonly agent: Pick<SipPort, 'handle' | 'flowTo'>;
  readonly log: Log;
  readonly onChange?: (status: TrunkStatus) => void;
  /** Finds the address of a host; from the system unless told. */
  readonly resolve?: (host: string) => Promise<string | undefined>;
  readonly random?: () => number;
}

/** Asks every trunk by SIP OPTIONS whether it is there. */
export class TrunkChecks {
  readonly #options: TrunkChecksOptions;
  readonly #monitor: TrunkMonitor;
  readonly #timer = new CoreTimer((now) => this.#perform(this.#monitor.tick(now)));

  constructor(options: TrunkChecksOptions) {
    this.#options = options;
    this.#monitor = new TrunkMonitor({
      trunks: [...options.targets.keys()],
      intervalMs: options.intervalMs,
      now: clockNow(),
      random: options.random ?? Math.random,
    });
    this.#timer.arm(this.#monitor.nextTimeout);
  }

  get statuses(): readonly TrunkStatus[] {
    return this.#monitor.statuses;
  }

  onOptions({ id, status, fault: failure }: OptionsEvent): void {
    this.#answered(id, {
      ...(status === undefined ? {} : { status }),
      ...(failure === undefined ? {} : { fault: failure }),
    });
  }

  stop(): void {
    this.#timer.stop();
  }

  #answered(id: string, answer: Parameters<TrunkMonitor['answered']>[2]): void {
    this.#perform(this.#monitor.answered(clockNow(), id, answer));
  }

  #perform(outputs: readonly TrunkOutput[]): void {
    for (const output of outputs) {
      if (output.type === 'ask') void this.#ask(output.id, output.name);
      else this.#changed(output.status);
    }
    this.#timer.arm(this.#monitor.nextTimeout);
  }

  async #ask(id: string, name: string): Promise<void> {
    const { agent, targets, resolve = resolveHost } = this.#options;
    const uri = targets.get(name) ?? '';
    const place = hostPortOf(uri);
    const address = place === undefined ? undefined : await resolve(place.host);
    if (place === undefined || address === undefined) {
      this.#answered(id, { fault: fault('sip.transport_failed', 'the host name has no address') });
      return;
    }
    agent.handle({ type: 'options', id, uri, flow: agent.flowTo({ address, port: place.port }) });
  }

  #changed(status: TrunkStatus): void {
    const { name, state, reason } = status;
    if (state === 'down') this.#options.log.warn({ trunk: name, reason }, 'trunk is down');
    else this.#options.log.info({ trunk: name }, 'trunk is up');
    this.#options.onChange?.(status);
  }
}
