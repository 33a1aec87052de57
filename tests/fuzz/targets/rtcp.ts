import { isRtcp, parseRtcp } from '../../../packages/rtp/src/rtcp/compound.js';
import type { FuzzTarget } from '../campaign.js';
import { rtcpPacket, SEED_RTCP } from './rtp-inputs.js';

export const rtcp: FuzzTarget = {
  name: 'RTCP',
  seeds: [SEED_RTCP],
  structured: rtcpPacket,
  create: () => (input) => {
    isRtcp(input, input.length);
    parseRtcp(input);
  },
};
