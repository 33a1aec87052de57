import { until } from '../../harness/process.js';
import type { Family, FaultDefinition } from '../types.js';
import { takeCall } from './incoming.js';

/** From the call to the first ringing or answer, beyond which it is slow: the diagnosis' own policy. */
const SLOW_MS = 6000;

const noResponse: FaultDefinition = {
  name: 'sip-no-response',
  title: 'the PBX receives the INVITE and never answers',
  means: 'sip',
  truth: { code: 'sip.no_response', side: 'far-end' },
  waitMs: 15_000,
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    await peer.expect(user, { mute: true });
    const caller = await open({ browser, url });
    const callId = await caller.call(user);
    await until('the INVITE', async () => ((await peer.count(user)).invites > 0 ? true : undefined));
    return {
      admin,
      callId,
      t0: Date.now(),
      proof: async () => {
        const { invites } = await peer.count(user);
        return invites > 3 ? `the peer had the INVITE ${invites} times and said nothing` : undefined;
      },
    };
  },
};

const slowSetup: FaultDefinition = {
  name: 'sip-slow-setup',
  title: 'the PBX rings only after eleven seconds',
  means: 'sip',
  truth: { code: 'sip.slow_setup', side: 'far-end' },
  waitMs: 16_000,
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    await peer.expect(user, { ringMs: 11_000, answerMs: 12_000 });
    const caller = await open({ browser, url });
    const callId = await caller.call(user);
    await until('the INVITE', async () => ((await peer.count(user)).invites > 0 ? true : undefined));
    const t0 = Date.now() + SLOW_MS;
    return {
      admin,
      callId,
      t0,
      proof: async () => {
        await caller.phone.reaches('connected', 15_000);
        return (await peer.count(user)).answers === 1 ? 'the peer rang after 11 s and answered' : undefined;
      },
    };
  },
};

const ackLost: FaultDefinition = {
  name: 'sip-ack-lost',
  title: 'a caller from the phone network never confirms the answer',
  means: 'sip',
  truth: { code: 'sip.ack_lost', side: 'far-end' },
  waitMs: 15_000,
  async run({ plain, open, user }) {
    const { browser, url, admin, peer, gateway } = await plain();
    const caller = await open({ browser, url });
    const callId = await takeCall(caller, { peer, gateway, user }, { ack: false });
    await until('the answer', async () => ((await peer.count(user)).answers > 0 ? true : undefined));
    return {
      admin,
      callId,
      t0: Date.now(),
      proof: async () => {
        const { answers, acks } = await peer.count(user);
        return answers > 3 && acks === 0 ? `the peer had the answer ${answers} times` : undefined;
      },
    };
  },
};

const hungUpBy = (name: string, title: string, reason: string): FaultDefinition => ({
  name,
  title,
  means: 'sip',
  truth: { code: 'sip.pbx_timeout', side: 'far-end' },
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    await peer.expect(user, {});
    const caller = await open({ browser, url });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(1500);
    await peer.bye(user, reason);
    const t0 = Date.now();
    await caller.phone.reaches('ended');
    return { admin, callId, t0, proof: async () => `the peer sent BYE with Reason: ${reason}` };
  },
});

const keysRefused: FaultDefinition = {
  name: 'dtmf-not-negotiated',
  title: 'a key is pressed, and the phone took no telephone-events',
  means: 'sip',
  truth: { code: 'dtmf.not_negotiated', side: 'far-end' },
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    await peer.expect(user, { telephoneEvents: false });
    const caller = await open({ browser, url });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(1000);
    const t0 = Date.now();
    await caller.phone.press('5');
    return {
      admin,
      callId,
      t0,
      proof: async () =>
        (await peer.count(user)).answers === 1 ? 'the peer answered without telephone-event' : undefined,
    };
  },
};

export const dialogs: Family = {
  name: 'dialogs',
  namespaces: false,
  atOnce: 4,
  faults: [
    noResponse,
    ackLost,
    slowSetup,
    hungUpBy(
      'sip-session-timer',
      'the PBX ends the call since its session was not refreshed',
      'SIP;cause=408;text="Session timer expired"',
    ),
    hungUpBy(
      'sip-q850-timer',
      'the trunk ends the call by a timer of the phone network',
      'Q.850;cause=102;text="Recovery on timer expiry"',
    ),
    keysRefused,
  ],
};
