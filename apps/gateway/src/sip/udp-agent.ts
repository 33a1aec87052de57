import type { Socket } from 'node:dgram';
import { ok, type Result, type TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { SipAgent, type SipEvent, type SipFlow, type SipInput } from '@earshot/sip';
import { now as clockNow } from '../clock.js';
import { InTurn } from '../in-turn.js';
import { bindUdp } from '../net/bind.js';
import type { Timeless } from '../timeless.js';
import { CoreTimer } from '../timer.js';

export interface UdpAgentOptions {
  readonly host: string;
  readonly port: number;
  /** Which setting chose the port, for the fault when it is taken. */
  readonly where: string;
  readonly userAgent: string;
  /** The host that Via and Contact name towards a remote. */
  readonly advertise: (remote: TransportAddress) => string;
  readonly onEvent: (event: SipEvent) => void;
  /** SIP legs held at once; beyond it an INVITE is answered 503. */
  readonly maxLegs?: number;
}

/** What legs need of an agent. */
export type SipPort = Pick<UdpAgent, 'handle' | 'flowTo' | 'local'>;

/** The shell around a SipAgent: one UDP socket, one timer. Events come after the outputs of the same step were sent. */
export class UdpAgent {
  readonly #socket: Socket;
  readonly #agent: SipAgent;
  readonly #timer = new CoreTimer((now) => this.#step({ type: 'timeout', now }));
  readonly #events: InTurn<SipEvent>;
  readonly local: TransportAddress;
  #closed = false;

  static async start(options: UdpAgentOptions): Promise<Result<UdpAgent>> {
    const bound = await bindUdp(options.host, options.port, options.where);
    return bound.ok ? ok(new UdpAgent(bound.value, options)) : bound;
  }

  private constructor(socket: Socket, { userAgent, advertise, onEvent, maxLegs }: UdpAgentOptions) {
    this.#socket = socket;
    this.#events = new InTurn(onEvent);
    const { address, port } = socket.address();
    this.local = { address, port };
    this.#agent = new SipAgent({
      crypto: nodeCrypto,
      userAgent,
      contactFor: ({ remote }) => ({ address: advertise(remote), port }),
      ...(maxLegs === undefined ? {} : { maxLegs }),
    });
    socket.on('message', (bytes, { address: from, port: fromPort }) => {
      const flow = this.flowTo({ address: from, port: fromPort });
      this.#step({ type: 'receive', now: clockNow(), flow, bytes });
    });
    // A queued ICMP error names no destination; retransmission timers notice the loss.
    socket.on('error', () => {});
  }

  flowTo(remote: TransportAddress): SipFlow {
    return { transport: 'udp', local: this.local, remote };
  }

  handle(input: Timeless<SipInput>): void {
    this.#step({ ...input, now: clockNow() } as SipInput);
  }

  get legs(): number {
    return this.#agent.dialogs;
  }

  /** Idempotent. What was sent in the same turn may not leave any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.stop();
    this.#socket.close();
  }

  #step(input: SipInput): void {
    if (this.#closed) return;
    const outputs = this.#agent.handle(input);
    for (const output of outputs) if (output.type === 'send') this.#send(output.flow, output.bytes);
    this.#timer.arm(this.#agent.nextTimeout);
    this.#events.add(outputs.flatMap((output) => (output.type === 'event' ? [output.event] : [])));
  }

  #send(flow: SipFlow, bytes: Uint8Array): void {
    const fail = (reason: string): void => this.#step({ type: 'transport-error', now: clockNow(), flow, reason });
    const { address, port } = flow.remote;
    // Peers name ports in Via and Contact, and 0 is one that a socket would throw at.
    if (port === 0) {
      process.nextTick(fail, 'port 0 cannot be sent to');
      return;
    }
    this.#socket.send(bytes, port, address, (error) => {
      if (error !== null) fail(error.message);
    });
  }
}
