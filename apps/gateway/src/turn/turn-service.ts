import type { Duplex } from 'node:stream';
import { ok, type Result, type TransportAddress } from '@earshot/base';
import type { TurnCounters } from '@earshot/turn';
import { faultFields } from '../log.js';
import type { MediaAddress } from '../media/index.js';
import { VERSION } from '../version.js';
import { addCounters } from './counters.js';
import { RelayThread } from './relay-thread.js';
import type { RelaySettings } from './settings.js';
import { TurnRelay } from './turn-relay.js';
import type { RelayCertificate, RelayPorts, RelayService, TurnServiceOptions } from './types.js';

function settingsOf({ config, media, secrets, certificate }: TurnServiceOptions): RelaySettings {
  return {
    hosts: config.hosts,
    port: config.port,
    tlsPort: config.tlsPort,
    realm: config.realm,
    software: `Earshot/${VERSION}`,
    relayPorts: config.relayPorts,
    allowPeers: config.allowPeers,
    limits: config.quota,
    media,
    secrets,
    ...(certificate === undefined ? {} : { certificate }),
  };
}

/**
 * The embedded relay. Its ports are served by a thread of its own, so that relayed media never waits for call control;
 * connections of the shared TLS port arrive on the main thread and are served there, by another instance of the same.
 */
export class TurnService implements RelayService {
  readonly #thread: RelayThread;
  readonly #local: TurnRelay;

  /** Faults: server.port_in_use, server.address_unavailable, turn.worker_failed. */
  static async start(options: TurnServiceOptions): Promise<Result<TurnService>> {
    const settings = settingsOf(options);
    const { log, onEvent } = options;
    const thread = await RelayThread.start({
      settings,
      log,
      onEvent,
      onCrash: (failure) => log.error(faultFields(failure), 'relay thread failed'),
    });
    if (!thread.ok) return thread;
    return ok(new TurnService(thread.value, new TurnRelay({ settings, log, onEvent })));
  }

  private constructor(thread: RelayThread, local: TurnRelay) {
    this.#thread = thread;
    this.#local = local;
  }

  get ports(): RelayPorts {
    return this.#thread.ports;
  }

  counters(): TurnCounters {
    return addCounters(this.#thread.counters, this.#local.counters);
  }

  setSecrets(secrets: readonly string[]): void {
    this.#thread.change({ secrets }, { type: 'secrets', secrets });
    this.#local.setSecrets(secrets);
  }

  setMedia(media: readonly MediaAddress[]): void {
    this.#thread.change({ media }, { type: 'media', media });
    this.#local.setMedia(media);
  }

  setCertificate(certificate: RelayCertificate): void {
    this.#thread.change({ certificate }, { type: 'certificate', certificate });
  }

  acceptStream(stream: Duplex, remote: TransportAddress, transport: 'tcp' | 'tls'): void {
    this.#local.acceptStream(stream, remote, transport);
  }

  drain(): void {
    this.#thread.drain();
    this.#local.drain();
  }

  async close(): Promise<void> {
    this.#local.close();
    await this.#thread.close();
  }
}
