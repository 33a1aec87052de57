import type { IceCredentials, TransportAddress, WebRtcRemote } from '@earshot/base';
import { type DtlsEvent, type DtlsOutput, DtlsServer } from '../dtls/index.js';
import { IceLiteAgent, type IcePath, type LocalCandidate } from '../ice/index.js';
import { SrtpReceiver, SrtpSender } from '../srtp/index.js';
import { classifyPacket, PACKET_DTLS, PACKET_STUN } from './classify.js';
import { PathFollower } from './path-follower.js';
import {
  MEDIA_NOT_READY,
  MEDIA_NOT_VALIDATED,
  type SessionCounters,
  type SessionEvent,
  type SessionOutput,
  type WebRtcSessionOptions,
} from './types.js';

/** How long (ms) the way of the handshake serves without a nomination: as consent of RFC 7675 section 5.1. */
const HANDSHAKE_PATH_MS = 30_000;

/** Packets from addresses that no check validated, and whose tags are wrong, that are looked at within one second. */
const MAX_FOREIGN_FAILURES = 100;

/**
 * One WebRTC transport: ICE-lite, the DTLS server and SRTP behind one or several sockets (RFC 8445, RFC 5764, RFC 3711).
 *
 * ICE decides whom to listen to: DTLS, RTCP and new streams count only when a check with our password came from the same
 * address. A stream that was heard before may go on from anywhere, as long as each packet proves to be the next one:
 * see `PathFollower`. An ICE restart changes addresses and nothing else; DTLS and SRTP live as long as the session.
 */
