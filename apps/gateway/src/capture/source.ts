/** Bytes of a file, from its beginning to its end, a piece at a time. */
export interface ByteSource {
  /** The next `length` bytes; fewer where the file ends. What is returned is valid until the next call. */
  read(length: number): Uint8Array;
}

/** Of bytes in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  let offset = 0;
  return {
    read(length) {
      const piece = bytes.subarray(offset, offset + length);
      offset += piece.length;
      return piece;
    },
  };
}

const CHUNK = 1 << 20;

/** Of anything that fills a buffer, such as `readSync`: `fill` gives the number of bytes it put there, 0 at the end. */
export function chunkedSource(fill: (buffer: Uint8Array) => number): ByteSource {
  let buffer = new Uint8Array(CHUNK);
  let start = 0;
  let end = 0;
  return {
    read(length) {
      if (end - start < length) {
        const kept = buffer.subarray(start, end);
        if (length > buffer.length) {
          const larger = new Uint8Array(length);
          larger.set(kept);
          buffer = larger;
        } else {
          buffer.copyWithin(0, start, end);
        }
        end -= start;
        start = 0;
        while (end < length) {
          const count = fill(buffer.subarray(end));
          if (count === 0) break;
          end += count;
        }
      }
      const piece = buffer.subarray(start, Math.min(end, start + length));
      start += piece.length;
      return piece;
    },
  };
}
