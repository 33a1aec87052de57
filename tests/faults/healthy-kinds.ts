import type { Admin } from './admin.js';
import type { Benches } from './benches.js';
import type { Caller, CallerOptions } from './caller.js';
import { takeCall } from './families/incoming.js';
import type { Behaviour, SipPeer } from './peer/sip-peer.js';
import { mungeSent } from './scripts-in-page.js';
import { speech } from './sounds.js';

/** Calls in which nothing is wrong, however odd they look. */

export interface HealthyContext extends Benches {
  readonly user: string;
  defer(undo: () => unknown): void;
  open(options: CallerOptions): Promise<Caller>;
}

export interface HealthyKind {
  readonly name: string;
  readonly bench: 'plain' | 'wire';
  /** Of the route that the user of the peer is reached by. Default: `peer-`. */
  readonly user?: string;
  /** Not beside others: it changes the network that they share. */
  readonly alone?: boolean;
  run(context: HealthyContext): Promise<{ readonly admin: Admin; readonly callId: string }>;
}

type During = (caller: Caller, peer: SipPeer, user: string) => Promise<unknown>;

const TALK_MS = 6000;
const wait = (ms: number) => (caller: Caller) => caller.page.waitForTimeout(ms);
const talk = wait(TALK_MS);

interface Plain {
  readonly behaviour?: Behaviour;
  /** Of the route. */
  readonly user?: string;
  readonly before?: readonly string[];
  readonly query?: string;
  readonly during?: During;
  /** Who ends it. */
  readonly end?: 'page' | 'phone';
}

/** A call to the SIP peer that is heard both ways. */
const call = (name: string, options: Plain = {}): HealthyKind => ({
  name,
  bench: 'plain',
  ...(options.user === undefined ? {} : { user: options.user }),
  async run({ plain, open, user }) {
    const { behaviour = {}, before = [], query = '', during = talk, end = 'page' } = options;
    const { browser, url, admin, peer } = await plain();
    await peer.expect(user, behaviour);
    const caller = await open({ browser, url, before, query });
    const callId = await caller.connect(user);
    await during(caller, peer, user);
    if (end === 'phone') {
      await peer.bye(user);
      await caller.phone.reaches('ended');
    } else {
      await caller.hangUp();
    }
    return { admin, callId };
  },
});

/** A call to a built-in line. */
const line = (destination: string, during: During = talk, query = ''): HealthyKind => ({
  name: `${destination}-line${query === '' ? '' : '-relayed'}`,
  bench: 'plain',
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    const caller = await open({ browser, url, query });
    const callId = await caller.connect(destination);
    await during(caller, peer, user);
    await caller.hangUp();
    return { admin, callId };
  },
});

/** The caller thinks better of it before anybody answers. */
const cancelled: HealthyKind = {
  name: 'cancelled',
  bench: 'plain',
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    await peer.expect(user, { answerMs: null });
    const caller = await open({ browser, url });
    const callId = await caller.call(user);
    await caller.phone.reaches('ringing');
    await caller.page.waitForTimeout(1500);
    await caller.hangUp();
    return { admin, callId };
  },
};

const incoming = (name: string, end: 'page' | 'phone'): HealthyKind => ({
  name,
  bench: 'plain',
  async run({ plain, open, user }) {
    const { browser, url, admin, peer, gateway } = await plain();
    const caller = await open({ browser, url });
    const callId = await takeCall(caller, { peer, gateway, user });
    await caller.phone.reaches('connected');
    await talk(caller);
    if (end === 'phone') {
      await peer.bye(user);
      await caller.phone.reaches('ended');
    } else {
      await caller.hangUp();
    }
    return { admin, callId };
  },
});

/** Somebody who says nothing for a long time, in a quiet room, with or without silence suppression. */
const quiet = (name: string, before: readonly string[], isSuppressed = false): HealthyKind => ({
  name,
  bench: 'plain',
  async run({ plain, launch, open, user }) {
    const { url, admin, peer } = await plain();
    await peer.expect(user, {});
    const browser = await launch({ microphone: speech({ seconds: 40, level: 0.4, until: 4, noise: 0.0008 }) });
    const caller = await open({ browser, url, before });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(13_000);
    const { sent } = await caller.figures();
    await caller.page.waitForTimeout(5000);
    const packets = (await caller.figures()).sent - sent;
    if (isSuppressed && packets > 200) throw new Error(`${packets} packets in 5 s: silence is not suppressed`);
    await caller.hangUp();
    return { admin, callId };
  },
});

