import type { CallDetails, Sample } from '@earshot/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from '../faults/caller.js';
import { Wire, type WireGatewayKind } from '../faults/wire.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { whyNoNamespaces } from './namespace.js';

/** Sound in both directions for so long before anything happens; ms. */
const CALM_MS = 4_000;
/** A path that lost packets, or was full, is used in full again so soon. */
const RECOVERED_MS = 30_000;
/** A line that was too full is not so long after; ms. */
const DRAINED_MS = 40_000;

/** What the browser counts of its newest connection. */
interface Counted {
  readonly at: number;
  /** Samples that were made up and can be heard, and all that were played. */
  readonly concealed: number;
  readonly played: number;
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  readonly roundTripMs: number;
  /** Of the end that hears worse. */
  readonly mos: number;
}

const COUNT = `(async () => {
  const all = [...(await globalThis.earshotPeers.at(-1).getStats()).values()];
  const of = (type) => all.find((stats) => stats.type === type) ?? {};
  const [inbound, outbound] = [of('inbound-rtp'), of('outbound-rtp')];
  const pair = all.find(({ id }) => id === of('transport').selectedCandidatePairId) ?? {};
  return {
    at: performance.now(),
    concealed: (inbound.concealedSamples ?? 0) - (inbound.silentConcealedSamples ?? 0),
    played: inbound.totalSamplesReceived ?? 0,
    packetsSent: outbound.packetsSent ?? 0,
    bytesSent: outbound.bytesSent ?? 0,
    packetsReceived: inbound.packetsReceived ?? 0,
    bytesReceived: inbound.bytesReceived ?? 0,
    roundTripMs: (pair.currentRoundTripTime ?? 0) * 1000,
    mos: Math.min(globalThis.earshot.call?.quality?.up ?? 5, globalThis.earshot.call?.quality?.down ?? 5),
  };
})()`;

/** What was added from one count to the next. */
function between(before: Counted, after: Counted) {
  const added = (what: keyof Counted): number => after[what] - before[what];
  const seconds = added('at') / 1_000;
  return {
    concealed: added('concealed') / Math.max(1, added('played')),
    upPackets: added('packetsSent') / seconds,
    upKbits: (added('bytesSent') * 8) / seconds / 1_000,
    downPackets: added('packetsReceived') / seconds,
    downKbits: (added('bytesReceived') * 8) / seconds / 1_000,
    roundTripMs: after.roundTripMs,
    mos: after.mos,
  };
}

class Talk {
  readonly caller: Caller;
  readonly #details: () => Promise<CallDetails | undefined>;

  private constructor(caller: Caller, details: () => Promise<CallDetails | undefined>) {
    this.caller = caller;
    this.#details = details;
  }

  static async begin(wire: Wire, kind: WireGatewayKind): Promise<Talk> {
    const { url, admin } = await wire.gateway(kind);
    const user = `peer-${kind}`;
    await wire.peer.expect(user, {});
    const caller = await Caller.open({ browser: await wire.browser(), url });
    const callId = await caller.connect(user);
    return new Talk(caller, () => admin.ended(callId, 10_000));
  }

  count(): Promise<Counted> {
    return this.caller.evaluate(COUNT) as Promise<Counted>;
  }

  /** What is added to the counts in so long. */
  async measure(ms: number) {
    const before = await this.count();
    await this.caller.page.waitForTimeout(ms);
    return between(before, await this.count());
  }

  /**
   * The same, and what is made up in the second in the middle: chance takes from all of them alike, a busy machine, which
   * sends and plays late, from some.
   */
  async measureEach(seconds: number) {
    const counts = [await this.count()];
    for (let second = 0; second < seconds; second += 1) {
      await this.caller.page.waitForTimeout(1_000);
      counts.push(await this.count());
    }
    const shares = counts.slice(1).map((after, index) => {
      const before = counts[index] as Counted;
      return (after.concealed - before.concealed) / Math.max(1, after.played - before.played);
    });
    shares.sort((a, b) => a - b);
    const concealed = shares[Math.floor(seconds / 2)] as number;
    return { ...between(counts[0] as Counted, counts.at(-1) as Counted), concealed };
  }

