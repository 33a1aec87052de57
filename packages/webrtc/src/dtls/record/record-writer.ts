import { DTLS_1_2, RECORD_HEADER_BYTES, writeRecord } from './record.js';
import { PROTECTION_OVERHEAD_BYTES, type RecordProtection } from './record-protection.js';

export type Epoch = 0 | 1;

/**
 * The sending half of the record layer. Both epochs stay usable, because a retransmitted final flight holds a plaintext
 * ChangeCipherSpec and a protected Finished. Every record, retransmitted or not, takes a new sequence number.
 */
export class RecordWriter {
  readonly #sequences: [number, number] = [0, 0];
  #protection: RecordProtection | undefined;

  protect(protection: RecordProtection): void {
    this.#protection = protection;
  }

  /** Bytes around the content of a record of this epoch. */
  overhead(epoch: Epoch): number {
    return RECORD_HEADER_BYTES + (epoch === 1 ? PROTECTION_OVERHEAD_BYTES : 0);
  }

  write(epoch: Epoch, type: number, content: Uint8Array): Uint8Array {
    const record = { type, version: DTLS_1_2, epoch, sequence: this.#sequences[epoch], fragment: content };
    this.#sequences[epoch] += 1;
    if (epoch === 0) return writeRecord(record);
    if (this.#protection === undefined) throw new Error('epoch 1 has no keys yet');
    return writeRecord({ ...record, fragment: this.#protection.seal(record) });
  }
}