const DTX = mungeSent(`(sdp) => sdp.replace(/(a=fmtp:111 [^\\r\\n]*)/, '$1;usedtx=1')`);
const DTX_ANSWER = `(() => {
  const own = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description, ...rest) {
    const sdp = description.sdp.replace(/(a=fmtp:111 [^\\r\\n]*)/, '$1;usedtx=1');
    return own.call(this, { type: description.type, sdp }, ...rest);
  };
})()`;

const muteAndUnmute: During = async (caller) => {
  await caller.page.waitForTimeout(2000);
  await caller.evaluate('globalThis.earshot.call.mute()');
  await caller.page.waitForTimeout(5000);
  await caller.evaluate('globalThis.earshot.call.unmute()');
  await caller.page.waitForTimeout(2500);
};

const hold =
  (direction: 'sendonly' | 'inactive'): During =>
  async (caller, peer, user) => {
    await caller.page.waitForTimeout(2000);
    await peer.hold(user, direction);
    if (direction === 'inactive') await peer.media(user, 'none');
    await caller.page.waitForTimeout(7000);
    if (direction === 'inactive') await peer.media(user, 'tone');
    await peer.resume(user);
    await caller.page.waitForTimeout(3000);
  };

const keys: During = async (caller) => {
  await caller.page.waitForTimeout(1500);
  await caller.phone.press('159#');
  await caller.page.waitForTimeout(3000);
};

const restart: During = async (caller) => {
  await caller.page.waitForTimeout(2500);
  const { port } = await caller.figures();
  await caller.evaluate('globalThis.earshot.call.restartIce()');
  await caller.figures('another path', (figures) => figures.port !== port && figures.port !== 0);
  await caller.page.waitForTimeout(3500);
};

/** In a network of its own, by whatever way it leaves. */
const wired = (
  name: string,
  query: string,
  during: (context: HealthyContext, caller: Caller) => Promise<unknown>,
): HealthyKind => ({
  name,
  bench: 'wire',
  alone: true,
  async run(context) {
    const net = await context.wire();
    const { url, admin } = await net.gateway('relay');
    await net.peer.expect(context.user, {});
    const caller = await context.open({ browser: await net.browser(), url, query });
    const callId = await caller.connect(context.user);
    await during(context, caller);
    await caller.hangUp();
    return { admin, callId };
  },
});

/** A network like most: some delay, hardly any jitter, now and then a packet lost. */
const ordinary = { delayMs: 35, jitterMs: 12, lossPercent: 0.3 };

export const HEALTHY_KINDS: readonly HealthyKind[] = [
  call('opus'),
  call('opus-to-pcma', { behaviour: { codecs: ['PCMA'] } }),
  call('dense-pcmu', { user: 'dense-', behaviour: { codecs: ['PCMU'] } }),
  call('dense-pcma', { user: 'dense-', behaviour: { codecs: ['PCMA'] } }),
  call('muted-and-back', { during: muteAndUnmute }),
  quiet('long-silence', []),
  quiet('long-silence-dtx', [DTX, DTX_ANSWER], true),
  call('early-media', { behaviour: { early: true, ringMs: 100, answerMs: 4000 } }),
  call('slow-answer', { behaviour: { answerMs: 5000 } }),
  call('rings-long', { behaviour: { answerMs: 12_000 } }),
  call('held-with-music', { during: hold('sendonly') }),
  call('held-inactive', { during: hold('inactive') }),
  call('keys', { during: keys }),
  call('restart', { during: restart }),
  call('ended-by-phone', { end: 'phone' }),
  call('ended-by-phone-at-once', { end: 'phone', during: wait(300) }),
  call('ended-at-once', { during: wait(300) }),
  call('no-rtcp', { behaviour: { reports: false } }),
  call('relayed-udp', { query: '?policy=relay' }),
  cancelled,
  incoming('incoming', 'page'),
  incoming('incoming-ended-by-phone', 'phone'),
  line('echo'),
  line('music'),
  line('slow'),
  line('music', talk, '?policy=relay'),
  wired('through-a-home-router', '', (_context, caller) => talk(caller)),
  wired('relayed-from-a-home-router', '?policy=relay', (_context, caller) => talk(caller)),
  wired('ordinary-internet', '', async ({ wire, defer }, caller) => {
    const net = await wire();
    defer(() => net.impair({}, {}));
    await net.impair(ordinary, ordinary);
    await caller.page.waitForTimeout(12_000);
  }),
];
