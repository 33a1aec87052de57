import type { ErrorCode } from '@earshot/base';
import type { VerdictSide } from '@earshot/telemetry';
import { until } from '../../harness/process.js';
import { startRefusing } from '../peer/sipp.js';
import type { Family, FaultDefinition } from '../types.js';

/** SIPp refuses the call with a final status. */
const refuses = (status: number, phrase: string, code: ErrorCode, side: VerdictSide = 'far-end'): FaultDefinition => ({
  name: `sip-${status}`,
  title: `the phone network answers ${status} ${phrase}`,
  means: 'sip',
  truth: { code, side },
  async run({ plain, open, defer }) {
    const { browser, url, admin } = await plain();
    const sipp = await startRefusing(status, phrase);
    defer(() => sipp.stop());
    const caller = await open({ browser, url });
    const callId = await caller.call(sipp.uri);
    const { ok, output } = await sipp.outcome();
    const t0 = Date.now();
    return {
      admin,
      callId,
      t0,
      proof: async () => (ok ? `SIPp sent ${status} and had its ACK` : undefined),
      finish: async () => {
        if (!ok) throw new Error(`SIPp: ${output.slice(-400)}`);
      },
    };
  },
});

/** The peer asks for credentials, has some, and asks again. */
const challenges = (status: 401 | 407): FaultDefinition => ({
  name: `sip-${status}-again`,
  title: `the trunk answers ${status} to our credentials`,
  means: 'sip',
  truth: { code: 'sip.auth_rejected', side: 'gateway' },
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    const name = user.replace('peer-', 'trunk-');
    await peer.expect(name, { challenge: status });
    const caller = await open({ browser, url });
    const callId = await caller.call(name);
    await until('credentials that are refused', async () =>
      (await peer.count(name)).credentials > 0 ? true : undefined,
    );
    return {
      admin,
      callId,
      t0: Date.now(),
      proof: async () => {
        const { credentials, refusals } = await peer.count(name);
        return credentials > 0
          ? `the peer refused ${refusals} times, ${credentials} of them with credentials`
          : undefined;
      },
    };
  },
});

export const replies: Family = {
  name: 'replies',
  namespaces: false,
  atOnce: 4,
  faults: [
    refuses(403, 'Forbidden', 'sip.auth_rejected', 'gateway'),
    refuses(404, 'Not Found', 'sip.not_found'),
    refuses(415, 'Unsupported Media Type', 'media.codec_mismatch'),
    refuses(480, 'Temporarily Unavailable', 'sip.unavailable'),
    refuses(486, 'Busy Here', 'sip.busy'),
    refuses(488, 'Not Acceptable Here', 'media.codec_mismatch'),
    refuses(503, 'Service Unavailable', 'sip.service_unavailable'),
    refuses(603, 'Decline', 'sip.declined'),
    challenges(401),
    challenges(407),
  ],
};
