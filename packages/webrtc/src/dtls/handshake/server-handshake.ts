import {
  type Certificate,
  type Crypto,
  concat,
  err,
  type Fault,
  fault,
  type KeyAgreement,
  ok,
  type Result,
} from '@earshot/base';
import { ALERT } from '../messages/alert.js';
import { parseCertificate, writeCertificate } from '../messages/certificate.js';
import { CERTIFICATE_TYPE, writeCertificateRequest } from '../messages/certificate-request.js';
import { parseCertificateVerify } from '../messages/certificate-verify.js';
import { parseClientHello } from '../messages/client-hello.js';
import { parseClientKeyExchange } from '../messages/client-key-exchange.js';
import { HANDSHAKE_TYPE } from '../messages/handshake-type.js';
import { writeServerHello } from '../messages/server-hello.js';
import {
  type ServerEcdhParams,
  writeServerEcdhParams,
  writeServerKeyExchange,
} from '../messages/server-key-exchange.js';
import { ECDSA_SHA256, SIGNATURE_SCHEMES } from '../messages/signature-scheme.js';
import type { SrtpKeyingMaterial, SrtpProfileName } from '../types.js';
import type { FlightItem } from './flight.js';
import type { HandshakeMessage } from './fragment.js';
import {
  extendedMasterSecret,
  finishedVerifyData,
  type HandshakeRandoms,
  recordKeys,
  type WriteKey,
} from './key-schedule.js';
import { type Negotiated, negotiate, type Refusal } from './negotiation.js';
import { exportSrtpKeys } from './srtp-keys.js';
import { Transcript } from './transcript.js';

export interface ServerHandshakeOptions {
  readonly crypto: Crypto;
  readonly certificate: Certificate;
  readonly profiles: readonly SrtpProfileName[];
}

/** What the record layer and the flights have to do after a message. */
export type HandshakeStep =
  | { readonly type: 'none' }
  | { readonly type: 'flight-4'; readonly items: readonly FlightItem[] }
  /** The peer's certificate, of which nothing is proved yet. */
  | { readonly type: 'certificate'; readonly der: Uint8Array }
  | { readonly type: 'record-keys'; readonly client: WriteKey; readonly server: WriteKey }
  /** CertificateVerify and Finished were right. */
  | { readonly type: 'finished' };

interface Agreed {
  readonly negotiated: Negotiated;
  readonly randoms: HandshakeRandoms;
  readonly agreement: KeyAgreement;
}

/** The state names the message that is due next: the order of RFC 5246 section 7.3, figure 1, with client certificate. */
type State =
  | { readonly awaits: 'ClientHello' }
  | ({ readonly awaits: 'Certificate' } & Agreed)
  | ({ readonly awaits: 'ClientKeyExchange'; readonly der: Uint8Array } & Agreed)
  | ({ readonly awaits: 'CertificateVerify'; readonly der: Uint8Array; readonly masterSecret: Uint8Array } & Agreed)
  | ({ readonly awaits: 'Finished'; readonly masterSecret: Uint8Array } & Agreed)
  | ({ readonly awaits: 'nothing'; readonly masterSecret: Uint8Array } & Agreed);

type Step = Result<HandshakeStep, Refusal>;

const TYPE_DUE = {
  ClientHello: HANDSHAKE_TYPE.clientHello,
  Certificate: HANDSHAKE_TYPE.certificate,
  ClientKeyExchange: HANDSHAKE_TYPE.clientKeyExchange,
  CertificateVerify: HANDSHAKE_TYPE.certificateVerify,
  Finished: HANDSHAKE_TYPE.finished,
  nothing: undefined,
} as const satisfies Record<State['awaits'], number | undefined>;

const NONE: Step = ok({ type: 'none' });

/**
 * The messages of a DTLS 1.2 handshake as its server. Takes them whole and in order; knows nothing of records, time and
 * fragments. There is no HelloVerifyRequest (RFC 6347 section 4.2.1 makes it optional): it would prove that the client
 * owns its address, which the connectivity checks of ICE have proved before any ClientHello is let in.
 */
