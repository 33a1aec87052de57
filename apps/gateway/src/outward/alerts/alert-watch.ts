import type { Millis } from '@earshot/base';
import type { CallRecord, CallTimeline } from '@earshot/telemetry';
import type { Log } from '../../log.js';
import { pollEvery } from '../../net/poll.js';
import type { CallObserver } from '../../timeline/observer.js';
import type { TrunkStatus } from '../../trunks/index.js';
import type { AlertEvent, Alerts } from './alerts.js';

/** Windows slide by more than this. */
const TICK_MS = 2_000;

/** Feeds calls and trunks to the rules, and says what they come to: to the log, and to whoever wants to know. */
export class AlertWatch implements CallObserver {
  readonly #alerts: Alerts;
  readonly #now: () => Millis;
  readonly #log: Log;
  readonly #onAlert: (event: AlertEvent) => void;
  readonly #stop: () => void;

  constructor(alerts: Alerts, options: { now: () => Millis; log: Log; onAlert: (event: AlertEvent) => void }) {
    this.#alerts = alerts;
    this.#now = options.now;
    this.#log = options.log;
    this.#onAlert = options.onAlert;
    this.#stop = pollEvery(TICK_MS, async () => this.#tell(alerts.tick(this.#now())));
  }

  closed(_timeline: CallTimeline, record: CallRecord): void {
    this.#tell(this.#alerts.closed(this.#now(), record));
  }

  trunkChanged({ name, state, reason }: TrunkStatus): void {
    this.#tell(this.#alerts.trunk(this.#now(), name, state !== 'down', reason));
  }

  stop(): void {
    this.#stop();
  }

  #tell(events: readonly AlertEvent[]): void {
    for (const event of events) {
      const { type, rule, group, value, threshold, calls } = event;
      // Which network it is about goes to receivers alone: addresses are not logged.
      const named = rule.includes('-by-network') ? {} : { group };
      const fields = { rule, ...named, value, threshold, calls };
      if (type === 'alert.raised') this.#log.warn(fields, 'alert raised');
      else this.#log.info(fields, 'alert cleared');
      this.#onAlert(event);
    }
  }
}
