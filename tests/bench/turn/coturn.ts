import type { TurnTransport } from '@earshot/telemetry';
import type { CertificateFiles } from '../../harness/certificates.js';
import { type Coturn as Server, startCoturn } from '../../harness/coturn.js';
import { pinned } from '../media/cpu.js';
import { HOST, relayUrl, SECRET, type Target } from './target.js';

/** Debian's coturn with one relay thread, which writes no log. */
export class Coturn implements Target {
  readonly name = 'coturn';
  readonly secret = SECRET;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(certificate: CertificateFiles): Promise<Coturn> {
    const args = ['--relay-threads', '1'];
    return new Coturn(
      await startCoturn({ secret: SECRET, address: HOST, certificate, args, quiet: true, wrap: pinned }),
    );
  }

  get pid(): number {
    return this.#server.pid;
  }

  urlOf(transport: TurnTransport): string {
    return relayUrl(transport, transport === 'tls' ? this.#server.tlsPort : this.#server.port);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
