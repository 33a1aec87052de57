import { createCounters, type TurnCounters } from '@earshot/turn';
import type { GatewayFigures } from '../admin/index.js';

export const NOTHING_RELAYED: TurnCounters = createCounters();

/** A gateway in which all is well and nothing happens. */
export const QUIET: GatewayFigures = {
  workers: () => ({ running: 1, configured: 1 }),
  sessions: () => 0,
  waiting: () => ({ awake: 0, asleep: 0 }),
  calls: () => 0,
};
