import { ByteWriter, type Crypto, concat } from '@earshot/base';
import { fingerprintOf } from './fingerprint.js';
import { type IntegrityAlgorithm, integrityTag } from './integrity.js';
import { printAttribute, printHeader, type StunAttributeValue, type StunHeader } from './message.js';
import {
  ATTRIBUTE_FINGERPRINT,
  ATTRIBUTE_MESSAGE_INTEGRITY,
  ATTRIBUTE_MESSAGE_INTEGRITY_SHA256,
  STUN_HEADER_LENGTH,
} from './types.js';

/** What ends a message, in the order it is written. */
export interface StunTrailer {
  readonly integrity?: {
    readonly crypto: Pick<Crypto, 'hmac'>;
    readonly algorithm: IntegrityAlgorithm;
    readonly key: Uint8Array;
  };
  readonly fingerprint?: boolean;
  /** Only to reproduce foreign messages byte by byte. */
  readonly paddingByte?: number;
}

const TAG_LENGTH = { sha1: 20, sha256: 32 } as const;
const FINGERPRINT_LENGTH = 8;

/** Prints a message with its attributes in the given order, then integrity, then FINGERPRINT. */
export function printStun(
  header: StunHeader,
  attributes: readonly StunAttributeValue[],
  { integrity, fingerprint = false, paddingByte = 0 }: StunTrailer = {},
): Uint8Array {
  const parts = attributes.map((attribute) => printAttribute(attribute, paddingByte));
  let length = parts.reduce((sum, part) => sum + part.length, 0);
  if (integrity !== undefined) {
    const { crypto, algorithm, key } = integrity;
    const covered = concat(printHeader(header, length), ...parts);
    const value = integrityTag(crypto, algorithm, key, covered, TAG_LENGTH[algorithm]);
    const type = algorithm === 'sha1' ? ATTRIBUTE_MESSAGE_INTEGRITY : ATTRIBUTE_MESSAGE_INTEGRITY_SHA256;
    parts.push(printAttribute({ type, value }));
    length = covered.length - STUN_HEADER_LENGTH + 4 + value.length;
  }
  if (!fingerprint) return concat(printHeader(header, length), ...parts);
  const covered = concat(printHeader(header, length + FINGERPRINT_LENGTH), ...parts);
  const value = new ByteWriter(4).u32(fingerprintOf(covered)).finish();
  return concat(covered, printAttribute({ type: ATTRIBUTE_FINGERPRINT, value }));
}
