import type { ErrorCode, Millis, TransportAddress } from '@earshot/base';
import type {
  AudioSection,
  BrowserEvent,
  BrowserFigures,
  GatewayEvent,
  LegFigures,
  LegKind,
  LegName,
} from '@earshot/telemetry';
import type { Noted } from './call-trace.js';
import { downPassage, type Passage, RoundTrip, type Trip, upPassage } from './network.js';
import { type Kept, Latches, Movement, SampleWindow } from './window.js';

type Heard<Type extends BrowserEvent['type']> = Noted<Extract<BrowserEvent, { readonly type: Type }>>;
type Done<Type extends GatewayEvent['type']> = Noted<Extract<GatewayEvent, { readonly type: Type }>>;

/** What a description says about sound, as the leg's remote gave it, or as we did. */
export type Described = Noted<AudioSection>;

/**
 * What is known of one leg now: the newest entry of each kind that a rule asks for, and the newest samples. Nothing in it
 * grows with the length of the call.
 */
export class LegTrace {
  readonly name: LegName;
  kind: LegKind | undefined;

  // The page
  info: Heard<'client.info'> | undefined;
  lifecycle: Heard<'client.lifecycle'> | undefined;
  /** The last time that the page was put to sleep, and when it was awake again. */
  frozen: Heard<'client.lifecycle'> | undefined;
  thawedAt: Millis | undefined;
  stalled: Heard<'client.stalled'> | undefined;
  unreachable: Heard<'client.signaling'> | undefined;
  abandonedKeys: Heard<'call.key'> | undefined;
  /** How far the browser's clock, or the place of its count, moved since the first entry: the most, in ms. */
  clockShift: Noted<number> | undefined;
  #clockOffset: number | undefined;

  // Microphone and playout
  micAsked: Heard<'mic.asked'> | undefined;
  micWaiting: Heard<'mic.waiting'> | undefined;
  micFailed: Heard<'mic.failed'> | undefined;
  micOpened: Heard<'mic.opened'> | undefined;
  micDisabled: Heard<'mic.track'> | undefined;
  micMuted: Heard<'mic.track'> | undefined;
  micEnded: Heard<'mic.track'> | undefined;
  micRemoved: Heard<'mic.track'> | undefined;
  playout: Heard<'playout.state'> | undefined;

  // Descriptions and transport
  remoteAudio: Described | undefined;
  localAudio: Described | undefined;
  heldSince: Described | undefined;
  /** When it was taken off hold last. */
  resumedAt: Millis | undefined;
  sdpRefused: Heard<'sdp.refused'> | undefined;
  connection: Heard<'ice.connection'> | undefined;
  connectedOnce: Millis | undefined;
  pair: Heard<'ice.pair'> | undefined;
  switched: Heard<'ice.pair'> | undefined;
  private pairedAt: Millis | undefined;
  /** When sound first came or went by a pair. */
  private carriedAt: Millis | undefined;
  gatewayIce: Done<'ice.state'> | undefined;
  silence: Done<'leg.silence'> | undefined;
  secured: Done<'dtls.state'> | undefined;
  browserSecured: Heard<'dtls.connection'> | undefined;
  browserDtlsFailed: Heard<'dtls.connection'> | undefined;
  alert: Done<'dtls.alert'> | undefined;
  helloSeen = false;
  partialFlight: Done<'dtls.partial_flight'> | undefined;
  /** The browser's own words on the description of its DTLS role. */
  browserSetup: { local?: AudioSection['setup']; remote?: AudioSection['setup'] } = {};
  signaling: Done<'leg.signaling'> | undefined;
  /** When the socket was lost, unless it came back. */
  signalingLost: Done<'leg.signaling'> | undefined;
  /** Since when the browser answers no ping, before its socket is given up and until it is back. */
  signalingSilent: Done<'leg.signaling'> | undefined;
  /** Since when the page says nothing while its browser answers pings. */
  pageQuiet: Done<'leg.signaling'> | undefined;
  /** Relays that the browser was given. */
  relayUrls = 0;
  /** The last time that the browser itself noticed its socket to be lost. */
  socketLost: Heard<'client.signaling'> | undefined;
  restartedAt: Millis | undefined;
  failed: Done<'leg.failed'> | undefined;
  ended: Done<'leg.ended'> | undefined;
  undelivered: Done<'dtmf.relayed'> | undefined;
  mediaDenied: Done<'media.delivered'> | undefined;
  mediaReceivedAt: Millis | undefined;
  relayRefusal:
    | Noted<{ readonly code: ErrorCode; readonly client: TransportAddress; readonly method: string }>
    | undefined;
  relayClosed: Noted<{ readonly reason: string }> | undefined;

