import type { Behaviour, MediaMode, SipPeer } from '../peer/sip-peer.js';
import type { Family, FaultDefinition } from '../types.js';

/** What the phone sends, or does not. */

interface Phone {
  readonly behaviour?: Behaviour;
  /** Done to the peer in mid-call. Default: nothing, the fault is there from the answer on. */
  readonly later?: (peer: SipPeer, user: string) => Promise<void>;
  /** What the peer has to send in two seconds: packets. */
  readonly sends: 'packets' | 'nothing';
}

const phone = (
  name: string,
  title: string,
  truth: FaultDefinition['truth'],
  { behaviour = {}, later, sends }: Phone,
): FaultDefinition => ({
  name,
  title,
  means: 'sip',
  truth,
  waitMs: 15_000,
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    await peer.expect(user, behaviour);
    const caller = await open({ browser, url });
    const callId = await caller.call(user);
    await caller.phone
      .reaches(later === undefined ? 'answered' : 'connected')
      .catch(() => caller.phone.reaches('connected'));
    if (later !== undefined) await caller.page.waitForTimeout(2500);
    const t0 = Date.now();
    await later?.(peer, user);
    return {
      admin,
      callId,
      t0,
      proof: async () => {
        const before = await peer.count(user);
        await caller.page.waitForTimeout(1000);
        const sent = (await peer.count(user)).rtpSent - before.rtpSent;
        const isAsMeant = sends === 'packets' ? sent > 30 : sent === 0;
        return isAsMeant ? `the peer sent ${sent} packets in a second` : undefined;
      },
    };
  },
});

const sending = (mode: MediaMode) => (peer: SipPeer, user: string) => peer.media(user, mode);

const LEG_DEAD = { code: 'media.far_end_leg_dead', side: 'far-end' } as const;
const SILENT = { code: 'media.far_end_silent', side: 'far-end' } as const;
const MISMATCH = { code: 'media.payload_mismatch', side: 'far-end' } as const;

export const farEnd: Family = {
  name: 'far-end',
  namespaces: false,
  atOnce: 3,
  faults: [
    phone('phone-sends-nothing', 'the phone answers and sends nothing', LEG_DEAD, {
      behaviour: { mode: 'none', reports: false },
      sends: 'nothing',
    }),
    phone('phone-stops', 'the phone stops sending in mid-call', LEG_DEAD, {
      behaviour: {},
      later: sending('none'),
      sends: 'nothing',
    }),
    phone('phone-is-silent', 'the phone sends nothing but digital silence', SILENT, {
      behaviour: { mode: 'silence' },
      sends: 'packets',
    }),
    phone('phone-other-payload', 'the phone sends a payload type that nobody agreed on', MISMATCH, {
      behaviour: { mode: 'foreign' },
      sends: 'packets',
    }),
    phone('phone-changes-payload', 'the phone changes to a payload type that nobody agreed on', MISMATCH, {
      later: sending('foreign'),
      sends: 'packets',
    }),
    phone(
      'phone-holds',
      'the phone puts the call on hold',
      { code: 'media.on_hold', side: 'far-end', weight: 'hint' },
      {
        later: async (peer, user) => {
          await peer.hold(user, 'inactive');
          await peer.media(user, 'none');
        },
        sends: 'nothing',
      },
    ),
  ],
};