export class ServerHandshake {
  readonly #options: ServerHandshakeOptions;
  readonly #transcript = new Transcript();
  #state: State = { awaits: 'ClientHello' };
  #sendSeq = 0;

  constructor(options: ServerHandshakeOptions) {
    this.#options = options;
  }

  get awaits(): State['awaits'] {
    return this.#state.awaits;
  }

  handle(message: HandshakeMessage): Step {
    const state = this.#state;
    if (message.type !== TYPE_DUE[state.awaits]) return refuseOutOfTurn(state.awaits, message.type);
    switch (state.awaits) {
      case 'ClientHello':
        return this.#clientHello(message);
      case 'Certificate':
        return this.#certificate(state, message);
      case 'ClientKeyExchange':
        return this.#clientKeyExchange(state, message);
      case 'CertificateVerify':
        return this.#certificateVerify(state, message);
      case 'Finished':
        return this.#finished(state, message);
      case 'nothing':
        return NONE;
    }
  }

  /** Flight 6 and the keys, for a caller that has checked the fingerprint. Only after `finished`. */
  complete(): { readonly items: readonly FlightItem[]; readonly keys: SrtpKeyingMaterial } {
    const state = this.#state;
    if (state.awaits !== 'nothing') throw new Error('the handshake is not complete');
    const { crypto } = this.#options;
    const { masterSecret, randoms, negotiated } = state;
    const verifyData = finishedVerifyData(crypto, masterSecret, 'server', this.#transcript.sha256(crypto));
    const message = this.#own(HANDSHAKE_TYPE.finished, verifyData);
    const { client, server } = exportSrtpKeys(crypto, masterSecret, randoms, negotiated.profile);
    return {
      items: [{ kind: 'change-cipher-spec' }, { kind: 'handshake', epoch: 1, message }],
      keys: { profile: negotiated.profile, local: server, remote: client },
    };
  }

  #clientHello(message: HandshakeMessage): Step {
    const hello = parseClientHello(message.body);
    if (!hello.ok) return refuse(hello.error, ALERT.decodeError);
    const negotiated = negotiate(hello.value, this.#options.profiles);
    if (!negotiated.ok) return negotiated;
    const { crypto } = this.#options;
    // All 32 bytes are random. The downgrade sentinel of RFC 8446 section 4.1.3 is for servers that speak 1.3: from this
    // one, a client that offered 1.3 would rightly take it for an attack.
    const randoms = { client: hello.value.random, server: crypto.randomBytes(32) };
    const agreement = crypto.generateKeyAgreement(negotiated.value.group.name);
    this.#transcript.add(message);
    this.#state = { awaits: 'Certificate', negotiated: negotiated.value, randoms, agreement };
    return ok({ type: 'flight-4', items: this.#flight4(this.#state) });
  }

  #flight4({ negotiated, randoms, agreement }: Agreed): FlightItem[] {
    const { certificate } = this.#options;
    const params = { group: negotiated.group.id, publicKey: agreement.publicKey };
    const request = {
      certificateTypes: Uint8Array.of(CERTIFICATE_TYPE.ecdsaSign, CERTIFICATE_TYPE.rsaSign),
      signatureSchemes: [...SIGNATURE_SCHEMES.keys()],
    };
    return [
      this.#own(HANDSHAKE_TYPE.serverHello, writeServerHello({ ...negotiated.serverHello, random: randoms.server })),
      this.#own(HANDSHAKE_TYPE.certificate, writeCertificate([certificate.der])),
      this.#own(HANDSHAKE_TYPE.serverKeyExchange, this.#signedParams(params, randoms)),
      this.#own(HANDSHAKE_TYPE.certificateRequest, writeCertificateRequest(request)),
      this.#own(HANDSHAKE_TYPE.serverHelloDone, new Uint8Array(0)),
    ].map((message) => ({ kind: 'handshake', epoch: 0, message }));
  }

  /** RFC 8422 section 5.4: the signature covers both randoms and the parameters. */
  #signedParams(params: ServerEcdhParams, randoms: HandshakeRandoms): Uint8Array {
    const { crypto, certificate } = this.#options;
    const signed = concat(randoms.client, randoms.server, writeServerEcdhParams(params));
    const signature = crypto.signEcdsaSha256(certificate.privateKey, signed);
    return writeServerKeyExchange({ ...params, scheme: ECDSA_SHA256, signature });
  }

  #certificate(state: State & { awaits: 'Certificate' }, message: HandshakeMessage): Step {
    const list = parseCertificate(message.body);
    if (!list.ok) return refuse(list.error, ALERT.decodeError);
    const [der] = list.value;
    if (der === undefined) return refuse(fault('dtls.certificate_missing'), ALERT.handshakeFailure);
    this.#transcript.add(message);
    this.#state = { ...state, awaits: 'ClientKeyExchange', der };
    return ok({ type: 'certificate', der });
  }

