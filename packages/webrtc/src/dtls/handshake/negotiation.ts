import { ByteReader, err, type Fault, fault, type NamedGroup, ok, type Result } from '@earshot/base';
import { ALERT } from '../messages/alert.js';
import type { ClientHello } from '../messages/client-hello.js';
import { readUint16List } from '../messages/decode.js';
import { EXTENSION_TYPE } from '../messages/extensions.js';
import { NAMED_GROUPS } from '../messages/named-group.js';
import type { ServerHello } from '../messages/server-hello.js';
import { ECDSA_SHA256 } from '../messages/signature-scheme.js';
import { parseUseSrtp, SRTP_PROFILE_IDS, writeUseSrtp } from '../messages/use-srtp.js';
import { DTLS_1_2 } from '../record/record.js';
import type { SrtpProfileName } from '../types.js';

/** RFC 5289 section 3.2. */
export const ECDHE_ECDSA_AES_128_GCM_SHA256 = 0xc02b;
/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 section 3.3). */
const RENEGOTIATION_SCSV = 0x00ff;
const UNCOMPRESSED = 0;
const NO_COMPRESSION = 0;

export interface Negotiated {
  readonly group: { readonly id: number; readonly name: NamedGroup };
  readonly profile: SrtpProfileName;
  readonly serverHello: Omit<ServerHello, 'random'>;
}

/** A handshake that cannot go on, and the alert that tells the peer. */
export interface Refusal {
  readonly fault: Fault;
  readonly alert: number;
}

/** Chooses all parameters from a ClientHello, or says which one is not common. Unknown values are ignored. */
export function negotiate(hello: ClientHello, profiles: readonly SrtpProfileName[]): Result<Negotiated, Refusal> {
  if (!offersDtls12(hello)) return refuse('no DTLS 1.2', ALERT.protocolVersion);
  if (!hello.cipherSuites.includes(ECDHE_ECDSA_AES_128_GCM_SHA256)) return refuse('no common cipher suite');
  if (!hello.compressionMethods.includes(NO_COMPRESSION)) return refuse('no null compression', ALERT.illegalParameter);
  const signatureSchemes = uint16List(hello, EXTENSION_TYPE.signatureAlgorithms);
  if (!signatureSchemes.includes(ECDSA_SHA256)) return refuse('no common signature algorithm');
  const pointFormats = hello.extensions.get(EXTENSION_TYPE.ecPointFormats);
  if (pointFormats !== undefined && !new ByteReader(pointFormats).vector(1).includes(UNCOMPRESSED)) {
    return refuse('no uncompressed points', ALERT.illegalParameter); // RFC 8422 section 5.1.2
  }
  const offeredGroups = uint16List(hello, EXTENSION_TYPE.supportedGroups);
  const group = [...NAMED_GROUPS].find(([id]) => offeredGroups.includes(id));
  if (group === undefined) return refuse('no common group');
  if (!hello.extensions.has(EXTENSION_TYPE.extendedMasterSecret)) {
    return err({ fault: fault('dtls.extended_master_secret_missing'), alert: ALERT.handshakeFailure });
  }
  const renegotiation = hello.extensions.get(EXTENSION_TYPE.renegotiationInfo);
  if (renegotiation !== undefined && (renegotiation.length !== 1 || renegotiation[0] !== 0)) {
    return refuse('renegotiation_info of a connection before', ALERT.handshakeFailure); // RFC 5746 section 3.6
  }
  const useSrtpData = hello.extensions.get(EXTENSION_TYPE.useSrtp);
  if (useSrtpData === undefined) return refuse('no use_srtp extension');
  const useSrtp = parseUseSrtp(useSrtpData);
  if (!useSrtp.ok) return err({ fault: useSrtp.error, alert: ALERT.decodeError });
  const profile = profiles.find((name) => useSrtp.value.profiles.includes(SRTP_PROFILE_IDS[name]));
  if (profile === undefined) return refuse('no common SRTP profile');
  const [id, name] = group;
  return ok({ group: { id, name }, profile, serverHello: answer(hello, profile) });
}

/** Only what the client offered is answered (RFC 5246 section 7.4.1.4); no session is resumed, no MKI is used. */
function answer(hello: ClientHello, profile: SrtpProfileName): Negotiated['serverHello'] {
  const extensions = new Map<number, Uint8Array>();
  const secureRenegotiation =
    hello.extensions.has(EXTENSION_TYPE.renegotiationInfo) || hello.cipherSuites.includes(RENEGOTIATION_SCSV);
  if (secureRenegotiation) extensions.set(EXTENSION_TYPE.renegotiationInfo, Uint8Array.of(0));
  extensions.set(EXTENSION_TYPE.extendedMasterSecret, new Uint8Array(0));
  if (hello.extensions.has(EXTENSION_TYPE.ecPointFormats)) {
    extensions.set(EXTENSION_TYPE.ecPointFormats, Uint8Array.of(1, UNCOMPRESSED));
  }
  extensions.set(
    EXTENSION_TYPE.useSrtp,
    writeUseSrtp({ profiles: [SRTP_PROFILE_IDS[profile]], mki: new Uint8Array(0) }),
  );
  return {
    version: DTLS_1_2,
    sessionId: new Uint8Array(0),
    cipherSuite: ECDHE_ECDSA_AES_128_GCM_SHA256,
    compressionMethod: NO_COMPRESSION,
    extensions,
  };
}

/** supported_versions decides where it is present (RFC 8446 appendix D.2), as in a hello that prefers DTLS 1.3. */
function offersDtls12(hello: ClientHello): boolean {
  const data = hello.extensions.get(EXTENSION_TYPE.supportedVersions);
  if (data !== undefined) return (readUint16List(new ByteReader(data).vector(1)) ?? []).includes(DTLS_1_2);
  return hello.version >> 8 === 0xfe && hello.version <= DTLS_1_2;
}

/** The list in an extension; empty when it is absent or broken, which then has nothing in common with us. */
function uint16List(hello: ClientHello, extension: number): readonly number[] {
  const data = hello.extensions.get(extension);
  return (data && readUint16List(new ByteReader(data).vector(2))) ?? [];
}

const refuse = (detail: string, alert: number = ALERT.handshakeFailure): Result<never, Refusal> =>
  err({ fault: fault('dtls.no_common_parameters', detail, 'ClientHello'), alert });
