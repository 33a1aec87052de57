import type { Millis, TransportAddress } from '@earshot/base';
import { checkFingerprint, METHOD_BINDING, parseStun, unknownRequired } from '@earshot/stun';
import { isChannelData } from '../wire/index.js';
import { Allocations } from './allocations.js';
import { Answers } from './answers.js';
import { Authenticator } from './authenticator.js';
import { type Counters, createCounters } from './counters.js';
import { type Flow, Listener, StreamFlow, UdpFlow } from './flow.js';
import { KNOWN_ATTRIBUTES } from './known-attributes.js';
import { PeerPolicy } from './peer-policy.js';
import { RelaySocket } from './relay-socket.js';
import { Relaying } from './relaying.js';
import { Requests } from './requests.js';
import { SendIndication } from './send-indication.js';
import { Streams } from './streams.js';
import {
  DEFAULT_LIMITS,
  type OpenedRelay,
  type PeerRules,
  type TurnCounters,
  type TurnFlow,
  type TurnListener,
  type TurnRelay,
  type TurnServerInputs,
  type TurnServerIo,
  type TurnServerOptions,
} from './types.js';

/** A connection that shows so many wrong credentials is closed. */
const MAX_FAILURES = 8;

/** A STUN and TURN server without sockets or clocks (RFC 8489, RFC 8656): see `TurnServerInputs` and `TurnServerIo`. */
export class TurnServer<Client, Relay> implements TurnServerInputs<Client, Relay> {
  readonly #io: TurnServerIo<Client, Relay>;
  readonly #counters: Counters = createCounters();
  readonly #authenticator: Authenticator;
  readonly #answers: Answers<Client, Relay>;
  readonly #allocations: Allocations<Client, Relay>;
  readonly #streams: Streams<Client, Relay>;
  readonly #requests: Requests<Client, Relay>;
  readonly #relaying: Relaying<Client, Relay>;

  constructor(options: TurnServerOptions<Client, Relay>) {
    const { crypto, random, io, realm, secrets, software, families = [4, 6] } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const counters = this.#counters;
    this.#io = io;
    const authenticator = new Authenticator({ crypto, random, realm, secrets, nonceLifetime: limits.nonceLifetime });
    const answers = new Answers<Client, Relay>({ crypto, random, io, counters, authenticator, realm, software });
    const allocations = new Allocations<Client, Relay>({ io, random, counters, limits, answers });
    const relaying = new Relaying<Client, Relay>(io, counters, new PeerPolicy(options.peers), random, {
      relaying: ({ flow, owner }, peer, direction) => {
        const client = { transport: flow.transport, client: flow.remote };
        io.event({ type: 'turn.relaying', ...client, peer: peer.name, direction }, owner.tag);
      },
      sendRefused: (now, { flow, owner }, refusal) => answers.refuseSilently(now, flow, owner.tag, refusal),
    });
    const policy = (): PeerPolicy => relaying.policy;
    this.#requests = new Requests<Client, Relay>({ authenticator, answers, allocations, limits, families, policy });
    this.#streams = new Streams(limits, counters);
    this.#authenticator = authenticator;
    this.#answers = answers;
    this.#allocations = allocations;
    this.#relaying = relaying;
  }

  get counters(): TurnCounters {
    return this.#counters;
  }

  listen(client: Client): TurnListener<Client> {
    return new Listener<Client, Relay>(client);
  }

  receiveDatagram(now: Millis, listener: TurnListener<Client>, bytes: Uint8Array, remote: TransportAddress): void {
    if (!(listener instanceof Listener)) throw new TypeError('the listener is of another server');
    const own: Listener<Client, Relay> = listener;
    const flow = own.find(remote);
    if (flow !== undefined) this.#receive(now, flow, bytes, 0, bytes.length);
    else if (isChannelData(bytes[0])) this.#relaying.drop('no-allocation');
    else this.#receive(now, new UdpFlow(own, remote), bytes, 0, bytes.length);
  }

  openStream(
    now: Millis,
    transport: 'tcp' | 'tls',
    client: Client,
    remote: TransportAddress,
  ): TurnFlow<Client> | undefined {
    const crowding = this.#streams.inTheWay(remote);
    if (crowding !== undefined) this.#closeStream(now, crowding, 'failed');
    return this.#streams.open(now, transport, client, remote);
  }

