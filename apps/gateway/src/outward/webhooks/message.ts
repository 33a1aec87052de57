import type { Millis } from '@earshot/base';
import {
  type CallRecord,
  type PrivacyLevel,
  shortenAddress,
  shortenNumber,
  shortenText,
  type Verdict,
} from '@earshot/telemetry';
import type { WEBHOOK_EVENTS } from '../../config/outward-schema.js';
import type { AlertEvent } from '../alerts/alerts.js';

/** Of bodies; a receiver must refuse a greater one. */
export const WEBHOOK_VERSION = 1;

export type WebhookType = (typeof WEBHOOK_EVENTS)[number];

/** What is sent to receivers: `body` is the JSON text that is signed. */
export interface WebhookMessage {
  /** The same for the same thing, however often it is sent: also the idempotency key. */
  readonly id: string;
  readonly type: WebhookType;
  readonly body: string;
}

/** Consequences by their codes alone: what they rest on can be asked for at the admin listener. */
interface SharedVerdict extends Omit<Verdict, 'evidence' | 'consequences'> {
  readonly consequences: readonly string[];
}

export const endedMessage = (at: Millis, record: CallRecord, level: PrivacyLevel): WebhookMessage =>
  message('call.ended', record.key, at, { call: sharedRecord(record, level) });

export const diagnosedMessage = (
  at: Millis,
  record: CallRecord,
  verdicts: readonly Verdict[],
  level: PrivacyLevel,
): WebhookMessage =>
  message('call.diagnosed', record.key, at, {
    call: sharedRecord(record, level),
    verdicts: verdicts.map((verdict) => sharedVerdict(verdict, level)),
  });

export function alertMessage(event: AlertEvent): WebhookMessage {
  const { type, at, ...alert } = event;
  return message(type, `${alert.rule}:${alert.group ?? 'all'}:${at}`, at, { alert });
}

function message(type: WebhookType, of: string, at: Millis, data: object): WebhookMessage {
  const id = `${type}:${of}`;
  return { id, type, body: JSON.stringify({ version: WEBHOOK_VERSION, id, type, at, ...data }) };
}

/** Records follow the privacy level from the start; to shorten what is short changes nothing. */
function sharedRecord(record: CallRecord, level: PrivacyLevel): CallRecord {
  if (level === 'full') return record;
  const { from, to, browsers, ...rest } = record;
  return {
    ...rest,
    ...(from === undefined ? {} : { from: shortenNumber(from, level) }),
    ...(to === undefined ? {} : { to: shortenNumber(to, level) }),
    browsers: browsers.map(({ network, ...browser }) => ({
      ...browser,
      ...(network === undefined ? {} : { network: shortenAddress(network, level) }),
    })),
  };
}

function sharedVerdict({ evidence: _evidence, consequences, ...verdict }: Verdict, level: PrivacyLevel): SharedVerdict {
  return { ...verdict, text: shortenText(verdict.text, level), consequences: consequences.map(({ code }) => code) };
}
