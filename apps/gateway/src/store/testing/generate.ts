import type { ErrorCode, Millis } from '@earshot/base';
import { type BrowserLegFacts, type CallRecord, type CauseFacts, recordKey } from '@earshot/telemetry';

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Cause = Omit<CauseFacts, 'confidence'> & { readonly result: string };

const cause = (
  code: ErrorCode,
  layer: Cause['layer'],
  side: Cause['side'],
  weight: Cause['weight'],
  result: string,
): Cause => ({ code, layer, side, weight, result });

/** The more frequent ones first; each half as frequent as the one before it, or so. */
const CAUSES: readonly Cause[] = [
  cause('sip.busy', 'far-end', 'far-end', 'fault', 'busy'),
  cause('network.loss', 'network', 'caller', 'degraded', 'completed'),
  cause('network.jitter', 'network', 'caller', 'degraded', 'completed'),
  cause('mic.muted_in_app', 'device', 'caller', 'hint', 'completed'),
  cause('ice.udp_blocked', 'transport', 'caller', 'fault', 'failed'),
  cause('mic.silent', 'device', 'callee', 'fault', 'completed'),
  cause('ice.relay_tcp', 'transport', 'caller', 'degraded', 'completed'),
  cause('sip.service_unavailable', 'far-end', 'far-end', 'fault', 'failed'),
  cause('dtls.blackholed', 'transport', 'caller', 'fault', 'failed'),
];
const BROWSERS: readonly (readonly [name: string, version: string])[] = [
  ['Chromium', '156'],
  ['Safari', '26'],
  ['Chromium', '155'],
  ['Firefox', '153'],
  ['Safari', '18'],
  ['Firefox', '140'],
];
const TRUNKS: readonly (string | undefined)[] = ['north', 'south', undefined, 'abroad'];

/** Few of them often, and many of them now and then: index of one of `count`. */
const skewed = (random: () => number, count: number): number => Math.min(count - 1, Math.floor(count * random() ** 3));

function pick<Value>(values: readonly Value[], index: number): Value {
  const value = values[Math.min(index, values.length - 1)];
  if (value === undefined && !values.includes(value as Value)) throw new Error('nothing to pick from');
  return value as Value;
}

const halving = (random: () => number): number => Math.floor(-Math.log2(1 - random()));

/**
 * The calls of a place with 300 people, each of whom has a number, and of those they call: one in eight has something
 * to be told about it. Spread evenly over the time.
 */
export function* generateCalls(count: number, from: Millis, until: Millis, seed: number): Generator<CallRecord> {
  const random = seeded(seed);
  const hex = (): string =>
    Math.floor(random() * 4_294_967_296)
      .toString(16)
      .padStart(8, '0');
  for (let index = 0; index < count; index += 1) {
    const startedAt = Math.floor(from + ((until - from) * index) / count);
    const callId = hex() + hex() + hex() + hex();
    const isWrong = random() < 0.125;
    const wrong = isWrong ? pick(CAUSES, halving(random)) : undefined;
    const isHeard = wrong === undefined || (wrong.result === 'completed' && wrong.code !== 'mic.silent');
    const isAnswered = wrong === undefined || wrong.result === 'completed';
    const isInbound = random() < 0.4;
    const person = `user${skewed(random, 300)}`;
    const number = `+49${30 + skewed(random, 60)}${1_000_000 + skewed(random, 20_000) * 37}`;
    const [name, version] = pick(BROWSERS, halving(random));
    const network = skewed(random, 2000);
    const browser: BrowserLegFacts = {
      leg: isInbound ? 'callee' : 'caller',
      browser: { name, version, os: 'Linux' },
      via: 'direct',
      transport: 'udp',
      family: 'ipv4',
      network: `${20 + (network >> 8)}.${network & 255}.7.0/24`,
      networkType: 'wifi',
    };
    const trunk = pick(TRUNKS, halving(random));
    const mos = Math.round((wrong?.weight === 'degraded' ? 2.5 + random() : 4 + random() / 2) * 100) / 100;
    const seconds = 20 + Math.floor(random() ** 2 * 600);
    yield {
      key: recordKey(startedAt, callId),
      callId,
      startedAt,
      ...(isAnswered ? { answeredAt: startedAt + 4000 } : {}),
      ...(isHeard ? { connectedAt: startedAt + 4200 } : {}),
      endedAt: startedAt + seconds * 1000,
      caller: isInbound ? 'sip' : 'browser',
      callee: isInbound ? 'browser' : 'sip',
      from: isInbound ? number : person,
      to: isInbound ? person : number,
      direction: isInbound ? 'inbound' : 'outbound',
      route: isInbound ? 'desk' : '+*',
      ...(trunk === undefined ? {} : { trunk }),
      result: wrong?.result ?? 'completed',
      by: random() < 0.5 ? 'caller' : 'callee',
      ...(wrong === undefined ? {} : { code: wrong.code, cause: { ...wrong, confidence: 0.9 } }),
      browsers: [browser],
      quality: isHeard ? [{ leg: browser.leg, mos, worstMos: Math.max(1, mos - 0.5) }] : [],
      withoutAudio: isAnswered && !isHeard,
      provisional: false,
    };
  }
}