  // Figures
  readonly browser = new SampleWindow<BrowserFigures>();
  readonly gateway = new SampleWindow<LegFigures>();
  /** What became of packets: from this leg's remote to the gateway, and from the gateway to this browser. */
  readonly up = new SampleWindow<Passage>();
  readonly down = new SampleWindow<Passage>();
  /** From the browser to the gateway and back. */
  readonly trips = new SampleWindow<Trip>();
  readonly roundTrip = new RoundTrip();
  readonly latches = new Latches();
  /** When runs of losses began, by direction. */
  readonly bursts = new Map<'up' | 'down', Millis>();
  /** Whether the round trip climbed since it was last short. */
  climbed = false;
  /** Since when packets wait in a queue, as far as it did not run empty again. */
  queuedSince: Millis | undefined;
  /** Packets as the browser counts them. */
  readonly sent = new Movement();
  readonly received = new Movement();
  readonly transportIn = new Movement();
  readonly transportOut = new Movement();
  /** Answers to connectivity checks, and the samples that speak of checks. */
  readonly checks = new Movement();
  readonly micClock = new Movement();
  /** Packets as the gateway counts them: from, and to, this leg's remote. */
  readonly arrived = new Movement();
  readonly departed = new Movement();
  /** Seconds in which something could be heard from the microphone, and of the received audio. */
  readonly micHeard = new Movement();
  readonly remoteHeard = new Movement();
  /** The loudest that the microphone was in any second: 0 to 1. */
  loudest = 0;
  sawMicSource = false;
  /** Seconds, but for the first, in which fewer packets came than talking takes. */
  sparseSeconds = 0;
  bestRoundTripMs = Number.POSITIVE_INFINITY;

  constructor(name: LegName) {
    this.name = name;
  }

  browserSample(kept: Kept<BrowserFigures>): void {
    const { at, figures } = kept;
    this.browser.push(kept);
    this.down.push({ at, index: kept.index, figures: downPassage(figures) });
    if ((figures.packetsReceived ?? 0) > 0) this.carriedAt ??= at - figures.ms;
    this.sent.note(at, figures.packetsSent);
    this.received.note(at, figures.packetsReceived);
    this.transportIn.note(at, figures.transportBytesReceived);
    this.transportOut.note(at, figures.transportBytesSent);
    if ((figures.checksSent ?? 0) > 0 || (figures.checksAnswered ?? 0) > 0)
      this.checks.note(at, figures.checksAnswered);
    this.micClock.note(at, figures.micSeconds);
    if (figures.micSeconds !== undefined) this.sawMicSource = true;
    const level = micLevelOf(figures);
    if (level !== undefined) {
      this.micHeard.note(at, level > SILENT_LEVEL ? 1 : 0);
      this.loudest = Math.max(this.loudest, level);
    }
    const { remoteEnergy, remoteSeconds } = figures;
    if (remoteEnergy !== undefined && remoteSeconds !== undefined && remoteSeconds > 0) {
      this.remoteHeard.note(at, Math.sqrt(remoteEnergy / remoteSeconds) > SILENT_LEVEL ? 1 : 0);
    }
    const trip = this.roundTrip.take(at, figures);
    if (trip === undefined) return;
    this.trips.push({ at, index: kept.index, figures: { ms: figures.ms, trip } });
    this.bestRoundTripMs = Math.min(this.bestRoundTripMs, trip);
  }

  gatewaySample(kept: Kept<LegFigures>): void {
    const { at, figures } = kept;
    this.gateway.push(kept);
    this.up.push({ at, index: kept.index, figures: upPassage(figures) });
    this.arrived.note(at, figures.packetsReceived);
    this.departed.note(at, figures.packetsSent);
    this.roundTrip.takeReported(at, figures.roundTripMs);
    if (figures.packetsReceived > 0) {
      this.carriedAt ??= at - figures.ms;
      const isFirst = this.arrived.first === at;
      if (!isFirst && figures.ms >= 500 && figures.packetsReceived * 1000 < SPARSE_RATE * figures.ms)
        this.sparseSeconds += 1;
    }
    if (figures.levelDb !== undefined && figures.packetsReceived > 0) {
      this.remoteHeard.note(at, figures.levelDb > SILENT_DB ? 1 : 0);
    }
  }

