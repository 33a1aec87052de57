import { type Aead, ByteWriter, type Crypto, concat } from '@earshot/base';
import type { DtlsRecord } from './record.js';

const EXPLICIT_NONCE_BYTES = 8;
const TAG_BYTES = 16;

/** What AES-GCM adds to each fragment. */
export const PROTECTION_OVERHEAD_BYTES = EXPLICIT_NONCE_BYTES + TAG_BYTES;

/**
 * AES-128-GCM over records (RFC 5288 section 3, RFC 6347 section 4.1.2.1). A protected fragment is
 *
 *   explicit nonce (8) | ciphertext | tag (16)
 *
 * The explicit nonce is the record's epoch and sequence, which never repeat under one key.
 */
export class RecordProtection {
  readonly #aead: Aead;
  readonly #salt: Uint8Array;

  /** `key`: 16 bytes; `salt`: the 4 implicit bytes of the nonce. */
  constructor(crypto: Crypto, key: Uint8Array, salt: Uint8Array) {
    this.#aead = crypto.aes128Gcm(key);
    this.#salt = salt;
  }

  /** Takes a record with plaintext and gives its protected fragment. */
  seal(record: DtlsRecord): Uint8Array {
    const explicit = epochAndSequence(record);
    const sealed = this.#aead.seal(
      concat(this.#salt, explicit),
      additionalData(record, explicit, record.fragment.length),
      record.fragment,
    );
    return concat(explicit, sealed);
  }

  /** The plaintext of a protected record; undefined when it does not authenticate. */
  open(record: DtlsRecord): Uint8Array | undefined {
    const length = record.fragment.length - PROTECTION_OVERHEAD_BYTES;
    if (length < 0) return undefined;
    const explicit = record.fragment.subarray(0, EXPLICIT_NONCE_BYTES);
    return this.#aead.open(
      concat(this.#salt, explicit),
      additionalData(record, epochAndSequence(record), length),
      record.fragment.subarray(EXPLICIT_NONCE_BYTES),
    );
  }
}

function epochAndSequence({ epoch, sequence }: DtlsRecord): Uint8Array {
  return new ByteWriter(8).u16(epoch).u48(sequence).finish();
}

/** RFC 5246 section 6.2.3.3: `seq_num | type | version | length` of the plaintext. */
function additionalData({ type, version }: DtlsRecord, epochSequence: Uint8Array, length: number): Uint8Array {
  return new ByteWriter(13).put(epochSequence).u8(type).u16(version).u16(length).finish();
}
