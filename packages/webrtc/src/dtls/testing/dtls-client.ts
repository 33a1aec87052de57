import { type Certificate, type Crypto, concat, equalBytes, type KeyAgreement, type Result } from '@earshot/base';
import { type FlightItem, writeFlight } from '../handshake/flight.js';
import { type HandshakeMessage, readFragments } from '../handshake/fragment.js';
import {
  extendedMasterSecret,
  finishedVerifyData,
  type HandshakeRandoms,
  recordKeys,
} from '../handshake/key-schedule.js';
import { ECDHE_ECDSA_AES_128_GCM_SHA256 } from '../handshake/negotiation.js';
import { Reassembler } from '../handshake/reassembler.js';
import { exportSrtpKeys } from '../handshake/srtp-keys.js';
import { Transcript } from '../handshake/transcript.js';
import { ALERT, parseAlert, writeAlert } from '../messages/alert.js';
import { parseCertificate, writeCertificate } from '../messages/certificate.js';
import { writeCertificateVerify } from '../messages/certificate-verify.js';
import { type ClientHello, writeClientHello } from '../messages/client-hello.js';
import { writeClientKeyExchange } from '../messages/client-key-exchange.js';
import { writeUint16List } from '../messages/decode.js';
import { EXTENSION_TYPE } from '../messages/extensions.js';
import { HANDSHAKE_TYPE } from '../messages/handshake-type.js';
import { NAMED_GROUPS } from '../messages/named-group.js';
import { parseServerHello } from '../messages/server-hello.js';
import { parseServerKeyExchange, writeServerEcdhParams } from '../messages/server-key-exchange.js';
import { SIGNATURE_SCHEMES } from '../messages/signature-scheme.js';
import { parseUseSrtp, SRTP_PROFILE_IDS, writeUseSrtp } from '../messages/use-srtp.js';
import { CONTENT_TYPE, DTLS_1_2, type DtlsRecord, readRecords } from '../record/record.js';
import { RecordProtection } from '../record/record-protection.js';
import { RecordReader } from '../record/record-reader.js';
import { type Epoch, RecordWriter } from '../record/record-writer.js';
import type { SrtpKeyingMaterial, SrtpProfileName } from '../types.js';

/** Ways to break the rules. */
export interface Misbehaviour {
  /** Changes the ClientHello before it is sent. */
  readonly hello?: (hello: ClientHello) => ClientHello;
  /** `empty`: a Certificate without certificates; `left-out`: no Certificate message. */
  readonly certificate?: 'empty' | 'left-out';
  readonly certificateVerify?: 'left-out' | 'wrong-scheme';
  /** Signs CertificateVerify with this key instead of its own. */
  readonly signWith?: Certificate;
  readonly finished?: 'wrong';
  readonly clientKeyExchange?: 'invalid-point' | 'truncated';
}

export interface DtlsClientOptions {
  readonly crypto: Crypto;
  readonly certificate: Certificate;
  readonly mtu?: number;
  /** Of its first retransmission, in ms: Firefox waits 50, Chromium two round trips. */
  readonly timeoutMs?: number;
  readonly misbehaviour?: Misbehaviour;
}

const INITIAL_TIMEOUT_MS = 50;
const MAX_TIMEOUT_MS = 3000;

const PROFILE_NAMES = new Map<number, SrtpProfileName>([
  [SRTP_PROFILE_IDS.AES128_CM_HMAC_SHA1_80, 'AES128_CM_HMAC_SHA1_80'],
  [SRTP_PROFILE_IDS.AEAD_AES_128_GCM, 'AEAD_AES_128_GCM'],
]);

/** A DTLS 1.2 client for tests: retransmits like a browser, checks the server's proofs, and misbehaves on demand. */
export class DtlsClient {
  readonly #options: DtlsClientOptions;
  readonly #reader = new RecordReader();
  readonly writer = new RecordWriter();
  readonly #reassembler = new Reassembler();
  readonly #transcript = new Transcript();
  readonly random: Uint8Array;
  #randoms: HandshakeRandoms;
  #sendSeq = 0;
  #flight: FlightItem[] = [];
  readonly #initialTimeoutMs: number;
  #timeoutMs: number;
  #profile: SrtpProfileName = 'AES128_CM_HMAC_SHA1_80';
  #serverCertificate = new Uint8Array();
  #agreement: KeyAgreement | undefined;
  #serverPublicKey = new Uint8Array();
  #masterSecret = new Uint8Array();

  nextTimeout: number | undefined;
  /** Set once the server's Finished was right. */
  keys: SrtpKeyingMaterial | undefined;
  readonly alerts: number[] = [];
  /** What the server did wrong. */
  readonly complaints: string[] = [];
  serverHelloRandom = new Uint8Array();

