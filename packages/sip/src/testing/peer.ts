import type { TransportAddress } from '@earshot/base';
import { Headers } from '../message/headers.js';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.js';
import { tagOf } from '../message/name-addr.js';
import { printMessage } from '../message/print.js';
import { makeResponse } from '../message/response.js';
import { encodeUtf8 } from '../message/utf8.js';
import { requestText } from './messages.js';
import { type Host, parsed, type VirtualNetwork } from './virtual-network.js';

export interface Reply {
  readonly toTag?: string;
  readonly sdp?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The far end, played by the test message by message. */
export class Peer {
  readonly address: TransportAddress;
  readonly received: SipMessage[] = [];
  readonly #network: VirtualNetwork;
  readonly #host: Host;

  constructor(network: VirtualNetwork, address: string, host: Host) {
    this.#network = network;
    this.#host = host;
    this.address = network.peer(address, ({ bytes }) => this.received.push(parsed(bytes)));
  }

  /** Sends, and lets the answer come. */
  send(text: string): void {
    this.#network.carry(this.address, this.#host.address, encodeUtf8(text));
    this.#network.run(5);
  }

  request(method: string, change: Readonly<Record<string, string | null>> = {}): void {
    this.send(requestText(method, change));
  }

  reply(to: SipRequest, status: number, { toTag, sdp = '', headers = {} }: Reply = {}): void {
    const contact = {
      Contact: `<sip:${this.address.address}:5060>`,
      ...(sdp === '' ? {} : { 'Content-Type': 'application/sdp' }),
    };
    const response = makeResponse(to, status, {
      ...(toTag === undefined ? {} : { toTag }),
      headers: Headers.of({ ...contact, ...headers }),
      body: encodeUtf8(sdp),
    });
    this.#network.carry(this.address, this.#host.address, printMessage(response));
    this.#network.run(5);
  }

  requests(method: string): SipRequest[] {
    return this.received.filter(
      (message): message is SipRequest => message.kind === 'request' && message.method === method,
    );
  }

  /** The first request of a method; a test that has none is wrong. */
  request0(method: string): SipRequest {
    const [first] = this.requests(method);
    if (first === undefined) throw new Error(`no ${method} came`);
    return first;
  }

  responses(method: string): SipResponse[] {
    return this.received.filter(
      (message): message is SipResponse => message.kind === 'response' && message.cseq.method === method,
    );
  }

  toTags(method: string): (string | undefined)[] {
    return this.responses(method).map(({ to }) => tagOf(to));
  }

  statuses(method: string): number[] {
    return this.responses(method).map(({ status }) => status);
  }
}
