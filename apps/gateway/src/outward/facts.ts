import type { Millis } from '@earshot/base';
import type { CallRecord, CallTimeline, GatewayEvent, LegName } from '@earshot/telemetry';

/** Kinds of codecs: their RTP clocks differ, and so does what can be expected of them. */
export const CODEC_CLASSES = ['opus', 'g711', 'other'] as const;
export type CodecClass = (typeof CODEC_CLASSES)[number];

export function codecClass(name: string | undefined): CodecClass {
  const plain = name?.toLowerCase() ?? '';
  if (plain.startsWith('opus')) return 'opus';
  return plain.startsWith('pcm') || plain.startsWith('g711') ? 'g711' : 'other';
}

/** What each leg's listener was sent, as far as it was said. */
export function codecsOf({ entries }: CallTimeline): Readonly<Record<LegName, CodecClass>> {
  const last = entries.findLast(({ source, event }) => source === 'gateway' && event.type === 'call.codecs');
  const event = last?.event.type === 'call.codecs' ? last.event : undefined;
  return { caller: codecClass(event?.caller), callee: codecClass(event?.callee) };
}

/** How a call went, for those who count calls. */
export type CallOutcome = 'failed' | 'degraded' | 'ok';

export function outcomeOf({ result, cause, withoutAudio }: CallRecord): CallOutcome {
  if (withoutAudio || result === 'failed' || cause?.weight === 'fault') return 'failed';
  return cause?.weight === 'degraded' ? 'degraded' : 'ok';
}

const PROGRESS = new Set(['ringing', 'early', 'answered', 'connected']);

/** From the call to the first sign of life of whoever is called; undefined where there was none. */
export function setupMs({ startedAt, entries }: CallTimeline): Millis | undefined {
  const first = entries.find(
    ({ source, event }) => source === 'gateway' && event.type === 'call.state' && PROGRESS.has(event.state),
  );
  return first === undefined ? undefined : Math.max(0, first.at - startedAt);
}

/** Whether a call failed, or went without sound, since this browser found no way for its media. */
export function iceFailed({ cause, code, browsers }: CallRecord, leg: LegName): boolean {
  const isOurs = cause?.side === leg || (cause?.side === 'gateway' && browsers.length > 0);
  if (cause?.weight === 'fault' && isOurs && isReach(cause.code)) return true;
  // Without a diagnosis, what ended the call is all there is; a call with two browsers does not say which.
  return cause === undefined && code !== undefined && isReach(code) && browsers[0]?.leg === leg;
}

const isReach = (code: string): boolean => /^(?:ice|turn)\./.test(code) || code === 'server.bad_advertised_address';

export type EventOf<Type extends GatewayEvent['type']> = Extract<GatewayEvent, { readonly type: Type }>;

/** Events of the gateway of one kind, with their times. */
export function* gatewayEvents<Type extends GatewayEvent['type']>(
  { entries }: CallTimeline,
  type: Type,
): Generator<{ readonly at: Millis; readonly event: EventOf<Type> }> {
  for (const entry of entries) {
    if (entry.source === 'gateway' && entry.event.type === type) {
      yield { at: entry.at, event: entry.event as EventOf<Type> };
    }
  }
}
