import type { ErrorCode } from '@earshot/base';
import { until } from '../../harness/process.js';
import type { Rule } from '../../networks/impairer.js';
import type { Caller } from '../caller.js';
import type { Family, FaultDefinition, Truth } from '../types.js';

/** The network gets worse, or fails, in mid-call. */

/** Sound in both directions for so long before anything happens. */
const CALM_MS = 4000;

const CLEAN: Rule = {};

interface Worse {
  readonly out?: Rule;
  readonly back?: Rule;
  /** On the line of the phone network instead of the caller's. */
  readonly phones?: boolean;
}

/** The impairer changes what it does to packets. */
const worse = (
  name: string,
  title: string,
  truth: Truth,
  { out = CLEAN, back = CLEAN, phones = false }: Worse,
): FaultDefinition => ({
  name,
  title,
  means: 'network',
  truth,
  waitMs: 15_000,
  async run({ wire, open, defer, user }) {
    const net = await wire();
    const { url, admin } = await net.gateway('bare');
    await net.peer.expect(user, {});
    const caller = await open({ browser: await net.browser(), url });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(CALM_MS);
    const change = (away: Rule, towards: Rule) =>
      phones ? net.impairPhones(away, towards) : net.impair(away, towards);
    defer(() => change(CLEAN, CLEAN));
    const before = await change(out, back);
    const t0 = Date.now();
    return {
      admin,
      callId,
      t0,
      proof: async () => {
        const { roundTripMs } = (await caller.figuresNow()) ?? { roundTripMs: 0 };
        const after = await change(CLEAN, CLEAN);
        const count = (what: 'lost' | 'overflowed' | 'corrupted' | 'passed'): number =>
          after.out[what] - before.out[what] + after.back[what] - before.back[what];
        const text = `the link passed ${count('passed')} packets, lost ${count('lost')}, overflowed by ${count('overflowed')}, changed ${count('corrupted')}; round trip ${Math.round(roundTripMs)} ms`;
        const hit = count('lost') + count('overflowed') + count('corrupted');
        const isDelayed = [out, back].some(({ delayMs = 0, jitterMs = 0 }) => delayMs + jitterMs > 0);
        return hit > 0 || (isDelayed && count('passed') > 100) ? text : undefined;
      },
    };
  },
});

/** Waits until nothing arrives at the browser any more. */
const silence = (caller: Caller): Promise<unknown> => {
  let last = -1;
  return until(
    'silence',
    async () => {
      const { received } = await caller.figures();
      const isStill = received === last;
      last = received;
      if (!isStill) await caller.page.waitForTimeout(400);
      return isStill ? true : undefined;
    },
    30_000,
  );
};

interface Cut {
  readonly rules: readonly string[];
  /** Whether the browser has a relay to fall back to. */
  readonly gateway?: 'relay' | 'bare';
  readonly waitMs?: number;
  /** The sound stops some time after the cut, and only then is there anything to hear. */
  readonly soundStopsLater?: boolean;
}

/** The router begins to drop something. */
const cut = (
  name: string,
  title: string,
  truth: Truth,
  { rules, gateway = 'bare', waitMs = 20_000, soundStopsLater = false }: Cut,
): FaultDefinition => ({
  name,
  title,
  means: 'network',
  truth,
  waitMs,
  async run({ wire, open, defer, user }) {
    const net = await wire();
    const { url, admin } = await net.gateway(gateway);
    await net.peer.expect(user, {});
    const caller = await open({ browser: await net.browser(), url });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(CALM_MS);
    const block = await net.block(...rules);
    defer(() => block.lift());
    if (soundStopsLater) await silence(caller);
    const t0 = Date.now();
    return {
      admin,
      callId,
      t0,
      proof: async () => {
        const dropped = await block.dropped();
        return dropped > 0 ? `the router dropped ${dropped} packets` : undefined;
      },
      // What the page has to say of it comes only over the network.
      finish: async () => {
        await block.lift();
        await caller.page.waitForTimeout(500);
        await caller.hangUp();
      },
    };
  },
});

const caller = (code: ErrorCode, weight?: 'hint'): Truth => ({
  code,
  side: 'caller',
  ...(weight === undefined ? {} : { weight }),
});

