import { createSocket, type Socket } from 'node:dgram';
import type { Millis } from '@earshot/base';
import { now as clockNow } from '../../clock.js';
import type { OutwardConfig } from '../../config/outward-schema.js';
import type { Log } from '../../log.js';
import { resolveHost } from '../../net/addresses.js';
import { isConnected, numericLookup } from '../../net/bind.js';
import { pollEvery } from '../../net/poll.js';
import { Receiver } from '../receiver.js';
import { encodeHep } from './encode.js';
import type { HepContent } from './hep-observer.js';

/** How often a name is looked up again. */
const RESOLVE_MS = 60_000;
/** UDP says nothing when it arrives: a receiver that was away is back when no error came for so long. */
const QUIET_MS = 30_000;
/** Bytes that wait in the socket. Beyond, packets are lost. */
const MOST_WAITING = 4 * 1024 * 1024;

/** Sends packets to Homer and forgets them. Whatever goes wrong there harms nobody here. */
export class HepSender {
  readonly receiver: Receiver;
  readonly #config: NonNullable<OutwardConfig['hep']>;
  readonly #stopLookups: () => void;
  #socket: Socket | undefined;
  #address: string | undefined;
  #failedAt: Millis | undefined;
  #stopped = false;

  constructor(config: NonNullable<OutwardConfig['hep']>, log: Log) {
    this.#config = config;
    this.receiver = new Receiver('hep', log);
    this.#stopLookups = pollEvery(RESOLVE_MS, () => this.#connect());
    void this.#connect();
  }

  send(content: HepContent): void {
    const { captureId, password } = this.#config;
    const socket = this.#socket;
    const bytes = encodeHep({ ...content, captureId, password });
    if (
      socket === undefined ||
      bytes === undefined ||
      !isConnected(socket) ||
      socket.getSendQueueSize() > MOST_WAITING
    ) {
      this.receiver.gaveUp();
      return;
    }
    socket.send(bytes, (error) => {
      if (error !== null) this.#failed(error);
      const isQuiet = this.#failedAt === undefined || clockNow() - this.#failedAt >= QUIET_MS;
      if (isQuiet) this.receiver.took();
      else this.receiver.gaveUp();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#stopLookups();
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #connect(): Promise<void> {
    const address = await resolveHost(this.#config.host);
    if (this.#stopped) return;
    if (address === undefined) {
      if (this.#socket === undefined) this.#failed(undefined);
      return;
    }
    if (address === this.#address && this.#socket !== undefined && isConnected(this.#socket)) return;
    this.#socket?.close();
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', lookup: numericLookup });
    socket.on('error', (error) => this.#failed(error));
    socket.unref();
    socket.connect(this.#config.port, address);
    this.#socket = socket;
    this.#address = address;
  }

  #failed(error: NodeJS.ErrnoException | undefined): void {
    this.#failedAt = clockNow();
    this.receiver.failed(error === undefined ? 'the name has no address' : (error.code ?? 'it cannot be sent to'));
  }
}
