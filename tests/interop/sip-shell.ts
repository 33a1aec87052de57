import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { nodeCrypto } from '@earshot/crypto';
import { SipAgent, type SipAgentOptions, type SipEvent, type SipFlow, type SipInput } from '@earshot/sip';

type Act = SipInput extends infer I ? (I extends SipInput ? Omit<I, 'now'> : never) : never;

/** A SIP agent on a UDP socket of loopback: the shortest shell there is. */
export class SipShell {
  readonly events: SipEvent[] = [];
  readonly port: number;
  /** Reacts to each event. */
  onEvent: (event: SipEvent) => void = () => {};
  readonly #socket: Socket;
  readonly #agent: SipAgent;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, options: Partial<SipAgentOptions>) {
    this.#socket = socket;
    this.port = (socket.address() as AddressInfo).port;
    const local = { address: '127.0.0.1', port: this.port };
    this.#agent = new SipAgent({ crypto: nodeCrypto, userAgent: 'Earshot', contactFor: () => local, ...options });
    socket.on('message', (bytes, { address, port }) => {
      this.act({ type: 'receive', flow: this.flowTo(port, address), bytes });
    });
  }

  static async open(options: Partial<SipAgentOptions> = {}): Promise<SipShell> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new SipShell(socket, options);
  }

  flowTo(port: number, address = '127.0.0.1'): SipFlow {
    return { transport: 'udp', local: { address: '127.0.0.1', port: this.port }, remote: { address, port } };
  }

  act(input: Act): void {
    const outputs = this.#agent.handle({ ...input, now: performance.now() } as SipInput);
    for (const output of outputs) {
      if (output.type === 'send') this.#socket.send(output.bytes, output.flow.remote.port, output.flow.remote.address);
      else this.events.push(output.event);
    }
    clearTimeout(this.#timer);
    const next = this.#agent.nextTimeout;
    if (next !== undefined) {
      this.#timer = setTimeout(() => this.act({ type: 'timeout' }), Math.max(0, Math.ceil(next - performance.now())));
    }
    for (const output of outputs) if (output.type === 'event') this.onEvent(output.event);
  }

  /** The types of all events but messages. */
  get story(): string[] {
    return this.events.map(({ type }) => type).filter((type) => type !== 'message');
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}