const RTP = 'meta l4proto udp @th,64,8 128-191';
const STUN = 'meta l4proto udp @th,64,8 < 4';
const BURSTS = { burst: { enter: 0.02, leave: 0.12 } } as const;
/** Audio needs 40 kbit/s with all headers; a queue as in a home router. */
const NARROW = { rateKbps: 34, queueMs: 1200 } as const;

const moved: FaultDefinition = {
  name: 'network-changed',
  title: "the caller's machine changes to another network",
  means: 'network',
  truth: caller('ice.path_switched', 'hint'),
  waitMs: 20_000,
  async run({ wire, open, user, defer }) {
    const net = await wire();
    const { url, admin } = await net.gateway('bare');
    await net.peer.expect(user, {});
    const caller = await open({ browser: await net.browser(), url });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(CALM_MS);
    const before = await caller.figures();
    const t0 = Date.now();
    await net.moveCaller();
    defer(() => net.moveCaller());
    return {
      admin,
      callId,
      t0,
      proof: async () => {
        const after = await caller
          .figures(
            'audio by the new network',
            ({ port, received }) => port !== before.port && received > before.received + 50,
          )
          .catch(() => undefined);
        return after === undefined ? undefined : `port ${before.port} became ${after.port}`;
      },
    };
  },
};

export const network: Family = {
  name: 'network',
  namespaces: true,
  atOnce: 1,
  faults: [
    worse('loss-up', '15% of what the browser sends is lost', caller('network.loss'), { out: { lossPercent: 15 } }),
    worse('loss-down', '15% of what the browser is sent is lost', caller('network.loss'), {
      back: { lossPercent: 15 },
    }),
    worse('bursts-up', 'packets of the browser are lost in runs', caller('network.loss_burst'), { out: BURSTS }),
    worse('bursts-down', 'packets to the browser are lost in runs', caller('network.loss_burst'), { back: BURSTS }),
    worse('jitter-up', 'packets of the browser arrive unevenly', caller('network.jitter'), { out: { jitterMs: 160 } }),
    worse('jitter-down', 'packets to the browser arrive unevenly', caller('network.jitter'), {
      back: { jitterMs: 160 },
    }),
    worse('delay', 'a round trip takes 700 ms', caller('network.delay'), {
      out: { delayMs: 350 },
      back: { delayMs: 350 },
    }),
    worse('congestion-up', 'the line is too narrow for what the browser sends', caller('network.congestion'), {
      out: NARROW,
    }),
    worse('congestion-down', 'the line is too narrow for what the browser is sent', caller('network.congestion'), {
      back: NARROW,
    }),
    worse(
      'phone-line-loss',
      '15% of what the phone network sends is lost',
      { code: 'network.far_end_loss', side: 'far-end' },
      {
        out: { lossPercent: 15 },
        phones: true,
      },
    ),
    worse(
      'phone-hears-nothing',
      'nothing that is sent to the phone network arrives',
      { code: 'media.one_way_uplink', side: 'far-end' },
      {
        back: { lossPercent: 100 },
        phones: true,
      },
    ),
    worse('srtp-changed', 'every packet of the browser is changed on its way', caller('srtp.auth_failed'), {
      out: { corrupt: true },
    }),
    cut('rtp-up-swallowed', 'audio of the browser is swallowed, all else passes', caller('media.one_way_uplink'), {
      rules: [`iifname lan ${RTP}`],
    }),
    cut('rtp-down-swallowed', 'audio to the browser is swallowed, all else passes', caller('media.one_way_downlink'), {
      rules: [`iifname wan ${RTP}`],
    }),
    cut('consent-lost', 'no UDP passes any more, signalling does', caller('ice.consent_lost'), {
      rules: ['meta l4proto udp'],
    }),
    cut('checks-swallowed', 'connectivity checks are swallowed, audio passes', caller('ice.consent_lost'), {
      rules: [STUN],
      soundStopsLater: true,
      waitMs: 40_000,
    }),
    cut('line-cut', "the caller's line is cut", caller('ice.path_lost'), { rules: ['iifname { lan, wan }'] }),
    cut('socket-cut', 'signalling is swallowed, audio passes', caller('signaling.ws_dropped'), {
      rules: ['meta l4proto tcp'],
      waitMs: 40_000,
    }),
    moved,
  ],
};
