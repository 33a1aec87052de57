import type { Millis } from '@earshot/base';
import type { CallRecord, CallTimeline, GatewayEvent, PrivacyLevel, Verdict } from '@earshot/telemetry';
import type { OutwardConfig } from '../../config/outward-schema.js';
import type { Log } from '../../log.js';
import type { CallNow, CallObserver } from '../../timeline/observer.js';
import type { AlertEvent } from '../alerts/alerts.js';
import { Receiver, type ReceiverStatus } from '../receiver.js';
import { Delivery, type Post } from './delivery.js';
import { alertMessage, diagnosedMessage, endedMessage, type WebhookMessage } from './message.js';

type WebhookConfig = OutwardConfig['webhooks'][number];

export interface WebhooksOptions {
  readonly webhooks: readonly WebhookConfig[];
  readonly privacy: PrivacyLevel;
  readonly log: Log;
  readonly userAgent: string;
  readonly post: Post;
  readonly timeOfDay: () => Millis;
  readonly random?: () => number;
}

/** Tells other systems of calls and alerts by HTTP. Each receiver has a queue of its own. */
export class Webhooks implements CallObserver {
  readonly #options: WebhooksOptions;
  readonly #hooks: readonly { readonly wants: ReadonlySet<string>; readonly delivery: Delivery }[];

  constructor(options: WebhooksOptions) {
    this.#options = options;
    const { userAgent, post, timeOfDay, random = Math.random } = options;
    this.#hooks = options.webhooks.map(({ url, secret, events }, index) => ({
      wants: new Set(events),
      delivery: new Delivery({
        url,
        secret,
        userAgent,
        post,
        timeOfDay,
        random,
        receiver: (waiting) => new Receiver(`webhook-${index + 1}`, options.log, waiting),
      }),
    }));
  }

  event(at: Millis, event: GatewayEvent, { record }: CallNow): void {
    if (event.type === 'call.ended') this.#push('call.ended', () => endedMessage(at, record, this.#options.privacy));
  }

  closed(_timeline: CallTimeline, record: CallRecord, verdicts: readonly Verdict[]): void {
    const { privacy, timeOfDay } = this.#options;
    this.#push('call.diagnosed', () => diagnosedMessage(timeOfDay(), record, verdicts, privacy));
  }

  alert(event: AlertEvent): void {
    this.#push(event.type, () => alertMessage(event));
  }

  statuses(): readonly ReceiverStatus[] {
    return this.#hooks.map(({ delivery }) => delivery.receiver.status());
  }

  async stop(): Promise<void> {
    await Promise.all(this.#hooks.map(({ delivery }) => delivery.stop()));
  }

  /** A message is made once, and only where somebody wants it. */
  #push(type: string, make: () => WebhookMessage): void {
    const wanting = this.#hooks.filter(({ wants }) => wants.has(type));
    if (wanting.length === 0) return;
    const message = make();
    for (const { delivery } of wanting) delivery.push(message);
  }
}
