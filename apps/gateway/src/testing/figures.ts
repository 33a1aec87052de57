import type { TurnCounters } from '@earshot/turn';
import type { GatewayFigures } from '../admin/index.js';

export const NOTHING_RELAYED: TurnCounters = {
  active: { udp: 0, tcp: 0, tls: 0 },
  allocated: { udp: 0, tcp: 0, tls: 0 },
  streams: 0,
  packetsUp: 0,
  packetsDown: 0,
  bytesUp: 0,
  bytesDown: 0,
  dropped: {
    malformed: 0,
    'no-allocation': 0,
    'no-channel': 0,
    'no-permission': 0,
    forbidden: 0,
    bandwidth: 0,
    blocked: 0,
  },
  refused: {},
  challenged: 0,
  bindings: 0,
  suppressed: 0,
};

/** A gateway in which all is well and nothing happens. */
export const QUIET: GatewayFigures = {
  workers: () => ({ running: 1, configured: 1 }),
  sessions: () => 0,
  calls: () => 0,
};
