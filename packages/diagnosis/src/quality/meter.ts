import type { BrowserFigures, LegFigures, LegName, QualityFacts, Sample } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import { downPassage, upPassage } from '../features/network.js';
import { mosOf, rating, type Scale } from './e-model.js';

/** The time over which quality is at its worst, in ms. */
const WORST_MS = 10_000;
/** And over which it is as it is now: longer than reports of a phone are apart, shorter than people's patience. */
const NOW_MS = 5_000;
/** Packetisation, the sound cards at both ends and the playout of a phone, as far as nobody measures them. */
const DEVICES_MS = 60;

/** Quality of what one listener was given, second by second. Memory: the last ten seconds. */
class Listener {
  #sum = 0;
  #ms = 0;
  #worst: number | undefined;
  #recent: { readonly ms: number; readonly mos: number }[] = [];
  #recentMs = 0;

  add(ms: number, mos: number): void {
    this.#sum += mos * ms;
    this.#ms += ms;
    this.#recent.push({ ms, mos });
    this.#recentMs += ms;
    for (
      let [first] = this.#recent;
      first !== undefined && this.#recentMs - first.ms >= WORST_MS - 250;
      [first] = this.#recent
    ) {
      this.#recentMs -= first.ms;
      this.#recent.shift();
    }
    if (this.#recentMs < WORST_MS - 250) return;
    const mean = this.#mean;
    if (this.#worst === undefined || mean < this.#worst) this.#worst = mean;
  }

  facts(leg: LegName, scale: Scale): QualityFacts | undefined {
    // The first seconds of a call say little.
    if (this.#ms < 3_000) return undefined;
    const mos = this.#sum / this.#ms;
    return { leg, mos: round(mos), worstMos: round(Math.min(this.#worst ?? this.#mean, mos)), scale };
  }

  /** Of the last few seconds; undefined before there were so many. */
  get now(): number | undefined {
    let [ms, sum] = [0, 0];
    for (let at = this.#recent.length - 1; at >= 0 && ms < NOW_MS - 250; at -= 1) {
      const kept = this.#recent[at] as { readonly ms: number; readonly mos: number };
      ms += kept.ms;
      sum += kept.ms * kept.mos;
    }
    return ms < NOW_MS / 2 ? undefined : round(sum / ms);
  }

  get #mean(): number {
    return this.#recent.reduce((sum, { ms, mos }) => sum + ms * mos, 0) / this.#recentMs;
  }
}

const round = (mos: number): number => Math.round(mos * 100) / 100;

/** Judges what both listeners of a call are given, from the samples as they come. */
export class QualityMeter {
  readonly #trace: CallTrace;
  readonly #listeners: Readonly<Record<LegName, Listener>> = { caller: new Listener(), callee: new Listener() };

  constructor(trace: CallTrace) {
    this.#trace = trace;
  }

  sample({ source, leg, figures, at }: Sample): void {
    const { answeredAt, ended, legs } = this.#trace;
    if (answeredAt === undefined || at - figures.ms < answeredAt - 500 || (ended !== undefined && at > ended.at))
      return;
    if (source === 'browser') this.#browser(leg, figures);
    else if (legs[leg].kind === 'sip') this.#phone(leg, figures);
  }

  get facts(): readonly QualityFacts[] {
    return (['caller', 'callee'] as const).flatMap((leg) => this.#listeners[leg].facts(leg, this.#scale) ?? []);
  }

  /** What a listener is given now: MOS of the last few seconds. */
  now(leg: LegName): number | undefined {
    return this.#listeners[leg].now;
  }

  /** Opus from end to end is judged in full; what was G.711 anywhere stays narrowband. */
  get #scale(): Scale {
    const { codecs, legs } = this.#trace;
    const names = [
      codecs?.event.caller ?? legs.caller.gateway.last?.figures.codec,
      codecs?.event.callee ?? legs.callee.gateway.last?.figures.codec,
    ];
    const known = names.filter((name) => name !== undefined);
    if (known.length === 0) {
      const decoder = legs.caller.browser.last?.figures.decoder ?? legs.callee.browser.last?.figures.decoder;
      return /opus/i.test(decoder ?? '') ? 'fullband' : 'narrowband';
    }
    return known.every((name) => /opus/i.test(name)) ? 'fullband' : 'narrowband';
  }

  #browser(leg: LegName, figures: BrowserFigures): void {
    const passage = downPassage(figures);
    if (passage.received === 0 && (figures.samplesReceived ?? 0) === 0) return;
    // What is concealed says most: it knows of late packets too. Silence that is made up is not missed.
    const offered = passage.received + passage.lost;
    const share = passage.concealed ?? (offered === 0 ? 0 : (passage.lost + passage.late) / offered);
    const isBurst = passage.lost > 0 && (passage.longestLoss ?? 0) >= 4;
    const kbits = ((figures.bytesReceived ?? 0) * 8) / Math.max(1, figures.ms);
    const way = (figures.roundTripMs ?? figures.pairRoundTripMs ?? 0) / 2;
    const delayMs = way + (figures.jitterBufferMs ?? 40) + this.#far(leg) + DEVICES_MS;
    this.#add(leg, figures.ms, share * 100, isBurst, delayMs, kbits);
  }

  /** A phone is known by its reports; what was lost before the gateway is missing too. */
  #phone(leg: LegName, figures: LegFigures): void {
    if (figures.remotePacketsLost === undefined && figures.roundTripMs === undefined) return;
    if (figures.packetsSent === 0) return;
    const other = this.#trace.other(this.#trace.legs[leg]).gateway.last?.figures;
    const before = other === undefined ? undefined : upPassage(other);
    const lostBefore =
      before === undefined || before.received === 0
        ? 0
        : Math.max(0, before.lost - (other?.packetsRecovered ?? 0)) / (Math.max(0, before.lost) + before.received);
    const lostAfter = Math.min(1, Math.max(0, figures.remotePacketsLost ?? 0) / figures.packetsSent);
    const share = 1 - (1 - lostBefore) * (1 - lostAfter);
    const delayMs = (figures.roundTripMs ?? 0) / 2 + (figures.remoteJitterMs ?? 0) * 2 + this.#far(leg) + DEVICES_MS;
    this.#add(leg, figures.ms, share * 100, (before?.longestLoss ?? 0) >= 4, delayMs, undefined);
  }

  /** One way between the other end and the gateway, in ms. */
  #far(leg: LegName): number {
    const other = this.#trace.other(this.#trace.legs[leg]);
    const browser = other.browser.last?.figures;
    const trip = browser?.roundTripMs ?? browser?.pairRoundTripMs ?? other.gateway.last?.figures.roundTripMs;
    return (trip ?? 0) / 2;
  }

  #add(
    leg: LegName,
    ms: number,
    lossPercent: number,
    bursty: boolean,
    delayMs: number,
    kbits: number | undefined,
  ): void {
    const scale = this.#scale;
    const conditions = { scale, lossPercent, bursty, delayMs, ...(kbits === undefined || kbits < 6 ? {} : { kbits }) };
    this.#listeners[leg].add(ms, mosOf(rating(conditions), scale));
  }
}
