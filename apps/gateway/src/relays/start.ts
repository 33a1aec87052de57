import type { Config } from '../config/schema.js';
import { faultFields, type Log } from '../log.js';
import { RelayHealth } from './health.js';
import { probeRelay } from './probe.js';
import type { Reflector } from './reflector.js';

/**
 * Begins to ask the external relays of the configuration, and says in the log when one fails or is back. `onChange`: what
 * sessions are given changes with it.
 */
export function startRelayHealth(
  config: Config['turn'],
  reflector: Reflector,
  log: Log,
  onChange: () => void,
): RelayHealth {
  const health = new RelayHealth({
    servers: config.servers,
    credentialSeconds: config.credentialSeconds,
    // Relays elsewhere go by the time of day.
    clock: Date.now,
    probe: (url, credentials, signal) => probeRelay(url, credentials, { target: reflector.target, signal }),
    onChange: ({ url, report, state }) => {
      if (state === 'up') log.info({ url }, 'relay is back');
      else log.warn({ url, ...(report?.fault === undefined ? {} : faultFields(report.fault)) }, 'relay is down');
      onChange();
    },
  });
  health.start();
  return health;
}
