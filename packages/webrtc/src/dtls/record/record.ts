import { ByteReader, ByteWriter } from '@earshot/base';

/**
 * One record (RFC 6347 section 4.1):
 *
 *   type (1) | version (2) | epoch (2) | sequence (6) | length (2) | fragment
 */
export interface DtlsRecord {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  readonly fragment: Uint8Array;
}

export const CONTENT_TYPE = { changeCipherSpec: 20, alert: 21, handshake: 22 } as const;

/** DTLS versions count downwards: the ones' complement of 1.0 and 1.2 (RFC 6347 section 4.1). */
export const DTLS_1_0 = 0xfeff;
export const DTLS_1_2 = 0xfefd;

export const RECORD_HEADER_BYTES = 13;

/** 2^14 bytes of plaintext and what AES-GCM adds (RFC 5246 section 6.2.3). */
const MAX_FRAGMENT_BYTES = 16_384 + 24;

/**
 * The records of a datagram as views into it. Invalid ones are left out without a word (RFC 6347 section 4.1.2.7):
 * unknown types and versions are skipped by their length, and a length that leads past the end drops the rest.
 */
export function readRecords(datagram: Uint8Array): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  const reader = new ByteReader(datagram);
  while (reader.remaining >= RECORD_HEADER_BYTES) {
    const type = reader.u8();
    const version = reader.u16();
    const epoch = reader.u16();
    const sequence = reader.u48();
    const fragment = reader.vector(2);
    if (reader.failed) break;
    if (!isKnownType(type) || !isKnownVersion(version, epoch) || fragment.length > MAX_FRAGMENT_BYTES) continue;
    records.push({ type, version, epoch, sequence, fragment });
  }
  return records;
}

export function writeRecord({ type, version, epoch, sequence, fragment }: DtlsRecord): Uint8Array {
  return new ByteWriter(RECORD_HEADER_BYTES + fragment.length)
    .u8(type)
    .u16(version)
    .u16(epoch)
    .u48(sequence)
    .vector(2, fragment)
    .finish();
}

const isKnownType = (type: number): boolean =>
  type === CONTENT_TYPE.handshake || type === CONTENT_TYPE.changeCipherSpec || type === CONTENT_TYPE.alert;

/** A ClientHello may travel as DTLS 1.0, because its sender does not know the server yet (RFC 5246 appendix E.1). */
const isKnownVersion = (version: number, epoch: number): boolean =>
  version === DTLS_1_2 || (version === DTLS_1_0 && epoch === 0);
