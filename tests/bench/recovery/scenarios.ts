import type { Wire } from '../../faults/wire.js';
import type { Random } from '../../fuzz/random.js';

/** A line as of a phone at home: 20 ms each way, and a little unevenness. */
export const LINE = { delayMs: 20, jitterMs: 2 } as const;
const DEAD_LINE = { ...LINE, lossPercent: 100 } as const;
const OUTAGE_MS = 3000;
const CUT_MS = 200;
const BOTH_UP_MS = 1000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What an event may do. */
export interface Stage {
  readonly wire: Wire;
  readonly random: Random;
  /** Counts from 0. */
  readonly run: number;
  /** Restarts the gateway's front; see front.ts. */
  restartFront(): Promise<void>;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Makes it happen; gives what puts it right once all is over. */
  happen(stage: Stage): Promise<(() => Promise<void>) | undefined>;
  /** How long its effects are waited for at least, ms. */
  readonly watchMs: number;
  /** What the event itself takes away, ms: the rest is how long it took to come back. */
  readonly outageMs?: number;
  /** Whether the page has to connect anew, which belongs to what is heard. */
  readonly reconnects?: (run: number) => boolean;
  /** Measures the instrument and not the product. */
  readonly instrument?: boolean;
  /** The gap at either end, ms: the 95th percentile has to be less. */
  readonly aimMs?: number;
  /** The aim is that nothing is heard: no more than where nothing happens. */
  readonly unheard?: boolean;
}

async function outage({ wire }: Stage, ms: number): Promise<undefined> {
  await wire.impair(DEAD_LINE, DEAD_LINE);
  await pause(ms);
  await wire.impair(LINE, LINE);
}

const isReset = (run: number): boolean => run % 2 === 0;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'nothing',
    title: 'nothing happens: what the instrument itself shows',
    happen: async () => undefined,
    watchMs: 1500,
    instrument: true,
  },
  {
    name: 'cut',
    title: `the line is dead for ${CUT_MS} ms: what the instrument makes of it`,
    happen: (stage) => outage(stage, CUT_MS),
    watchMs: 1500,
    instrument: true,
  },
  {
    name: 'switch',
    title: 'another uplink, and the old one dies at once',
    async happen({ wire }) {
      await wire.moveCaller();
      return undefined;
    },
    watchMs: 3500,
    aimMs: 1500,
  },
  {
    name: 'both-up',
    title: 'another uplink, and the old one dies a second later',
    async happen({ wire }) {
      await wire.addNetwork();
      await pause(BOTH_UP_MS);
      await wire.dropNetwork();
      return undefined;
    },
    watchMs: 4000,
    aimMs: 100,
  },
  {
    name: 'rebinding',
    title: "the caller's router forgets its translations",
    async happen({ wire, random }) {
      await wire.renumber(1 + random.below(0x3ff));
      return undefined;
    },
    watchMs: 1500,
    aimMs: 100,
  },
  {
    name: 'outage',
    title: `nothing passes for ${OUTAGE_MS} ms`,
    happen: (stage) => outage(stage, OUTAGE_MS),
    watchMs: 4500,
    outageMs: OUTAGE_MS,
  },
  {
    name: 'websocket',
    title: 'the WebSocket is reset, or swallowed, while media goes on',
    async happen({ wire, run }) {
      const cut = await wire.cutSockets(isReset(run) ? 'reset' : 'swallow');
      return () => cut.lift();
    },
    watchMs: 2000,
    // It takes half a minute until silence is taken for death: of those that are swallowed, most are let go on before.
    reconnects: (run) => isReset(run) || run % 10 === 1,
    unheard: true,
  },
  {
    name: 'front-restart',
    title: "the gateway's signaling restarts, and every connection by TCP is gone",
    async happen({ restartFront }) {
      await restartFront();
      return undefined;
    },
    watchMs: 2000,
    reconnects: () => true,
    unheard: true,
  },
];