  #clientKeyExchange(state: State & { awaits: 'ClientKeyExchange' }, message: HandshakeMessage): Step {
    const { crypto } = this.#options;
    const publicKey = parseClientKeyExchange(message.body);
    if (!publicKey.ok) return refuse(publicKey.error, ALERT.decodeError);
    const premasterSecret = state.agreement.deriveSecret(publicKey.value);
    if (premasterSecret === undefined) {
      return refuse(fault('dtls.decode_error', 'not a valid public key', 'ClientKeyExchange'), ALERT.illegalParameter);
    }
    this.#transcript.add(message);
    const masterSecret = extendedMasterSecret(crypto, premasterSecret, this.#transcript.sha256(crypto));
    this.#state = { ...state, awaits: 'CertificateVerify', masterSecret };
    return ok({ type: 'record-keys', ...recordKeys(crypto, masterSecret, state.randoms) });
  }

  #certificateVerify(state: State & { awaits: 'CertificateVerify' }, message: HandshakeMessage): Step {
    const verify = parseCertificateVerify(message.body);
    if (!verify.ok) return refuse(verify.error, ALERT.decodeError);
    const scheme = SIGNATURE_SCHEMES.get(verify.value.scheme);
    if (scheme === undefined) {
      return refuse(fault('dtls.bad_certificate_verify', 'a scheme that was not asked for'), ALERT.illegalParameter);
    }
    const { signature } = verify.value;
    const signed = this.#transcript.bytes();
    if (!this.#options.crypto.verifyCertificateSignature(state.der, scheme, signed, signature)) {
      return refuse(fault('dtls.bad_certificate_verify', `wrong ${scheme} signature`), ALERT.decryptError);
    }
    this.#transcript.add(message);
    this.#state = { ...state, awaits: 'Finished' };
    return NONE;
  }

  #finished(state: State & { awaits: 'Finished' }, message: HandshakeMessage): Step {
    const { crypto } = this.#options;
    const expected = finishedVerifyData(crypto, state.masterSecret, 'client', this.#transcript.sha256(crypto));
    if (!crypto.timingSafeEqual(message.body, expected)) {
      return refuse(fault('dtls.bad_finished'), ALERT.decryptError);
    }
    this.#transcript.add(message);
    this.#state = { ...state, awaits: 'nothing' };
    return ok({ type: 'finished' });
  }

  #own(type: number, body: Uint8Array): HandshakeMessage {
    const message = { type, messageSeq: this.#sendSeq, body };
    this.#sendSeq += 1;
    this.#transcript.add(message);
    return message;
  }
}

const refuse = (reason: Fault, alert: number): Result<never, Refusal> => err({ fault: reason, alert });

/** A client that leaves out the proof of its identity gets the name of what is missing. */
function refuseOutOfTurn(awaits: State['awaits'], type: number): Result<never, Refusal> {
  const detail = `handshake message ${type} instead of ${awaits}`;
  if (awaits === 'Certificate') return refuse(fault('dtls.certificate_missing', detail), ALERT.unexpectedMessage);
  if (awaits === 'CertificateVerify') {
    return refuse(fault('dtls.bad_certificate_verify', detail), ALERT.unexpectedMessage);
  }
  return refuse(fault('dtls.unexpected_message', detail), ALERT.unexpectedMessage);
}
