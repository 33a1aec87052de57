import type { ErrorCode, Millis } from '@earshot/base';
import { browserLegs, type CallTimeline, explainAll, type GatewayEvent } from '@earshot/telemetry';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { CallNow, CallObserver } from '../../timeline/observer.js';

/** In seconds: a tenth is a phone that plays at once, three are noticed, beyond ten people hang up. */
const AUDIO_BUCKETS = [0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30];

/** Counts what happens to calls. Labels are of fixed vocabularies: states, codes of the error table, transports. */
export class CallMetrics implements CallObserver {
  readonly #ended: Counter<'result' | 'code'>;
  readonly #turnedAway: Counter<'code'>;
  readonly #timeToAudio: Histogram;
  readonly #checks: Counter<'outcome'>;
  readonly #paths: Counter<'via' | 'transport' | 'family'>;
  readonly #unreached: Counter;
  readonly #findings: Counter<'code' | 'weight'>;
  /** When each running call was answered; Infinity once audio was confirmed both ways. */
  readonly #answeredAt = new Map<string, Millis>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#ended = new Counter({
      name: 'earshot_calls_total',
      help: 'Calls that ended, by result and by the code of the fault; none: somebody just hung up',
      labelNames: ['result', 'code'],
      registers,
    });
    this.#turnedAway = new Counter({
      name: 'earshot_calls_turned_away_total',
      help: 'Calls that were refused before they were looked at, by code',
      labelNames: ['code'],
      registers,
    });
    this.#timeToAudio = new Histogram({
      name: 'earshot_time_to_audio_seconds',
      help: 'From the answer until audio was confirmed in both directions',
      buckets: AUDIO_BUCKETS,
      registers,
    });
    this.#checks = new Counter({
      name: 'earshot_ice_checks_total',
      help: 'Connectivity checks from browsers by outcome, counted at each doubling of those from one address',
      labelNames: ['outcome'],
      registers,
    });
    this.#paths = new Counter({
      name: 'earshot_media_paths_total',
      help: 'Browser legs that ended, by the last path of their media',
      labelNames: ['via', 'transport', 'family'],
      registers,
    });
    this.#unreached = new Counter({
      name: 'earshot_media_paths_none_total',
      help: 'Browser legs that ended without any path',
      registers,
    });
    this.#findings = new Counter({
      name: 'earshot_reach_findings_total',
      help: 'What was wrong with the way of a browser to this gateway, by code and weight (fault, degraded)',
      labelNames: ['code', 'weight'],
      registers,
    });
  }

  event(at: Millis, event: GatewayEvent, { callId }: Pick<CallNow, 'callId' | 'startedAt'>): void {
    switch (event.type) {
      case 'call.state':
        this.#state(at, event.state, callId);
        return;
      case 'call.ended':
        this.#ended.inc({ result: event.result, code: event.code ?? 'none' });
        return;
      case 'ice.check':
        // The first, and each doubling: half of them were counted before.
        this.#checks.inc({ outcome: event.outcome }, event.count - Math.floor(event.count / 2));
        return;
    }
  }

  turnedAway(code: ErrorCode): void {
    this.#turnedAway.inc({ code });
  }

  closed(timeline: CallTimeline): void {
    this.#answeredAt.delete(timeline.callId);
    if (browserLegs(timeline).length === 0) return;
    for (const { path, findings } of explainAll(timeline)) {
      if (path === undefined) this.#unreached.inc();
      else this.#paths.inc({ via: path.via, transport: path.transport, family: path.family });
      for (const { code, weight } of findings) this.#findings.inc({ code, weight });
    }
  }

  #state(at: Millis, state: string, callId: string): void {
    if (state === 'answered' && !this.#answeredAt.has(callId)) this.#answeredAt.set(callId, at);
    if (state !== 'connected') return;
    const answeredAt = this.#answeredAt.get(callId);
    // The first time alone; what comes after a reconnection is no time to audio.
    if (answeredAt !== undefined && answeredAt !== Infinity) this.#timeToAudio.observe((at - answeredAt) / 1000);
    this.#answeredAt.set(callId, Infinity);
  }
}
