import type { Fault } from '@earshot/base';
import type { BrowserEvent } from '@earshot/telemetry';
import type { Browser } from '../browser.js';
import { EarshotError } from '../earshot-error.js';
import type { Evidence } from '../evidence/evidence.js';
import { optional } from '../evidence/printable.js';
import { AudioConnection, type SpareCredentials } from './audio-connection.js';
import { type CallIce, relayUrls, turnTransport } from './ice-settings.js';
import { nameOfNoPath } from './path-fault.js';
import { type GatewaySight, Recovery } from './recovery.js';
import * as TIMES from './recovery-times.js';
import { RelayLease } from './relay-lease.js';
import { familyOfRelay, type MeasuredPath, type MediaFigures, type MediaPath } from './stats.js';

export interface PathListener {
  /** The connection entered another state. */
  state(): void;
  /** A restart for the gateway. `abandons`: the paths so far must not be kept. */
  offer(sdp: string, abandons: boolean): void;
  /** One that the gateway need not answer. */
  restarted(sdp: string): void;
  /** The path, its codec or its relay changed. */
  path(path: MediaPath): void;
  /** Whether audio is lost changed. */
  lost(lost: boolean): void;
  /** The path broke, perhaps together with the signaling connection. */
  suspect(): void;
  failed(error: unknown): void;
}

type Reason = Extract<BrowserEvent, { type: 'ice.attempt' }>['reason'];

/**
 * Keeps a way between browser and gateway: by the policy of the call, with credentials that last, restarting ICE when
 * either asks for it, and telling what was seen on the way.
 */
export class PathKeeper {
  readonly audio: AudioConnection;
  readonly #browser: Browser;
  readonly #listener: PathListener;
  readonly #recovery: Recovery;
  readonly #lease: RelayLease;
  readonly #evidence: Evidence;
  #ice: CallIce;
  #transports: RTCIceTransportPolicy;
  #told = false;
  #restarting = false;
  #spare: SpareCredentials | undefined;
  #changedAt = -Infinity;
  #path: MediaPath | undefined;
  #pathKey = '';
  #pairKey = '';

