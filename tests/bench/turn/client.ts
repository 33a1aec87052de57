import type { TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { openLink, type RelayLink, RelaySession } from '@earshot/gateway';
import type { TurnTransport } from '@earshot/telemetry';
import {
  CHANNEL_DATA_HEADER,
  createTurnCredentials,
  isChannelData,
  parseRelayUrl,
  writeChannelHeader,
} from '@earshot/turn';
import { isRtpPacket, PACKET_LENGTH, rtpPacket } from './packet.js';
import type { Target } from './target.js';

const OPEN_MS = 5000;
/** The system may give a port anew whose earlier allocation the server still remembers: it says 437 (RFC 8656 section 7.2). */
const ATTEMPTS = 5;
const CREDENTIALS_MS = 3_600_000;

/**
 * A client with an allocation and one channel. It is set up as any client, and then sends the same message over and over,
 * so that it costs the generator little more than its socket.
 */
export class LoadClient {
  readonly relayed: TransportAddress;
  received = 0;
  wrong = 0;
  /** Called for each packet that arrived. */
  onPacket: () => void = () => undefined;
  readonly #link: RelayLink;
  readonly #session: RelaySession;
  #message: Uint8Array | undefined;

  static async open(target: Target, transport: TurnTransport, name: string): Promise<LoadClient> {
    const url = parseRelayUrl(target.urlOf(transport));
    if (url === undefined) throw new Error(`no URL of ${target.name} for ${transport}`);
    const credentials = createTurnCredentials(nodeCrypto, target.secret, Date.now() + CREDENTIALS_MS, name);
    for (let attempt = 1; ; attempt += 1) {
      const link = await openLink(url, { timeoutMs: OPEN_MS });
      if (!link.ok) throw new Error(`${target.name}, ${transport}: ${link.error.code}`);
      const session = new RelaySession(link.value, { credentials });
      const allocated = await session.allocate();
      if (allocated.ok) return new LoadClient(link.value, session, allocated.value.relayed);
      await session.close();
      if (allocated.error.code !== 'turn.allocation_mismatch' || attempt === ATTEMPTS) {
        throw new Error(`${target.name}, ${transport}: ${JSON.stringify(allocated.error)}`);
      }
    }
  }

  private constructor(link: RelayLink, session: RelaySession, relayed: TransportAddress) {
    this.#link = link;
    this.#session = session;
    this.relayed = relayed;
    const handle = link.onMessage;
    link.onMessage = (bytes) => {
      if (isChannelData(bytes[0])) this.#receive(bytes);
      else handle(bytes);
    };
  }

  #receive(bytes: Uint8Array): void {
    this.received += 1;
    if (!isRtpPacket(bytes, CHANNEL_DATA_HEADER)) this.wrong += 1;
    this.onPacket();
  }

  async bind(peer: TransportAddress): Promise<void> {
    const channel = await this.#session.bindChannel(peer);
    if (!channel.ok) throw new Error(`no channel: ${JSON.stringify(channel.error)}`);
    const message = new Uint8Array(CHANNEL_DATA_HEADER + PACKET_LENGTH);
    writeChannelHeader(message, 0, channel.value, PACKET_LENGTH);
    message.set(rtpPacket(0), CHANNEL_DATA_HEADER);
    this.#message = message;
  }

  send(): void {
    if (this.#message !== undefined) this.#link.send(this.#message);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