export class WebRtcSession {
  readonly #options: WebRtcSessionOptions;
  readonly #ice: IceLiteAgent;
  readonly #dtls: DtlsServer;
  readonly #follower: PathFollower;
  readonly #counters: SessionCounters = {
    dtlsNotValidated: 0,
    mediaNotValidated: 0,
    mediaNotReady: 0,
    mediaRefused: 0,
    unexpected: 0,
  };
  /** The way the latest DTLS datagram came, and until when it serves while no pair is selected. */
  #handshakePath: IcePath | undefined;
  #handshakePathEnds: number | undefined;
  #receiver: SrtpReceiver | undefined;
  #sender: SrtpSender | undefined;
  #isClosed = false;
  #foreignFailures = 0;
  #foreignSince = 0;

  constructor(options: WebRtcSessionOptions) {
    const { crypto, certificate, ice, consentTimeoutMs, seenFromOutside, mtu, profiles } = options;
    this.#options = options;
    this.#ice = new IceLiteAgent(crypto, {
      ice,
      ...(consentTimeoutMs === undefined ? {} : { consentTimeoutMs }),
      ...(seenFromOutside === undefined ? {} : { seenFromOutside }),
    });
    this.#follower = new PathFollower(crypto, this.#ice);
    this.#dtls = new DtlsServer({
      crypto,
      certificate,
      ...(mtu === undefined ? {} : { mtu }),
      ...(profiles === undefined ? {} : { profiles }),
    });
  }

  /**
   * The fingerprints that the peer's certificate must match, before any key is used. Its checks need nothing of it; its
   * credentials are for our own questions.
   */
  setRemote(now: number, { fingerprints, ice }: WebRtcRemote): SessionOutput[] {
    this.#follower.learn(ice);
    return this.#isClosed ? [] : this.#fromDtls(this.#dtls.setRemoteFingerprints(now, fingerprints), undefined);
  }

  /**
   * Answers checks for new local credentials too, and refuses those on paths that the peer abandons; the pair in use
   * serves until one of the new generation is nominated.
   */
  restart(_now: number, ice: IceCredentials, abandons = false): SessionOutput[] {
    if (!this.#isClosed) this.#ice.restart(ice, abandons);
    return [];
  }

  /** Takes one datagram that `classifyPacket` calls STUN or DTLS, which came to the socket of `local`. */
  receive(now: number, datagram: Uint8Array, from: TransportAddress, local: LocalCandidate): SessionOutput[] {
    const kind = classifyPacket(datagram[0], datagram[1]);
    if (this.#isClosed || (kind !== PACKET_STUN && kind !== PACKET_DTLS)) {
      this.#counters.unexpected += 1;
      return [];
    }
    if (kind === PACKET_STUN) return this.#receiveStun(now, datagram, from, local);
    if (!this.#ice.isValidated(from)) {
      this.#counters.dtlsNotValidated += 1;
      return [];
    }
    const path = { local, remote: { address: from.address, port: from.port } };
    this.#handshakePath = path;
    this.#handshakePathEnds = now + HANDSHAKE_PATH_MS;
    // A browser begins as soon as it has our answer to its check: that was sent a round trip ago.
    const validatedAt = this.#ice.validatedAt(path);
    const roundTripMs = validatedAt === undefined ? undefined : now - validatedAt;
    return this.#fromDtls(this.#dtls.receive(now, datagram, roundTripMs), path);
  }

  #receiveStun(now: number, datagram: Uint8Array, from: TransportAddress, local: LocalCandidate): SessionOutput[] {
    const isAnswer = this.#follower.takeAnswer(now, datagram, from);
    const outputs = isAnswer ? [] : this.#ice.receive(now, datagram, from, local);
    if (!isAnswer) this.#follower.checked(now, from);
    return [...outputs, ...this.#follower.take()];
  }

  /** The time (ms) at which `handleTimeout` has something to do; ask again after every call. */
  get nextTimeout(): number | undefined {
    if (this.#isClosed) return undefined;
    const path = this.#ice.hasSelected ? undefined : this.#handshakePathEnds;
    return earliest(path, this.#ice.nextTimeout, this.#dtls.nextTimeout, this.#follower.nextTimeout);
  }

  handleTimeout(now: number): SessionOutput[] {
    if (this.#isClosed) return [];
    if (this.#handshakePathEnds !== undefined && now >= this.#handshakePathEnds) {
      this.#handshakePath = undefined;
      this.#handshakePathEnds = undefined;
    }
    const outputs: SessionOutput[] = this.#ice.handleTimeout(now);
    this.#follower.handleTimeout(now, this.#confirmedPath);
    outputs.push(...this.#follower.take());
    const due = this.#dtls.nextTimeout;
    if (due === undefined || now < due) return outputs;
    return [...outputs, ...this.#fromDtls(this.#dtls.handleTimeout(now), undefined)];
  }

  /** Tells the peer by a DTLS alert where there is an association, and forgets the keys. */
  close(now: number): SessionOutput[] {
    if (this.#isClosed) return [];
    const outputs = this.#fromDtls(this.#dtls.close(now), undefined);
    this.#isClosed = true;
    this.#receiver = undefined;
    this.#sender = undefined;
    return outputs;
  }

  /** Of every live generation: the part before the colon in the USERNAME of checks that are meant for this session. */
  localUfrags(): readonly string[] {
    return this.#isClosed ? [] : this.#ice.localUfrags();
  }

  /** Whether DTLS and media from there are listened to. Allocates nothing. */
  isValidated(from: TransportAddress): boolean {
    return this.#ice.isValidated(from);
  }

  /**
   * Where media goes, and from where: the nominated pair; undefined when nothing was heard from it for 30 s. Before
   * there is one, the way that the handshake came: the peer has proved itself there by a check and by its certificate,
   * and has chosen it already, but Chromium says so only with its next check, up to 2.5 s later (RFC 8445 section 12.1
   * lets a lite agent wait for that). A path that the peer's media moved to comes before both, until it is confirmed or
   * given up. Allocates nothing.
   */
  get path(): IcePath | undefined {
    return this.#isClosed ? undefined : (this.#follower.path ?? this.#confirmedPath);
  }

  /** As `path`, for so many bytes that are sent now: where nobody confirmed it, no more goes than came from there. */
  pathFor(bytes: number): IcePath | undefined {
    return this.#isClosed ? undefined : (this.#follower.pathFor(bytes) ?? this.#confirmedPath);
  }

  /** What came of packets that were opened: to be asked for after each. The same empty list where there is nothing. */
  take(): readonly SessionOutput[] {
    return this.#follower.take();
  }

  get #confirmedPath(): IcePath | undefined {
    if (this.#ice.hasSelected) return this.#ice.path;
    return this.#sender === undefined ? undefined : this.#handshakePath;
  }

  get counters(): Readonly<SessionCounters> {
    return this.#counters;
  }

  /**
   * Authenticates and decrypts one RTP packet in place. `packet`: a buffer whose first `length` bytes came from `from` to
   * the socket of `local`. Returns the length of the plain packet, or a negative number: `MEDIA_NOT_VALIDATED`,
   * `MEDIA_NOT_READY` or an SRTP code. Allocates nothing of its own unless the peer has moved.
   */
  unprotectRtp(packet: Uint8Array, length: number, from: TransportAddress, local: LocalCandidate, now: number): number {
    const isKnown = this.#ice.isValidated(from);
    if (!isKnown && !this.#mayHaveMoved(packet, length, now)) return this.#notValidated();
    const receiver = this.#receiver;
    if (receiver === undefined) return this.#notReady();
    const result = receiver.unprotectRtp(packet, length);
    if (result < 0) {
      this.#counters.mediaRefused += 1;
      if (!isKnown) this.#foreignFailures += 1;
      return result;
    }
    if (receiver.wasNewest && !this.#follower.isOn(this.#confirmedPath, from, local, length)) {
      this.#follower.moved(now, this.#confirmedPath, from, local, length);
    }
    return result;
  }

  /** Whether a packet from an address that no check validated is worth the cost of its tag. */
  #mayHaveMoved(packet: Uint8Array, length: number, now: number): boolean {
    if (this.#receiver?.mayBeNewest(packet, length) !== true) return false;
    if (now - this.#foreignSince >= 1000) {
      this.#foreignSince = now;
      this.#foreignFailures = 0;
    }
    return this.#foreignFailures < MAX_FOREIGN_FAILURES;
  }

  /** As `unprotectRtp`, for a compound RTCP packet. */
  unprotectRtcp(packet: Uint8Array, length: number, from: TransportAddress): number {
    if (!this.#ice.isValidated(from)) return this.#notValidated();
    const receiver = this.#receiver;
    if (receiver === undefined) return this.#notReady();
    const result = receiver.unprotectRtcp(packet, length);
    if (result < 0) this.#counters.mediaRefused += 1;
    return result;
  }

  /**
   * Encrypts one RTP packet in place and returns its new length, or a negative number as `unprotectRtp`. The buffer
   * must have `SRTP_MAX_OVERHEAD` bytes to spare behind `length`.
   */
  protectRtp(packet: Uint8Array, length: number): number {
    return this.#sender === undefined ? MEDIA_NOT_READY : this.#sender.protectRtp(packet, length);
  }

  /** As `protectRtp`, for a compound RTCP packet. */
  protectRtcp(packet: Uint8Array, length: number): number {
    return this.#sender === undefined ? MEDIA_NOT_READY : this.#sender.protectRtcp(packet, length);
  }

  #notValidated(): number {
    this.#counters.mediaNotValidated += 1;
    return MEDIA_NOT_VALIDATED;
  }

  #notReady(): number {
    this.#counters.mediaNotReady += 1;
    return MEDIA_NOT_READY;
  }

  /**
   * Addresses the flights: an answer goes back the way the question came, the rest to the selected pair. Once there is
   * one, nothing is sent without consent for it.
   */
  #fromDtls(outputs: readonly DtlsOutput[], answering: IcePath | undefined): SessionOutput[] {
    const path = answering ?? (this.#ice.hasSelected ? this.#ice.path : this.#handshakePath);
    const addressed: SessionOutput[] = [];
    for (const output of outputs) {
      if (output.type === 'event') addressed.push({ type: 'event', event: this.#onDtlsEvent(output.event) });
      else if (path !== undefined) {
        addressed.push({ type: 'send', datagram: output.datagram, from: path.local, to: path.remote });
      }
    }
    return addressed;
  }

  #onDtlsEvent(event: DtlsEvent): SessionEvent {
    if (event.type === 'failed') return { type: 'failed', fault: event.fault, at: event.at };
    if (event.type !== 'connected') return { type: 'dtls', event };
    const { profile, local, remote } = event.keys;
    this.#sender = new SrtpSender(this.#options.crypto, profile, local.key, local.salt);
    this.#receiver = new SrtpReceiver(this.#options.crypto, profile, remote.key, remote.salt);
    return { type: 'ready', profile, durationMs: event.durationMs, at: event.at };
  }
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  let first: number | undefined;
  for (const time of times) if (time !== undefined && (first === undefined || time < first)) first = time;
  return first;
}
