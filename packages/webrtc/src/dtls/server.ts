import { type Fault, type Fingerprint, fault, type Millis } from '@earshot/base';
import { matchesFingerprint } from './handshake/fingerprint.js';
import { FlightSender, type SentFlight } from './handshake/flight-sender.js';
import { type HandshakeFragment, type HandshakeMessage, readFragments } from './handshake/fragment.js';
import { Reassembler } from './handshake/reassembler.js';
import { type HandshakeStep, ServerHandshake } from './handshake/server-handshake.js';
import { ALERT, parseAlert, writeAlert } from './messages/alert.js';
import { HANDSHAKE_TYPE } from './messages/handshake-type.js';
import { CONTENT_TYPE, type DtlsRecord, readRecords } from './record/record.js';
import { RecordProtection } from './record/record-protection.js';
import { RecordReader } from './record/record-reader.js';
import { RecordWriter } from './record/record-writer.js';
import type { DtlsEvent, DtlsOutput, DtlsServerOptions, DtlsState, FlightEvent, SrtpProfileName } from './types.js';

const DEFAULT_PROFILES: readonly SrtpProfileName[] = ['AES128_CM_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];
/** Fits the 1280 bytes that every IPv6 path carries (RFC 8200 section 5), and leaves 82 for the framing of a relay. */
const DEFAULT_MTU = 1150;
/** Below this the headers of a protected handshake fragment leave no useful room. */
const MIN_MTU = 100;
/** A client that begins later than this after it could have has something else to wait for than the path. */
const MAX_ROUND_TRIP_MS = 1500;
/** The whole handshake. Callers have given up by then; it bounds how long an abandoned one is kept. */
const HANDSHAKE_LIMIT_MS = 30_000;

/**
 * The server side of one DTLS 1.2 association for SRTP (RFC 6347, RFC 5764), without application data. Datagrams must
 * come from an address that ICE validated.
 *
 * Nothing throws on what a peer sends. Records and fragments that make no sense are dropped; a whole handshake message
 * that is wrong fails the association with a named fault and an alert.
 */
export class DtlsServer {
  readonly #options: DtlsServerOptions;
  readonly #reader = new RecordReader();
  readonly #writer = new RecordWriter();
  readonly #flights: FlightSender;
  readonly #reassembler = new Reassembler();
  /** Holds the secrets: given up as soon as the association is connected, failed or closed. */
  #handshake: ServerHandshake | undefined;
  #state: DtlsState = 'new';
  #startedAt: Millis = 0;
  #bytesIn = 0;
  /** Something of the flight that is due has come. */
  #hasPart = false;
  readonly #partsSaid = new Set<1 | 5>();
  #fingerprints: readonly Fingerprint[] | undefined;
  #peerCertificate: Uint8Array | undefined;
  #outputs: DtlsOutput[] = [];

  /** Throws a RangeError for an `mtu` below 100. */
  constructor(options: DtlsServerOptions) {
    const { crypto, certificate, profiles = DEFAULT_PROFILES, mtu = DEFAULT_MTU } = options;
    if (!(mtu >= MIN_MTU)) throw new RangeError(`an mtu is at least ${MIN_MTU} bytes`);
    this.#options = options;
    this.#flights = new FlightSender(mtu, this.#writer);
    this.#handshake = new ServerHandshake({ crypto, certificate, profiles });
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** When `handleTimeout` wants to be called, in ms; undefined when no timer runs. */
  get nextTimeout(): Millis | undefined {
    if (this.#state !== 'handshaking') return undefined;
    return Math.min(this.#flights.dueAt ?? Number.POSITIVE_INFINITY, this.#startedAt + HANDSHAKE_LIMIT_MS);
  }

  /**
   * Says which certificates signaling announced (a=fingerprint). May come late: the handshake goes on up to the
   * client's Finished, and then waits. Has no effect once connected; an empty list matches nothing.
   */
  setRemoteFingerprints(now: Millis, fingerprints: readonly Fingerprint[]): DtlsOutput[] {
    if (this.#handshake !== undefined) {
      this.#fingerprints = fingerprints;
      if (this.#checkFingerprint(now) && this.#handshake?.awaits === 'nothing') this.#connect(now);
    }
    return this.#drain();
  }

  /** `roundTripMs`: what the path takes there and back at most, where the owner knows; used from the first datagram. */
  receive(now: Millis, datagram: Uint8Array, roundTripMs?: Millis): DtlsOutput[] {
    const isFirst = this.#state === 'new' && this.#bytesIn === 0;
    if (isFirst && roundTripMs !== undefined && roundTripMs <= MAX_ROUND_TRIP_MS)
      this.#flights.setRoundTrip(roundTripMs);
    this.#bytesIn += datagram.length;
    for (const record of readRecords(datagram)) this.#record(now, record);
    if (this.#hasPart) this.#sayPart(now);
    return this.#drain();
  }

  handleTimeout(now: Millis): DtlsOutput[] {
    if (this.#state === 'handshaking') {
      if (now >= this.#startedAt + HANDSHAKE_LIMIT_MS) this.#fail(now, fault('dtls.timeout', this.#waitsFor()));
      else this.#transmit(now, this.#flights.handleTimeout(now));
    }
    return this.#drain();
  }

  /** Says goodbye with close_notify if there is anybody to say it to. */
  close(now: Millis): DtlsOutput[] {
    if (this.#state !== 'failed' && this.#state !== 'closed') {
      if (this.#state !== 'new') this.#sendAlert('warning', ALERT.closeNotify);
      this.#end('closed');
      this.#event({ type: 'closed', at: now });
    }
    return this.#drain();
  }

  #record(now: Millis, record: DtlsRecord): void {
    if (this.#state === 'failed' || this.#state === 'closed') return;
    // From the client's Finished on, what is not protected is not from the client.
    if (record.epoch === 0 && this.#isClientFinished) return;
    const content = this.#reader.open(record);
    if (content === undefined) return;
    if (record.type === CONTENT_TYPE.alert) this.#alert(now, content);
    if (record.type !== CONTENT_TYPE.handshake) return;
    for (const fragment of readFragments(content)) {
      // Finished is the one protected message. In any other epoch a message is forged or of a renegotiation.
      if ((fragment.type === HANDSHAKE_TYPE.finished) === (record.epoch === 1)) this.#fragment(now, fragment);
    }
  }

  get #isClientFinished(): boolean {
    return this.#handshake === undefined || this.#handshake.awaits === 'nothing';
  }

  #fragment(now: Millis, fragment: HandshakeFragment): void {
    if (this.#state === 'new') {
      if (fragment.type !== HANDSHAKE_TYPE.clientHello || fragment.messageSeq !== 0) return;
      if (!this.#reassembler.add(fragment)) return;
      this.#state = 'handshaking';
      this.#startedAt = now;
      this.#hasPart = true;
    } else if (fragment.messageSeq < this.#reassembler.nextSeq) {
      this.#repeated(now, fragment);
    } else if (!this.#isClientFinished && this.#reassembler.add(fragment)) {
      this.#hasPart = true;
    }
    for (;;) {
      const message = this.#handshake && this.#reassembler.next();
      if (message === undefined) return;
      this.#message(now, message);
    }
  }

  /** The end of a flight that was answered before came again: the answer was lost. */
  #repeated(now: Millis, { type, length, offset, body }: HandshakeFragment): void {
    if (offset + body.length < length) return;
    if (type === HANDSHAKE_TYPE.clientHello) this.#answerRepeated(now, 1, 4);
    if (type === HANDSHAKE_TYPE.finished) this.#answerRepeated(now, 5, 6);
  }

  #answerRepeated(now: Millis, repeated: 1 | 5, answer: 4 | 6): void {
    const sent = this.#flights.repeat(now, answer);
    if (sent === undefined) return;
    this.#arrived(now, repeated, true);
    this.#transmit(now, sent);
  }

  #message(now: Millis, message: HandshakeMessage): void {
    const step = this.#handshake?.handle(message);
    if (step === undefined) return;
    if (step.ok) this.#step(now, step.value);
    else this.#fail(now, step.error.fault, step.error.alert);
  }

  #step(now: Millis, step: HandshakeStep): void {
    switch (step.type) {
      case 'none':
        return;
      case 'flight-4':
        this.#arrived(now, 1, false);
        this.#transmit(now, this.#flights.send(now, 4, step.items));
        return;
      case 'certificate':
        this.#peerCertificate = step.der;
        this.#checkFingerprint(now);
        return;
      case 'record-keys': {
        const { crypto } = this.#options;
        this.#writer.protect(new RecordProtection(crypto, step.server.key, step.server.salt));
        const early = this.#reader.protect(new RecordProtection(crypto, step.client.key, step.client.salt));
        for (const record of early) this.#record(now, record);
        return;
      }
      case 'finished':
        this.#flights.stop();
        this.#arrived(now, 5, false);
        if (this.#fingerprints !== undefined) this.#connect(now);
    }
  }

  /** False when the certificate is not the one announced, and the association has failed. */
  #checkFingerprint(now: Millis): boolean {
    if (this.#peerCertificate === undefined || this.#fingerprints === undefined) return true;
    if (matchesFingerprint(this.#options.crypto, this.#peerCertificate, this.#fingerprints)) return true;
    this.#fail(now, fault('dtls.fingerprint_mismatch'), ALERT.badCertificate);
    return false;
  }

  /** CertificateVerify, Finished and fingerprint are proved: only here do keys leave. */
  #connect(now: Millis): void {
    if (this.#handshake === undefined) return;
    const { items, keys } = this.#handshake.complete();
    this.#handshake = undefined;
    this.#state = 'connected';
    this.#transmit(now, this.#flights.send(now, 6, items));
    this.#event({ type: 'connected', keys, durationMs: now - this.#startedAt, at: now });
  }

  #alert(now: Millis, content: Uint8Array): void {
    const alert = parseAlert(content);
    if (alert === undefined || this.#state === 'new') return;
    this.#event({ type: 'alert', ...alert, at: now });
    if (alert.description === ALERT.closeNotify) {
      this.#sendAlert('warning', ALERT.closeNotify); // RFC 5246 section 7.2.1
      this.#end('closed');
      this.#event({ type: 'closed', at: now });
    } else if (alert.level === 'fatal') {
      this.#end('failed');
      const reason = fault('dtls.peer_alert', `alert ${alert.description}`);
      this.#event({ type: 'failed', fault: reason, alert: alert.description, at: now });
    }
  }

  /** Without an alert when nobody would hear it. */
  #fail(now: Millis, reason: Fault, alert?: number): void {
    if (alert !== undefined) this.#sendAlert('fatal', alert);
    this.#end('failed');
    this.#event({ type: 'failed', fault: reason, ...(alert === undefined ? {} : { alert }), at: now });
  }

  #sendAlert(level: 'warning' | 'fatal', description: number): void {
    // Our own epoch changes with flight 6; before it the client could not open a protected alert.
    const epoch = this.#state === 'connected' ? 1 : 0;
    const datagram = this.#writer.write(epoch, CONTENT_TYPE.alert, writeAlert({ level, description }));
    this.#outputs.push({ type: 'send', datagram });
  }

  #end(state: 'failed' | 'closed'): void {
    this.#state = state;
    this.#flights.stop();
    this.#reassembler.clear();
    this.#handshake = undefined;
  }

  #transmit(now: Millis, sent: SentFlight | undefined): void {
    if (sent === undefined) return;
    let bytes = 0;
    for (const datagram of sent.datagrams) {
      this.#outputs.push({ type: 'send', datagram });
      bytes += datagram.length;
    }
    const { number, retransmission } = sent;
    this.#event({ type: 'flight', direction: 'out', flight: number, bytes, retransmission, at: now });
  }

  #sayPart(now: Millis): void {
    const flight = this.#handshake?.awaits === 'ClientHello' ? 1 : 5;
    if (this.#state !== 'handshaking' || this.#isClientFinished || this.#partsSaid.has(flight)) return;
    this.#partsSaid.add(flight);
    this.#event({ type: 'partial-flight', flight, bytes: this.#bytesIn, at: now });
  }

  #arrived(now: Millis, flight: FlightEvent['flight'], retransmission: boolean): void {
    this.#hasPart = false;
    this.#event({ type: 'flight', direction: 'in', flight, bytes: this.#bytesIn, retransmission, at: now });
    this.#bytesIn = 0;
  }

  #waitsFor(): string {
    const awaits = this.#handshake?.awaits;
    return awaits === 'nothing' ? 'no fingerprint came from signaling' : `no ${awaits} came`;
  }

  #event(event: DtlsEvent): void {
    this.#outputs.push({ type: 'event', event });
  }

  #drain(): DtlsOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}
