import type { DtlsRecord } from './record.js';
import type { RecordProtection } from './record-protection.js';
import { ReplayWindow } from './replay-window.js';

const MAX_EARLY_RECORDS = 4;
const MAX_EARLY_BYTES = 512;

/**
 * The receiving half of the record layer: epoch 0 in the clear, epoch 1 protected, no other epoch (there is no
 * renegotiation).
 *
 * ChangeCipherSpec is not waited for. Its meaning, the new epoch, stands in every record header, so a lost or overtaken
 * one costs nothing; and what it would permit, a Finished, proves itself.
 */
export class RecordReader {
  #protection: RecordProtection | undefined;
  readonly #window = new ReplayWindow();
  #early: DtlsRecord[] = [];

  /** The plaintext; undefined for a record that is dropped, or kept until the keys are there. */
  open(record: DtlsRecord): Uint8Array | undefined {
    if (record.epoch === 0) return record.fragment;
    if (record.epoch !== 1) return undefined;
    if (this.#protection === undefined) {
      this.#keep(record);
      return undefined;
    }
    if (!this.#window.isFresh(record.sequence)) return undefined;
    const plaintext = this.#protection.open(record);
    if (plaintext !== undefined) this.#window.accept(record.sequence);
    return plaintext;
  }

  /** Opens epoch 1 and gives the records that overtook the key exchange, to be opened now. */
  protect(protection: RecordProtection): DtlsRecord[] {
    this.#protection = protection;
    const early = this.#early;
    this.#early = [];
    return early;
  }

  /** A Finished that overtook the ClientKeyExchange would otherwise cost the peer a retransmission timeout. */
  #keep(record: DtlsRecord): void {
    if (this.#early.length >= MAX_EARLY_RECORDS || record.fragment.length > MAX_EARLY_BYTES) return;
    this.#early.push({ ...record, fragment: new Uint8Array(record.fragment) });
  }
}
