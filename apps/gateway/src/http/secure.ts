import { ok, type Result } from '@earshot/base';
import type { Config } from '../config/schema.js';
import type { Log } from '../log.js';
import type { CertificateKeeper } from './certificate-keeper.js';
import { OnePort, type OnePortOptions } from './one-port.js';

export interface SecureOptions {
  readonly tls: NonNullable<Config['http']['tls']>;
  readonly certificates: CertificateKeeper;
  readonly log: Log;
  readonly onHttp: OnePortOptions['onHttp'];
  readonly onTurnStream: OnePortOptions['onTurnStream'];
}

/** The TLS port as the rest of the gateway sees it. */
export interface SecurePort {
  /** Where it listens. */
  readonly host: string;
  readonly port: number;
  /** As browsers reach it. */
  readonly advertisedPort: number;
  close(): Promise<void>;
}

/** Opens the TLS port. Faults: `server.port_in_use`, `server.address_unavailable`. */
export async function startSecure(options: SecureOptions): Promise<Result<SecurePort>> {
  const { tls, certificates, log, onHttp, onTurnStream } = options;
  const listening = await OnePort.listen({
    host: tls.host,
    port: tls.port,
    certificate: certificates.current,
    log,
    onHttp,
    onTurnStream,
  });
  if (!listening.ok) return listening;
  const { value: onePort } = listening;
  const forget = certificates.onChange((certificate) => onePort.setCertificate(certificate));
  const { host, port } = onePort;
  const close = (): Promise<void> => {
    forget();
    return onePort.close();
  };
  return ok({ host, port, advertisedPort: tls.advertisedPort ?? port, close });
}