  /** Hangs up; what the gateway wrote down. */
  async end(): Promise<CallDetails> {
    await this.caller.hangUp();
    const details = await this.#details();
    await this.caller.close();
    if (details?.timeline === undefined) throw new Error('the gateway knows nothing of the call');
    return details;
  }
}

/** Share of the browser's packets between two moments whose sound never came to the gateway. */
function missing(samples: readonly Sample[], from: number, to: number): number {
  let [received, lost, recovered] = [0, 0, 0];
  for (const sample of samples) {
    if (sample.source !== 'gateway' || sample.leg !== 'caller' || sample.at < from || sample.at > to) continue;
    received += sample.figures.packetsReceived;
    lost += sample.figures.packetsLost;
    recovered += sample.figures.packetsRecovered ?? 0;
  }
  return Math.max(0, lost - recovered) / Math.max(1, received + lost);
}

const adaptations = ({ timeline }: CallDetails) =>
  (timeline?.entries ?? []).flatMap(({ source, event }) =>
    event.type === 'media.adapted' ? [{ source, ptimeMs: event.ptimeMs, bitrate: event.bitrate, red: event.red }] : [],
  );

describe.skipIf(whyNoNamespaces() !== undefined || lacks('chromium', 'turnserver'))('a call over a bad line', () => {
  let wire: Wire;
  beforeAll(async () => {
    wire = await Wire.start();
  });
  afterAll(() => wire?.stop());

  it('makes up little of what is lost by chance, and is as before when nothing is lost any more', async () => {
    // Both at the same time, over the same line.
    const steady = await Talk.begin(wire, 'steady');
    const talk = await Talk.begin(wire, 'bare');
    await talk.caller.page.waitForTimeout(CALM_MS);
    await wire.impair({ lossPercent: 10 }, { lossPercent: 10 });
    // Chromium itself answers such losses after 15 s or so, on its own way up alone.
    await talk.caller.page.waitForTimeout(5_000);
    const from = Date.now();
    const [with_, without] = await Promise.all([talk.measureEach(10), steady.measureEach(10)]);
    const to = Date.now();
    await wire.impair({}, {});
    const clean = await until(
      'as much as before',
      async () => {
        const now = await talk.measure(1_000);
        // Nothing is said twice any more.
        return now.upKbits < 42 && now.downKbits < 30 ? now : undefined;
      },
      RECOVERED_MS,
    );
    const [adapted, left] = [await talk.end(), await steady.end()];
    const up = missing(adapted.timeline?.samples ?? [], from, to);
    console.info(JSON.stringify({ with_, without, up, clean }));

    expect(adaptations(adapted).some(({ source, red }) => source === 'gateway' && red)).toBe(true);
    expect(adaptations(adapted).some(({ source, red }) => source === 'browser' && red)).toBe(true);
    expect(adaptations(left)).toEqual([]);
    // Of fifty a second that were sent. How much of it can be heard is up to the browser, which delays what it plays.
    for (const { downPackets } of [with_, without]) expect(downPackets).toBeLessThan(48);
    expect(with_.concealed).toBeLessThan(without.concealed / 2);
    // Of the tenth that is lost.
    expect(up).toBeLessThan(0.04);
  }, 120_000);

  it('sends what a narrow line takes, so that no queue grows, and more when there is room', async () => {
    const talk = await Talk.begin(wire, 'bare');
    await talk.caller.page.waitForTimeout(CALM_MS);
    const narrow = { rateKbps: 40, queueMs: 800 };
    await wire.impair(narrow, narrow);
    // What had gathered until then has to drain as well. Sent as before, 47 kbit/s and more would wait for 40, for good.
    const full = await until(
      'no queue',
      async () => {
        const now = await talk.measure(2_000);
        return now.roundTripMs < 500 && now.upPackets < 30 && now.downPackets < 30 ? now : undefined;
      },
      DRAINED_MS,
    );
    await wire.impair({}, {});
    const clean = await until(
      'as much as before',
      async () => {
        const now = await talk.measure(1_000);
        return now.upPackets > 45 && now.downPackets > 45 ? now : undefined;
      },
      RECOVERED_MS,
    );
    const details = await talk.end();
    console.info(JSON.stringify({ full, clean }));

    expect(adaptations(details).filter(({ red }) => red)).toEqual([]);
    expect(clean.upKbits).toBeGreaterThan(20);
  }, 120_000);
});
