const SEQ_SPAN = 0x1_0000;
const SEQ_MEDIAN = 0x8000;

/** One past the last index: 32 bits of rollover counter over 16 bits of sequence number. Then the keys are used up. */
export const INDEX_LIMIT = 2 ** 48;

/**
 * The 48-bit packet index that a sequence number stands for (RFC 3711 section 3.3.1 and appendix A), given the highest
 * index authenticated so far, or -1 before the first packet. Negative when the packet would lie before the start of
 * the stream, which no genuine packet does.
 */
export function estimateIndex(highest: number, sequence: number): number {
  if (highest < 0) return sequence;
  const last = highest % SEQ_SPAN;
  const rolledOver = highest - last;
  if (last < SEQ_MEDIAN) return sequence - last > SEQ_MEDIAN ? rolledOver - SEQ_SPAN + sequence : rolledOver + sequence;
  return last - SEQ_MEDIAN > sequence ? rolledOver + SEQ_SPAN + sequence : rolledOver + sequence;
}
