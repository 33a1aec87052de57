import { err, type Fault, fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  type IpFamily,
  type StunTiming,
  TurnClient,
  type TurnClientEvent,
  type TurnClientOutput,
  type TurnCredentials,
} from '@earshot/turn';
import { now } from '../clock.js';
import { CoreTimer } from '../timer.js';
import type { RelayLink } from './link.js';

export interface RelaySessionOptions {
  readonly credentials: TurnCredentials;
  readonly timing?: StunTiming;
  readonly family?: IpFamily;
  /** How long an allocation is asked for, in ms. */
  readonly lifetimeMs?: number;
}

type Allocated = Extract<TurnClientEvent, { type: 'allocated' }>;

/** Gives the outcome that a question waits for, or undefined while it goes on. */
type Wanted<T> = (event: TurnClientEvent) => Result<T> | undefined;

/** A TURN client on a link, for those who ask and wait: checks of health and the doctor. It owns the link. */
export class RelaySession {
  readonly #link: RelayLink;
  readonly #client: TurnClient;
  readonly #timer: CoreTimer;
  readonly #waiting = new Set<(event: TurnClientEvent | Fault) => void>();
  #lost: Fault | undefined;
  onData: (payload: Uint8Array, peer: TransportAddress) => void = () => {};

  constructor(link: RelayLink, options: RelaySessionOptions) {
    this.#link = link;
    this.#client = new TurnClient({ crypto: nodeCrypto, transport: link.transport, ...options });
    this.#timer = new CoreTimer((at) => this.#perform(this.#client.handleTimeout(at)));
    link.onMessage = (bytes) => this.#perform(this.#client.receive(now(), bytes));
    link.onLost = (reason) => {
      this.#lost = reason;
      for (const hear of [...this.#waiting]) hear(reason);
    };
  }

  allocate(): Promise<Result<Allocated>> {
    return this.#ask(
      () => this.#client.allocate(now()),
      (event) => {
        if (event.type === 'allocated') return ok(event);
        return event.type === 'failed' ? err(event.fault) : undefined;
      },
    );
  }

  /** Lets an address be sent to. Fault: among others `turn.peer_forbidden`. */
  permit(address: string): Promise<Result<void>> {
    return this.#ask(
      () => this.#client.permit(now(), address),
      (event) => {
        if (event.type === 'permitted' && event.address === address) return ok(undefined);
        return failed(event, 'create-permission', address);
      },
    );
  }

  /** Resolves with the channel number. */
  bindChannel(peer: TransportAddress): Promise<Result<number>> {
    return this.#ask(
      () => this.#client.bindChannel(now(), peer),
      (event) => {
        if (event.type === 'bound' && event.peer === peer) return ok(event.channel);
        return failed(event, 'channel-bind', peer.address);
      },
    );
  }

  refresh(): Promise<Result<number>> {
    return this.#ask(
      () => this.#client.refresh(now()),
      (event) => (event.type === 'refreshed' ? ok(event.lifetimeMs) : failed(event, 'refresh')),
    );
  }

  send(peer: TransportAddress, payload: Uint8Array): void {
    const bytes = this.#client.dataTo(peer, payload);
    if (bytes !== undefined) this.#link.send(bytes);
  }

  /** Releases the allocation, waits for the answer as long as `timing` says, and closes the link. Never fails. */
  async close(): Promise<void> {
    await this.#ask(
      () => this.#client.close(now()),
      (event) => (event.type === 'closed' ? ok(undefined) : undefined),
    );
    this.#timer.stop();
    this.#link.close();
  }

  /** Asks, and waits for the event that answers. What ends the allocation or the link ends every waiting. */
  #ask<T>(begin: () => TurnClientOutput[], wanted: Wanted<T>): Promise<Result<T>> {
    if (this.#lost !== undefined) return Promise.resolve(err(this.#lost));
    const outputs = begin();
    if (outputs.length === 0) return Promise.resolve(err(OVER));
    return new Promise((resolve) => {
      const hear = (event: TurnClientEvent | Fault): void => {
        const outcome =
          'code' in event ? err(event) : (wanted(event) ?? (event.type === 'closed' ? err(OVER) : undefined));
        if (outcome === undefined) return;
        this.#waiting.delete(hear);
        resolve(outcome);
      };
      this.#waiting.add(hear);
      this.#perform(outputs);
    });
  }

  #perform(outputs: readonly TurnClientOutput[]): void {
    for (const output of outputs) {
      if (output.type === 'send') this.#link.send(output.bytes);
      else if (output.event.type === 'data') this.onData(output.event.payload, output.event.peer);
      else for (const hear of [...this.#waiting]) hear(output.event);
    }
    this.#timer.arm(this.#client.nextTimeout);
  }
}

const OVER = fault('turn.allocation_mismatch', 'there is no allocation');

function failed(
  event: TurnClientEvent,
  request: Extract<TurnClientEvent, { type: 'failed' }>['request'],
  peer?: string,
): Result<never> | undefined {
  return event.type === 'failed' && event.request === request && event.peer === peer ? err(event.fault) : undefined;
}