  receiveStream(now: Millis, flow: TurnFlow<Client>, bytes: Uint8Array): void {
    if (!(flow instanceof StreamFlow) || !flow.isOpen) return;
    const own: StreamFlow<Client, Relay> = flow;
    const { framer } = own;
    framer.push(bytes);
    while (framer.next()) {
      this.#streams.touch(now, own);
      const isSound = this.#receive(now, own, framer.bytes, framer.offset, framer.length);
      if (!isSound || own.failures >= MAX_FAILURES) this.#closeStream(now, own, 'failed');
      if (!own.isOpen) return;
    }
    if (!framer.failed) return;
    this.#relaying.drop('malformed');
    this.#closeStream(now, own, 'failed');
  }

  streamClosed(now: Millis, flow: TurnFlow<Client>): void {
    if (!(flow instanceof StreamFlow)) return;
    const own: StreamFlow<Client, Relay> = flow;
    if (!this.#streams.close(own)) return;
    if (own.allocation !== undefined) this.#allocations.end(now, own.allocation, 'connection-closed');
  }

  receiveFromPeer(now: Millis, relay: TurnRelay<Relay>, bytes: Uint8Array, from: TransportAddress): void {
    if (relay instanceof RelaySocket) this.#relaying.fromPeer(now, relay, bytes, from);
  }

  relayOpened(
    now: Millis,
    relay: TurnRelay<Relay>,
    opened: OpenedRelay<Relay>,
    next: OpenedRelay<Relay> | undefined,
  ): void {
    if (relay instanceof RelaySocket) this.#allocations.opened(now, relay, opened, next);
  }

  relayFailed(now: Millis, relay: TurnRelay<Relay>): void {
    if (relay instanceof RelaySocket) this.#allocations.failed(now, relay);
  }

  get nextTimeout(): Millis | undefined {
    const next = Math.min(this.#allocations.due, this.#streams.due);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  handleTimeout(now: Millis): void {
    this.#allocations.expire(now);
    for (const flow of this.#streams.findIdle(now)) this.#closeStream(now, flow, 'failed');
  }

  setSecrets(secrets: readonly string[]): void {
    this.#authenticator.setSecrets(secrets);
  }

  setPeers(rules: PeerRules): void {
    const policy = new PeerPolicy(rules);
    this.#relaying.policy = policy;
    this.#allocations.apply(policy);
  }

  drain(alternate?: TransportAddress): void {
    this.#requests.drain(alternate);
  }

  close(now: Millis): void {
    this.#allocations.endAll(now);
    for (const flow of this.#streams.all) this.#closeStream(now, flow, 'failed');
  }

  /** One message. False: it is none, so that what follows on a stream cannot be understood either. */
  #receive(now: Millis, flow: Flow<Client, Relay>, bytes: Uint8Array, offset: number, length: number): boolean {
    if (isChannelData(bytes[offset])) {
      this.#relaying.channelData(now, flow, bytes, offset, length);
      return true;
    }
    if (SendIndication.is(bytes, offset)) {
      this.#relaying.sendIndication(now, flow, bytes, offset, length);
      return true;
    }
    return this.#stun(now, flow, bytes.subarray(offset, offset + length));
  }

  /** The basic processing of RFC 8489 section 6.3, then what the method wants. */
  #stun(now: Millis, flow: Flow<Client, Relay>, bytes: Uint8Array): boolean {
    const message = parseStun(bytes);
    if (!message.ok || checkFingerprint(message.value) === 'wrong') {
      this.#relaying.drop('malformed');
      return false;
    }
    const { class: kind, method } = message.value;
    // Binding indications keep bindings of NATs alive and get no answer (RFC 8489 section 12); other indications and
    // responses mean nothing to a server.
    if (kind !== 'request') return true;
    if (method === METHOD_BINDING) {
      this.#answers.mapped(now, flow, message.value, unknownRequired(message.value, KNOWN_ATTRIBUTES));
    } else if (Requests.has(method)) {
      this.#requests.handle(now, flow, message.value);
    } else {
      this.#relaying.drop('malformed');
    }
    return true;
  }

  #closeStream(now: Millis, flow: StreamFlow<Client, Relay>, reason: 'failed'): void {
    if (!this.#streams.close(flow)) return;
    if (flow.allocation !== undefined) this.#allocations.end(now, flow.allocation, reason);
    this.#io.closeStream(flow);
  }
}
