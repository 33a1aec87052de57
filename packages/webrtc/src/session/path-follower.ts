import { type Crypto, type IceCredentials, type Millis, sameAddress, type TransportAddress } from '@earshot/base';
import type { IceEvent, IceLiteAgent, IcePath, LocalCandidate } from '../ice/index.js';
import { PathTrial } from './path-trial.js';
import type { SessionOutput } from './types.js';

/** How long (ms) an address that the peer did not confirm is not tried again. */
const REFUSED_MS = 10_000;
/** Refused addresses remembered, and sets of the peer's credentials: a restart or two are under way at most. */
const MAX_REMEMBERED = 8;
const NOTHING: readonly SessionOutput[] = [];

interface Refused {
  readonly remote: TransportAddress;
  readonly until: Millis;
}

/**
 * Sends where the peer's newest authentic media comes from, as QUIC does when its peer migrates (RFC 9000 section 9.3).
 * A browser moves its media to another path as soon as it likes that better, and says so by USE-CANDIDATE up to 2.5 s
 * later; a NAT that rebinds tells nobody.
 *
 *   on a validated path --newest media by another validated path--> on that one
 *   on a validated path --newest media from elsewhere--> trial --check or answer from there--> on that one
 *                                                          \--2 s--> back where it was
 *
 * Whoever has no keys moves nothing, nor does who repeats what was heard already.
 */
export class PathFollower {
  readonly #crypto: Crypto;
  readonly #ice: IceLiteAgent;
  /** Of the peer, by their ufrag. */
  readonly #credentials = new Map<string, IceCredentials>();
  #trial: PathTrial | undefined;
  #refused: Refused[] = [];
  #outputs: SessionOutput[] = [];

  constructor(crypto: Crypto, ice: IceLiteAgent) {
    this.#crypto = crypto;
    this.#ice = ice;
  }

  /** The peer's credentials are these now; those before may still be in use. */
  learn(ice: IceCredentials): void {
    this.#credentials.delete(ice.ufrag);
    this.#credentials.set(ice.ufrag, ice);
    const [oldest] = this.#credentials.keys();
    if (this.#credentials.size > MAX_REMEMBERED && oldest !== undefined) this.#credentials.delete(oldest);
  }

  /** The path that is being tried; undefined while the one of ICE serves. Allocates nothing. */
  get path(): IcePath | undefined {
    return this.#trial?.isActive === true ? this.#trial.path : undefined;
  }

  /** As `path`, where so many bytes may be sent there now; they count as sent. Allocates nothing. */
  pathFor(bytes: number): IcePath | undefined {
    return this.#trial?.isActive === true && this.#trial.spend(bytes) ? this.#trial.path : undefined;
  }

  /** Whether the peer's media came this way last. Allocates nothing. */
  isOn(serving: IcePath | undefined, from: TransportAddress, local: LocalCandidate, bytes: number): boolean {
    const trial = this.#trial;
    const path = trial?.isActive === true ? trial.path : serving;
    if (path?.remote.port !== from.port || path.remote.address !== from.address || path.local !== local) return false;
    if (trial?.isActive === true) trial.credit(bytes);
    return true;
  }

  /** The newest authentic packet of the peer came by another path than all before. `serving`: the path of ICE. */
  moved(now: Millis, serving: IcePath | undefined, from: TransportAddress, local: LocalCandidate, bytes: number): void {
    const path = { local, remote: { address: from.address, port: from.port } };
    if (serving !== undefined && isSame(serving, path)) {
      // It is back where it was: a NAT that cannot decide, or somebody was faster than the peer once.
      if (this.#trial !== undefined) this.#trial.isActive = false;
      return;
    }
    const events = this.#ice.follow(now, path);
    if (events !== undefined) {
      this.#trial = undefined;
      this.#tell(events);
      return;
    }
    const known = this.#trial;
    if (known !== undefined && isSame(known.path, path)) {
      known.isActive = true;
      known.credit(bytes);
      return;
    }
    if (this.#isRefused(now, path.remote)) return;
    const peer = this.#ice.peerOf((ufrag) => this.#credentials.get(ufrag));
    const trial = new PathTrial(this.#crypto, now, path, peer);
    trial.credit(bytes);
    this.#tell([this.#asPath(now, path, this.path ?? serving)]);
    this.#trial = trial;
    this.#ask(now, trial);
  }

  /** Whether this datagram is an answer to a question of ours; then what it confirms is confirmed. */
  takeAnswer(now: Millis, datagram: Uint8Array, from: TransportAddress): boolean {
    const trial = this.#trial;
    if (trial === undefined || !sameAddress(trial.path.remote, from) || !trial.isAnswer(datagram)) return false;
    this.#confirm(now, trial);
    return true;
  }

  /** A check came from there. */
  checked(now: Millis, from: TransportAddress): void {
    const trial = this.#trial;
    if (trial === undefined || !sameAddress(trial.path.remote, from)) return;
    if (this.#ice.isFresh(now, trial.path)) this.#confirm(now, trial);
  }

  get nextTimeout(): Millis | undefined {
    return this.#trial?.nextTimeout;
  }

  handleTimeout(now: Millis, serving: IcePath | undefined): void {
    const trial = this.#trial;
    if (trial === undefined) return;
    if (now < trial.endsAt) {
      this.#ask(now, trial);
      return;
    }
    this.#trial = undefined;
    this.#refused = [
      ...this.#refused.slice(1 - MAX_REMEMBERED),
      { remote: trial.path.remote, until: now + REFUSED_MS },
    ];
    if (serving !== undefined) this.#tell([this.#asPath(now, serving, trial.path)]);
  }

  /** What is to be sent and told since it was asked for last; the same empty list where there is nothing. */
  take(): readonly SessionOutput[] {
    if (this.#outputs.length === 0) return NOTHING;
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #confirm(now: Millis, trial: PathTrial): void {
    this.#trial = undefined;
    // That it moved was told when it did.
    this.#tell(this.#ice.confirm(now, trial.path, trial.isActive).filter(({ type }) => type !== 'path'));
  }

  #ask(now: Millis, trial: PathTrial): void {
    const datagram = trial.ask(now);
    if (datagram === undefined) return;
    this.#outputs.push({ type: 'send', datagram, from: trial.path.local, to: trial.path.remote });
  }

  #isRefused(now: Millis, remote: TransportAddress): boolean {
    return this.#refused.some((refused) => now < refused.until && sameAddress(refused.remote, remote));
  }

  #asPath(at: Millis, { local, remote }: IcePath, previous: IcePath | undefined): IceEvent {
    return { type: 'path', remote, local, previous, generation: this.#ice.selectedGeneration, at };
  }

  #tell(events: readonly IceEvent[]): void {
    for (const event of events) this.#outputs.push({ type: 'event', event });
  }
}

const isSame = (one: IcePath, other: IcePath): boolean =>
  sameAddress(one.remote, other.remote) && sameAddress(one.local, other.local);
