import { err, ok, type Result } from '@earshot/base';
import { createCertificate, loadCertificate } from '@earshot/crypto';
import { faultFields } from '../log.js';
import { MediaAddresses, MediaPool } from '../media/index.js';
import { Reflector, type RelayHealth, startRelayHealth } from '../relays/index.js';
import type { PartContext } from './context.js';

export interface MediaPart {
  readonly pool: MediaPool;
  /** Where browsers reach the workers; it follows the machine's addresses. */
  readonly addresses: MediaAddresses;
  /** Of the certificate that all workers have. */
  readonly fingerprint: string;
}

/** The media workers and the addresses they are reached by. */
export async function startMedia({ config, log, stops }: PartContext): Promise<Result<MediaPart>> {
  const certificate = await createCertificate(Date.now());
  const { hosts, advertisedAddresses: advertised } = config.media;
  const addresses = await MediaAddresses.plan({ hosts, advertised });
  if (addresses.mistake !== undefined) return err(addresses.mistake);
  const started = await MediaPool.start({
    ...(config.media.workers === undefined ? {} : { workers: config.media.workers }),
    browserHosts: addresses.hosts,
    browserPort: config.media.port,
    sipHost: config.sip.host,
    sipPorts: config.sip.mediaPorts,
    certificate,
    opus: config.media.opus,
    adapt: config.calls.adapt,
  });
  if (!started.ok) return started;
  const pool = started.value;
  stops.add(() => pool.close());
  addresses.follow(pool, (problem) => log.warn(faultFields(problem), 'media address'));
  stops.add(() => addresses.stop());
  return ok({ pool, addresses, fingerprint: loadCertificate(certificate).fingerprint });
}

export interface RelayChecks {
  /** The leg that proves that a relay leads to this gateway's media. */
  readonly reflector: Reflector;
  /** Of the external relays. */
  readonly health: RelayHealth;
}

/** Asks the external relays whether they lead to this gateway's media. */
export function startRelayChecks(
  { config, log, stops, late }: PartContext,
  { pool, addresses }: Pick<MediaPart, 'pool' | 'addresses'>,
): RelayChecks {
  const reflector = new Reflector(() => {
    const worker = pool.assign('relay-check');
    return {
      send: (command) => worker.send(command),
      onEvent: (listener) => worker.onEvent(listener),
      candidates: () => addresses.candidates(worker.sockets),
      get sockets() {
        return worker.sockets;
      },
    };
  });
  const health = startRelayHealth(config.turn, reflector, log, () => late.sessionIce?.serversChanged());
  stops.add(() => health.close());
  return { reflector, health };
}
