import { fromHex, type IceCredentials, type TransportAddress } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import {
  ATTRIBUTE_ICE_CONTROLLED,
  ATTRIBUTE_ICE_CONTROLLING,
  ATTRIBUTE_PRIORITY,
  ATTRIBUTE_USE_CANDIDATE,
  ATTRIBUTE_USERNAME,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  checkFingerprint,
  checkIntegrity,
  flagAttribute,
  type IntegrityAlgorithm,
  METHOD_BINDING,
  parseStun,
  printStun,
  readErrorCode,
  readText,
  readUnknownAttributes,
  readXorAddress,
  type StunAttributeValue,
  type StunClass,
  shortTermKey,
  textAttribute,
  uint32Attribute,
  uint64Attribute,
  xorAddressAttribute,
} from '@earshot/stun';

/** The browser's credentials in tests. */
export const BROWSER: IceCredentials = { ufrag: 'bR0w', pwd: 'browserbrowserbrowser123' };
/** The gateway's: of the first generation and of the restarts after it. */
export const FIRST: IceCredentials = { ufrag: 'gen0', pwd: 'zerozerozerozerozerozero' };
export const SECOND: IceCredentials = { ufrag: 'gen1', pwd: 'oneoneoneoneoneoneoneone' };

export const TRANSACTION_ID = fromHex('0a0b0c0d0e0f101112131415');

export interface CheckOptions {
  readonly to?: IceCredentials;
  readonly username?: string | null;
  /** Null: no integrity attribute. */
  readonly password?: string | null;
  readonly algorithm?: IntegrityAlgorithm;
  readonly useCandidate?: boolean;
  readonly priority?: number;
  readonly role?: 'controlling' | 'controlled' | 'none';
  readonly fingerprint?: boolean;
  readonly messageClass?: StunClass;
  readonly method?: number;
  readonly transactionId?: Uint8Array;
  readonly more?: readonly StunAttributeValue[];
}

/** Prints a connectivity check as a controlling browser sends it, or as the options spoil it. */
export function printCheck(options: CheckOptions = {}): Uint8Array {
  const { to = FIRST, role = 'controlling', algorithm = 'sha1', fingerprint = true, more = [] } = options;
  const { username = `${to.ufrag}:${BROWSER.ufrag}`, password = to.pwd, priority = 0x6e0001ff } = options;
  // A transaction of its own for each, as RFC 8445 section 7.2.2 asks.
  const { messageClass = 'request', method = METHOD_BINDING, transactionId = crypto.randomBytes(12) } = options;
  const roleType = role === 'controlled' ? ATTRIBUTE_ICE_CONTROLLED : ATTRIBUTE_ICE_CONTROLLING;
  const attributes = [
    ...(username === null ? [] : [textAttribute(ATTRIBUTE_USERNAME, username)]),
    ...(role === 'none' ? [] : [uint64Attribute(roleType, 0x0123456789abcdefn)]),
    ...(options.useCandidate ? [flagAttribute(ATTRIBUTE_USE_CANDIDATE)] : []),
    uint32Attribute(ATTRIBUTE_PRIORITY, priority),
    ...more,
  ];
  const integrity = password === null ? {} : { integrity: { crypto, algorithm, key: shortTermKey(password) } };
  return printStun({ class: messageClass, method, transactionId }, attributes, { ...integrity, fingerprint });
}

/** What the browser answers a check with; undefined for what is none, or is not for it. `from`: where it came from. */
export function answerCheck(datagram: Uint8Array, from: TransportAddress): Uint8Array | undefined {
  const message = parseStun(datagram);
  if (!message.ok || message.value.class !== 'request') return undefined;
  const { method, transactionId } = message.value;
  const key = shortTermKey(BROWSER.pwd);
  const isForUs = readText(message.value, ATTRIBUTE_USERNAME)?.startsWith(`${BROWSER.ufrag}:`) === true;
  if (!isForUs || checkIntegrity(crypto, message.value, key) !== 'sha1') return undefined;
  const mapped = xorAddressAttribute(ATTRIBUTE_XOR_MAPPED_ADDRESS, from, transactionId);
  if (mapped === undefined) return undefined;
  const integrity = { crypto, algorithm: 'sha1', key } as const;
  return printStun({ class: 'success', method, transactionId }, [mapped], { integrity, fingerprint: true });
}

export interface Answer {
  readonly class: StunClass;
  readonly transactionId: Uint8Array;
  readonly mapped: TransportAddress | undefined;
  readonly error: number | undefined;
  readonly unknown: readonly number[] | undefined;
  readonly integrity: string;
  readonly length: number;
}

/** Reads an answer, checking it against the password of the side that gave it. */
export function readAnswer(datagram: Uint8Array, from: IceCredentials = FIRST): Answer {
  const message = parseStun(datagram);
  if (!message.ok) throw new Error(`the answer is not STUN: ${message.error}`);
  if (checkFingerprint(message.value) !== 'valid') throw new Error('the answer has no valid FINGERPRINT');
  return {
    class: message.value.class,
    transactionId: message.value.transactionId,
    mapped: readXorAddress(message.value, ATTRIBUTE_XOR_MAPPED_ADDRESS),
    error: readErrorCode(message.value)?.code,
    unknown: readUnknownAttributes(message.value),
    integrity: checkIntegrity(crypto, message.value, shortTermKey(from.pwd)),
    length: datagram.length,
  };
}