  constructor(browser: Browser, ice: CallIce, evidence: Evidence, listener: PathListener) {
    this.#browser = browser;
    this.#ice = ice;
    this.#listener = listener;
    this.#recovery = new Recovery(browser.now());
    this.#lease = new RelayLease(ice);
    this.#evidence = evidence;
    this.#transports = this.#nextTransports();
    evidence.note({ type: 'ice.attempt', policy: this.#transports, reason: 'start' });
    this.audio = new AudioConnection(browser, ice.servers, this.#transports, evidence.note, () => listener.state());
  }

  get path(): MediaPath | undefined {
    return this.#path;
  }

  /** The gateway knows the call. */
  told(): void {
    this.#told = true;
  }

  /** Both descriptions are known. */
  answered(): void {
    this.#recovery.answered(this.#browser.now());
  }

  /** Something outside hints at a changed network; `changed`: says so outright. */
  doubt(changed: boolean): void {
    const now = this.#browser.now();
    if (changed) this.#changedAt = now;
    this.#recovery.doubt(now, changed);
  }

  /** Whether the network changed lately. */
  get isChanged(): boolean {
    return this.#browser.now() - this.#changedAt < TIMES.DOUBT;
  }

  /** The gateway answers checks for these already. They serve until it tells others. */
  keepSpare(spare: SpareCredentials): void {
    this.#spare = spare;
  }

  /** The gateway's figures of this leg. */
  report(gateway: GatewaySight): void {
    this.#recovery.report(gateway);
  }

  /** The session has other servers or credentials. The running gathering keeps those it has. */
  renew(ice: CallIce, replaces: boolean): void {
    this.#ice = ice;
    this.#lease.renew(ice, replaces);
    try {
      this.audio.configure(ice.servers, this.#transports);
    } catch {
      // A browser that dislikes them goes on with those it has; the next gathering tells what is wrong with them.
    }
    this.#keepLease();
  }

  /** Takes what the browser measures, twice a second or more. */
  observe(figures: MediaFigures): void {
    this.#take(figures);
    const { bytesReceived, packetsSent } = figures;
    const hasSpare = this.#spare !== undefined;
    const sight = { state: this.audio.state, bytesReceived, packetsSent, hasSpare };
    const now = this.#browser.now();
    const wasLost = this.#recovery.lost;
    const isBroken = this.#recovery.observe(now, sight, this.#transports === 'relay');
    if (this.#recovery.lost !== wasLost) this.#listener.lost(this.#recovery.lost);
    if (isBroken) void this.restart(this.isChanged ? 'network-changed' : 'media-lost');
    else this.#keepLease();
  }

  /** New candidates while the old path still carries. */
  async restart(reason: Exclude<Reason, 'start' | 'relay-only'>): Promise<void> {
    if (this.#restarting || !this.#told) return;
    this.#restarting = true;
    try {
      // Fresh credentials change nothing about which kind of path works.
      const transports = reason === 'credentials' ? this.#transports : this.#nextTransports();
      const isBroken = reason === 'media-lost' || reason === 'network-changed';
      // A browser stays on a direct path as long as its checks are answered, whatever the policy says.
      const abandons = isBroken && transports === 'relay' && this.#ice.policy === 'auto';
      const spare = abandons ? undefined : this.#spare;
      const restarted = await this.audio.restart(() => {
        if (isBroken) this.#listener.suspect();
        const falls = transports === 'relay' && this.#transports !== 'relay';
        this.#transports = transports;
        this.#lease.gathered();
        this.#recovery.restarted(this.#browser.now());
        this.audio.configure(this.#ice.servers, transports);
        this.#evidence.note({
          type: 'ice.attempt',
          policy: transports,
          reason: falls ? 'relay-only' : reason,
          ...optional('spare', spare && true),
        });
      }, spare);
      if (restarted?.isAnswered === true) {
        this.answered();
        this.#listener.restarted(restarted.sdp);
      } else if (restarted !== undefined) this.#listener.offer(restarted.sdp, abandons);
    } catch (error) {
      this.#listener.failed(error);
    } finally {
      this.#restarting = false;
    }
  }

  /** The failure by the name that fits what the browser saw, with what it saw. */
  explain(why: Fault): EarshotError {
    const isBuilt = this.audio.state === 'connected';
    const events = [...this.#evidence.events];
    return new EarshotError(isBuilt ? why : nameOfNoPath(why, events, relayUrls(this.#ice.servers)), events);
  }

  #nextTransports(): RTCIceTransportPolicy {
    const { policy, servers } = this.#ice;
    if (policy !== 'auto') return policy;
    return this.#recovery.relayOnly && relayUrls(servers).length > 0 ? 'relay' : 'all';
  }

  #keepLease(): void {
    if (this.#lease.isDue(this.#browser.now(), this.#path?.via)) void this.restart('credentials');
  }

  #take({ path, pair }: MediaFigures): void {
    const server = path.server ?? this.#onlyServer(path);
    this.#path = { ...path, server, family: path.family ?? familyOfRelay(server), hint: this.#hint(path) };
    const pairKey = pair === undefined ? '' : JSON.stringify([pair.local, pair.remote]);
    if (pair !== undefined && pairKey !== this.#pairKey) {
      this.#pairKey = pairKey;
      this.#evidence.note({ type: 'ice.pair', ...pair });
    }
    // The round trip is never the same twice: whoever wants it asks, or listens to the figures.
    const pathKey = JSON.stringify({ ...this.#path, roundTripMs: undefined });
    if (pathKey === this.#pathKey) return;
    this.#pathKey = pathKey;
    this.#listener.path(this.#path);
  }

  /** Firefox does not say which relay it is; often there is one only that is spoken to in this way. */
  #onlyServer({ via, transport }: MeasuredPath): string | undefined {
    if (via !== 'relay') return undefined;
    const urls = relayUrls(this.#ice.servers).filter((url) => turnTransport(url) === transport);
    return urls.length === 1 ? urls[0] : undefined;
  }

  /** UDP is preferred wherever it works: a relay over TCP, where UDP could have been used, says that it does not. */
  #hint({ via, transport }: MeasuredPath): MediaPath['hint'] {
    if (via !== 'relay' || transport === 'udp') return undefined;
    const triesUdp = relayUrls(this.#ice.servers).some((url) => turnTransport(url) === 'udp');
    return triesUdp || this.#transports === 'all' ? 'ice.relay_tcp' : undefined;
  }
}