  browserEvent(noted: Noted<BrowserEvent>): void {
    const { at, index, event } = noted;
    this.#noteClock(at, event.atMs);
    switch (event.type) {
      case 'client.info':
        this.info = { at, index, event };
        break;
      case 'client.lifecycle':
        this.lifecycle = { at, index, event };
        if (event.state === 'taken_up') this.#newPage();
        if (event.state === 'frozen') this.frozen = { at, index, event };
        else if (this.frozen !== undefined && event.state !== 'leaving') this.thawedAt = at;
        break;
      case 'client.stalled':
        this.stalled = { at, index, event };
        break;
      case 'client.signaling':
        this.unreachable = event.state === 'unreachable' ? { at, index, event } : undefined;
        if (event.state === 'lost') this.socketLost = { at, index, event };
        break;
      case 'call.key':
        this.abandonedKeys = event.sent ? undefined : { at, index, event };
        break;
      case 'mic.asked':
        this.micAsked = { at, index, event };
        break;
      case 'mic.waiting':
        this.micWaiting = { at, index, event };
        break;
      case 'mic.failed':
        this.micFailed = { at, index, event };
        break;
      case 'mic.opened':
        this.micOpened = { at, index, event };
        this.#micReturned();
        break;
      case 'mic.switched':
        this.#micReturned();
        break;
      case 'mic.track':
        this.#micTrack({ at, index, event });
        break;
      case 'playout.state':
        this.playout = { at, index, event };
        break;
      case 'sdp.set':
        if (event.audio?.setup !== undefined) this.browserSetup[event.side] = event.audio.setup;
        break;
      case 'sdp.refused':
        this.sdpRefused = { at, index, event };
        break;
      case 'dtls.connection':
        if (event.state === 'connected') this.browserSecured = { at, index, event };
        if (event.state === 'failed') this.browserDtlsFailed = { at, index, event };
        break;
      case 'ice.connection':
        this.connection = { at, index, event };
        if (event.state === 'connected') this.connectedOnce ??= at;
        break;
      case 'ice.pair':
        this.#takePair({ at, index, event });
        break;
      default:
        break;
    }
  }

  gatewayEvent(noted: Noted<Extract<GatewayEvent, { readonly leg: LegName }>>): void {
    const { at, index, event } = noted;
    switch (event.type) {
      case 'leg.failed':
        this.failed ??= { at, index, event };
        break;
      case 'leg.ended':
        this.ended ??= { at, index, event };
        break;
      case 'sip.message':
        if (event.audio !== undefined) this.describe(event.direction === 'in', { at, index, event: event.audio });
        break;
      case 'sdp.set':
        if (event.audio !== undefined) this.describe(event.side === 'remote', { at, index, event: event.audio });
        break;
      case 'dtmf.relayed':
        if (!event.delivered) this.undelivered ??= { at, index, event };
        break;
      case 'leg.signaling':
        this.#takeSignaling({ at, index, event });
        break;
      case 'ice.restart':
        this.restartedAt = at;
        break;
      case 'ice.settings':
        this.relayUrls = event.urls.filter((url) => /^turns?:/i.test(url)).length;
        break;
      case 'ice.state':
        this.gatewayIce = { at, index, event };
        if (event.state === 'connected') this.connectedOnce ??= at;
        break;
      case 'leg.replaced':
        this.#replaced(event.reason);
        break;
      case 'leg.silence':
        this.silence = { at, index, event };
        break;
      case 'dtls.flight':
        if (event.direction === 'in') this.helloSeen = true;
        break;
      case 'dtls.partial_flight':
        this.partialFlight = { at, index, event };
        break;
      case 'dtls.alert':
        this.alert = { at, index, event };
        break;
      case 'dtls.state':
        this.secured = event.state === 'connected' ? { at, index, event } : undefined;
        break;
      case 'media.received':
        this.mediaReceivedAt = at;
        break;
      case 'media.delivered':
        this.mediaDenied = event.evidence === 'denied' ? { at, index, event } : undefined;
        break;
      default:
        break;
    }
  }

  /** Whether the remote of this leg agreed to send; what was never described may. */
  get maySend(): boolean {
    const direction = this.remoteAudio?.event.direction;
    return direction === undefined || direction === 'sendrecv' || direction === 'sendonly';
  }

  get mayReceive(): boolean {
    const direction = this.remoteAudio?.event.direction;
    return direction === undefined || direction === 'sendrecv' || direction === 'recvonly';
  }

  private describe(isRemote: boolean, described: Described): void {
    if (!isRemote) {
      this.localAudio = described;
      return;
    }
    this.remoteAudio = described;
    const isHold = described.event.direction === 'sendonly' || described.event.direction === 'inactive';
    if (!isHold && this.heldSince !== undefined) this.resumedAt = described.at;
    this.heldSince = isHold ? (this.heldSince ?? described) : undefined;
  }