  constructor(options: DtlsClientOptions) {
    this.#options = options;
    this.#initialTimeoutMs = options.timeoutMs ?? INITIAL_TIMEOUT_MS;
    this.#timeoutMs = this.#initialTimeoutMs;
    this.random = options.crypto.randomBytes(32);
    this.#randoms = { client: this.random, server: new Uint8Array(32) };
  }

  start(now: number): Uint8Array[] {
    const hello = defaultClientHello(this.random);
    const changed = this.#options.misbehaviour?.hello?.(hello) ?? hello;
    this.#flight = [this.#item(HANDSHAKE_TYPE.clientHello, writeClientHello(changed))];
    return this.#transmit(now);
  }

  receive(now: number, datagram: Uint8Array): Uint8Array[] {
    return readRecords(datagram).flatMap((record) => this.#record(now, record));
  }

  handleTimeout(now: number): Uint8Array[] {
    this.#timeoutMs = Math.min(this.#timeoutMs * 2, MAX_TIMEOUT_MS);
    return this.#transmit(now);
  }

  /** The current flight once more, in new records. */
  repeatFlight(): Uint8Array[] {
    return writeFlight(this.#flight, this.#options.mtu ?? 1200, this.writer);
  }

  /** A record with any content, protected in epoch 1. */
  record(epoch: Epoch, type: number, content: Uint8Array): Uint8Array {
    return this.writer.write(epoch, type, content);
  }

  closeNotify(): Uint8Array {
    return this.record(1, CONTENT_TYPE.alert, writeAlert({ level: 'warning', description: ALERT.closeNotify }));
  }

  #record(now: number, record: DtlsRecord): Uint8Array[] {
    const content = this.#reader.open(record);
    if (content === undefined) return [];
    if (record.type === CONTENT_TYPE.alert) {
      const alert = parseAlert(content);
      if (alert !== undefined) this.alerts.push(alert.description);
      this.nextTimeout = undefined;
    }
    if (record.type !== CONTENT_TYPE.handshake) return [];
    for (const fragment of readFragments(content)) this.#reassembler.add(fragment);
    const sent: Uint8Array[] = [];
    for (let message = this.#reassembler.next(); message !== undefined; message = this.#reassembler.next()) {
      sent.push(...this.#message(now, message));
    }
    return sent;
  }

  #message(now: number, message: HandshakeMessage): Uint8Array[] {
    const { crypto } = this.#options;
    if (message.type === HANDSHAKE_TYPE.finished) {
      const expected = finishedVerifyData(crypto, this.#masterSecret, 'server', this.#transcript.sha256(crypto));
      if (!equalBytes(expected, message.body)) this.complaints.push('wrong Finished');
      const { client, server } = exportSrtpKeys(crypto, this.#masterSecret, this.#randoms, this.#profile);
      this.keys = { profile: this.#profile, local: client, remote: server };
      this.nextTimeout = undefined;
      return [];
    }
    this.#transcript.add(message);
    if (message.type === HANDSHAKE_TYPE.serverHello) this.#serverHello(message.body);
    if (message.type === HANDSHAKE_TYPE.certificate) {
      this.#serverCertificate = expectOk(parseCertificate(message.body))[0]?.slice() ?? new Uint8Array();
    }
    if (message.type === HANDSHAKE_TYPE.serverKeyExchange) this.#serverKeyExchange(message.body);
    return message.type === HANDSHAKE_TYPE.serverHelloDone ? this.#flight5(now) : [];
  }

  #serverHello(body: Uint8Array): void {
    const hello = expectOk(parseServerHello(body));
    this.serverHelloRandom = hello.random.slice();
    this.#randoms = { client: this.random, server: this.serverHelloRandom };
    const [profile] = expectOk(parseUseSrtp(hello.extensions.get(EXTENSION_TYPE.useSrtp) ?? new Uint8Array())).profiles;
    this.#profile = PROFILE_NAMES.get(profile ?? 0) ?? this.#profile;
    if (!hello.extensions.has(EXTENSION_TYPE.extendedMasterSecret)) this.complaints.push('no extended master secret');
  }

  #serverKeyExchange(body: Uint8Array): void {
    const { crypto } = this.#options;
    const exchange = expectOk(parseServerKeyExchange(body));
    const signed = concat(this.#randoms.client, this.#randoms.server, writeServerEcdhParams(exchange));
    const scheme = SIGNATURE_SCHEMES.get(exchange.scheme) ?? 'ecdsa-sha256';
    if (!crypto.verifyCertificateSignature(this.#serverCertificate, scheme, signed, exchange.signature)) {
      this.complaints.push('wrong ServerKeyExchange signature');
    }
    this.#agreement = crypto.generateKeyAgreement(NAMED_GROUPS.get(exchange.group) ?? 'x25519');
    this.#serverPublicKey = exchange.publicKey.slice();
  }

  #flight5(now: number): Uint8Array[] {
    const { crypto, certificate, misbehaviour = {} } = this.#options;
    const flight: FlightItem[] = [];
    if (misbehaviour.certificate !== 'left-out') {
      const chain = misbehaviour.certificate === 'empty' ? [] : [certificate.der];
      flight.push(this.#item(HANDSHAKE_TYPE.certificate, writeCertificate(chain)));
    }
    flight.push(this.#item(HANDSHAKE_TYPE.clientKeyExchange, this.#clientKeyExchange()));
    const premasterSecret = this.#agreement?.deriveSecret(this.#serverPublicKey) ?? new Uint8Array(32);
    this.#masterSecret = extendedMasterSecret(crypto, premasterSecret, this.#transcript.sha256(crypto)).slice();
    if (misbehaviour.certificateVerify !== 'left-out') {
      flight.push(this.#item(HANDSHAKE_TYPE.certificateVerify, this.#certificateVerify()));
    }
    const verifyData = finishedVerifyData(crypto, this.#masterSecret, 'client', this.#transcript.sha256(crypto));
    if (misbehaviour.finished === 'wrong') verifyData[0] = (verifyData[0] ?? 0) ^ 1;
    flight.push({ kind: 'change-cipher-spec' }, this.#item(HANDSHAKE_TYPE.finished, verifyData, 1));
    const keys = recordKeys(crypto, this.#masterSecret, this.#randoms);
    this.writer.protect(new RecordProtection(crypto, keys.client.key, keys.client.salt));
    this.#reader.protect(new RecordProtection(crypto, keys.server.key, keys.server.salt));
    this.#flight = flight;
    this.#timeoutMs = this.#initialTimeoutMs;
    return this.#transmit(now);
  }

  #clientKeyExchange(): Uint8Array {
    const publicKey = this.#agreement?.publicKey ?? new Uint8Array();
    const kind = this.#options.misbehaviour?.clientKeyExchange;
    if (kind === 'truncated') return writeClientKeyExchange(publicKey).subarray(0, 10);
    return writeClientKeyExchange(kind === 'invalid-point' ? new Uint8Array(publicKey.length) : publicKey);
  }

  #certificateVerify(): Uint8Array {
    const { crypto, certificate, misbehaviour = {} } = this.#options;
    const key = (misbehaviour.signWith ?? certificate).privateKey;
    const signature = crypto.signEcdsaSha256(key, this.#transcript.bytes());
    return writeCertificateVerify({
      scheme: misbehaviour.certificateVerify === 'wrong-scheme' ? 0x0203 : 0x0403,
      signature,
    });
  }

  #item(type: number, body: Uint8Array, epoch: Epoch = 0): FlightItem {
    const message = { type, messageSeq: this.#sendSeq, body };
    this.#sendSeq += 1;
    this.#transcript.add(message);
    return { kind: 'handshake', epoch, message };
  }

  #transmit(now: number): Uint8Array[] {
    this.nextTimeout = now + this.#timeoutMs;
    return this.repeatFlight();
  }
}

/** What a plain DTLS 1.2 WebRTC client offers. */
export function defaultClientHello(random: Uint8Array): ClientHello {
  return {
    version: DTLS_1_2,
    random,
    sessionId: new Uint8Array(0),
    cookie: new Uint8Array(0),
    cipherSuites: [0xcca9, ECDHE_ECDSA_AES_128_GCM_SHA256, 0xc02f],
    compressionMethods: Uint8Array.of(0),
    extensions: new Map([
      [EXTENSION_TYPE.renegotiationInfo, Uint8Array.of(0)],
      [EXTENSION_TYPE.extendedMasterSecret, new Uint8Array(0)],
      [EXTENSION_TYPE.supportedGroups, uint16Vector([...NAMED_GROUPS.keys()])],
      [EXTENSION_TYPE.ecPointFormats, Uint8Array.of(1, 0)],
      [EXTENSION_TYPE.signatureAlgorithms, uint16Vector([0x0403, 0x0804, 0x0401])],
      [EXTENSION_TYPE.useSrtp, writeUseSrtp({ profiles: [0x0007, 0x0008, 0x0001], mki: new Uint8Array(0) })],
    ]),
  };
}

export function uint16Vector(values: readonly number[]): Uint8Array {
  const list = writeUint16List(values);
  return concat(Uint8Array.of(list.length >> 8, list.length & 0xff), list);
}

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
