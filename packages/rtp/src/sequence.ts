/** RFC 3550 appendix A.1. */
const MIN_SEQUENTIAL = 2;
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** A power of two above MAX_MISORDER. */
const SEEN_WINDOW = 128;
const SEQUENCE_MODULUS = 0x10000;

/**
 * What a packet means for its source's numbering.
 * `probation`: not yet believed; `jump`: far from the rest, believed if the next one follows it;
 * `restart`: a jump confirmed, counting begins anew with this packet.
 */
export type SequenceVerdict = 'first' | 'in-order' | 'reordered' | 'duplicate' | 'probation' | 'jump' | 'restart';

/**
 * Extended sequence numbers of one source (RFC 3550 section 6.4.1 and appendix A.1): probation until two packets
 * follow each other, wrap at 16 bits, restart after a jump.
 */
export class ExtendedSequence {
  /** The extended number of the first counted packet, and the highest one: cycles * 65536 + sequence number. */
  base = 0;
  highest = 0;
  /** Packets counted since `base`, duplicates and late ones included, as the RFC has it. */
  received = 0;
  #probation = MIN_SEQUENTIAL;
  #expected = -1;
  #expectedAfterJump = -1;
  readonly #seen = new Float64Array(SEEN_WINDOW).fill(-1);

  /** True once the source is believed. */
  get valid(): boolean {
    return this.#probation === 0;
  }

  /** Packets that should have come since `base`; 0 while on probation. */
  get expected(): number {
    return this.valid ? this.highest - this.base + 1 : 0;
  }

  update(sequence: number): SequenceVerdict {
    if (this.#probation > 0) return this.#prove(sequence);
    const step = ((sequence - this.highest) << 16) >> 16;
    if (step > 0 ? step >= MAX_DROPOUT : step <= -MAX_MISORDER) {
      if (sequence === this.#expectedAfterJump) {
        this.#begin(sequence);
        return 'restart';
      }
      this.#expectedAfterJump = (sequence + 1) & 0xffff;
      return 'jump';
    }
    this.received += 1;
    const extended = this.highest + step;
    const slot = extended & (SEEN_WINDOW - 1);
    if (this.#seen[slot] === extended) return 'duplicate';
    this.#seen[slot] = extended;
    if (step <= 0) return 'reordered';
    this.highest = extended;
    return 'in-order';
  }

  #prove(sequence: number): SequenceVerdict {
    this.#probation = sequence === this.#expected ? this.#probation - 1 : MIN_SEQUENTIAL - 1;
    this.#expected = (sequence + 1) & 0xffff;
    if (this.#probation > 0) return 'probation';
    this.#begin(sequence);
    return 'first';
  }

  #begin(sequence: number): void {
    // One cycle up, so that a packet from just before the base still has a number above zero.
    this.highest = SEQUENCE_MODULUS + sequence;
    this.base = this.highest;
    this.received = 1;
    this.#expectedAfterJump = -1;
    this.#seen.fill(-1);
    this.#seen[this.highest & (SEEN_WINDOW - 1)] = this.highest;
  }
}