  /** The page was loaded anew: its path is the first of another connection, and no other way of the one before. */
  #newPage(): void {
    this.pair = undefined;
    this.pairedAt = undefined;
    this.carriedAt = undefined;
  }

  /** What carries the leg is another: what was seen of the path of the one before says nothing of it. */
  #replaced(reason: Done<'leg.replaced'>['event']['reason']): void {
    this.gatewayIce = undefined;
    this.silence = undefined;
    this.secured = undefined;
    this.helloSeen = false;
    this.partialFlight = undefined;
    this.alert = undefined;
    this.mediaDenied = undefined;
    if (reason === 'rejoined') return;
    // From here on it is a phone: no page is missed that says nothing.
    this.kind = 'sip';
    this.signaling = undefined;
    this.signalingLost = undefined;
    this.signalingSilent = undefined;
    this.pageQuiet = undefined;
  }

  /** While a path is looked for, pairs follow each other; once one has carried the call, another is a switch. */
  #takePair(noted: Heard<'ice.pair'>): void {
    this.pairedAt ??= noted.at;
    // While it rings, and as long as no sound came by the first pair, better ones are still looked for.
    const carriedAt = Math.max(this.pairedAt, this.carriedAt ?? Number.POSITIVE_INFINITY);
    const isSettled = noted.at - carriedAt > SETTLING_MS;
    if (isSettled && this.pair !== undefined && isElsewhere(this.pair.event, noted.event)) this.switched = noted;
    this.pair = noted;
  }

  #takeSignaling(noted: Done<'leg.signaling'>): void {
    // Of the page before, where the call goes on by phone.
    if (this.kind === 'sip') return;
    const { state } = noted.event;
    this.pageQuiet = state === 'quiet' ? noted : undefined;
    if (state === 'silent') this.signalingSilent = noted;
    else if (state !== 'lost' && state !== 'gone') this.signalingSilent = undefined;
    if (state === 'quiet' || state === 'silent' || state === 'heard') return;
    this.signaling = noted;
    this.signalingLost = state === 'resumed' ? undefined : (this.signalingLost ?? noted);
  }

  #micTrack(noted: Heard<'mic.track'>): void {
    switch (noted.event.state) {
      case 'enabled':
        this.micDisabled = undefined;
        break;
      case 'disabled':
        this.micDisabled = noted;
        break;
      case 'muted':
        this.micMuted = noted;
        break;
      case 'unmuted':
        this.micMuted = undefined;
        break;
      case 'ended':
        this.micEnded = noted;
        break;
      case 'removed':
        this.micRemoved = noted;
        break;
      case 'replaced':
        this.#micReturned();
        break;
    }
  }

  #micReturned(): void {
    this.micMuted = undefined;
    this.micEnded = undefined;
    this.micRemoved = undefined;
  }

  /** A count that begins at one moment stays there, but for what is learnt of its delay; a clock that jumps does not. */
  #noteClock(at: Millis, atMs: number): void {
    const offset = at - atMs;
    this.#clockOffset ??= offset;
    const shift = Math.abs(offset - this.#clockOffset);
    if (shift > (this.clockShift?.event ?? 0)) this.clockShift = { at, index: undefined, event: shift };
  }
}

/** How long after the first sound by the first pair a better one may be found. */
const SETTLING_MS = 3_000;

/** Peak level in a second below which no microphone in a room is: a few steps of 16-bit audio (1e-9 to 2e-8 as energy). */
const SILENT_LEVEL = 1.4e-4;
/** Packets a second: of 20 ms each, there are 50. */
const SPARSE_RATE = 30;
/** Digital silence of G.711 is -127 or, as A-law, about -72 dBov; a line with nobody talking is above. */
const SILENT_DB = -70;

/** Level of the microphone in an interval, 0 to 1: the root of the mean energy (W3C webrtc-stats, totalAudioEnergy). */
export const micLevelOf = ({ micEnergy, micSeconds }: BrowserFigures): number | undefined =>
  micEnergy === undefined || micSeconds === undefined || micSeconds <= 0
    ? undefined
    : Math.sqrt(micEnergy / micSeconds);

type Pair = Extract<BrowserEvent, { readonly type: 'ice.pair' }>;

/** Another way, another network, or the same one through another door: not the pair that carried it before. */
const isElsewhere = ({ local: one }: Pair, { local: other }: Pair): boolean =>
  one.type === other.type
    ? one.address !== other.address || one.port !== other.port || one.relayProtocol !== other.relayProtocol
    : one.type === 'relay' || other.type === 'relay' || one.port !== other.port;
