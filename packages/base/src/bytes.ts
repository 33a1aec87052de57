const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Reads hexadecimal text; white space and colons are skipped. Throws on anything else: for constants and fixtures. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) throw new TypeError('not hexadecimal text');
  const bytes = new Uint8Array(digits.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Equality of public bytes. Secrets are compared by `Crypto.timingSafeEqual`. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/**
 * A bounds-checked big-endian reader. Reading past the end gives 0 or an empty array and sets `failed`, so a parser
 * checks once after a group of reads instead of throwing.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  offset: number;
  readonly end: number;
  failed = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = start;
    this.end = Math.min(end, bytes.length);
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  #take(length: number): number {
    if (this.failed || length > this.end - this.offset) {
      this.failed = true;
      return -1;
    }
    const at = this.offset;
    this.offset += length;
    return at;
  }

  #uint(length: number): number {
    const at = this.#take(length);
    if (at < 0) return 0;
    let value = 0;
    for (let index = at; index < at + length; index += 1) value = value * 256 + (this.bytes[index] as number);
    return value;
  }

  u8(): number {
    return this.#uint(1);
  }

  u16(): number {
    return this.#uint(2);
  }

  u24(): number {
    return this.#uint(3);
  }

  u32(): number {
    return this.#uint(4);
  }

  u48(): number {
    return this.#uint(6);
  }

  /** A view (not a copy) of the next `length` bytes. */
  take(length: number): Uint8Array {
    const at = this.#take(length);
    return at < 0 ? new Uint8Array(0) : this.bytes.subarray(at, at + length);
  }

  /** A view of the bytes behind a length prefix of `prefix` bytes (TLS vector, RFC 8446 section 3.4). */
  vector(prefix: 1 | 2 | 3): Uint8Array {
    return this.take(this.#uint(prefix));
  }
}

/** A growing big-endian writer. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(length: number): number {
    const at = this.#length;
    const needed = at + length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }

  #uint(value: number, length: number): this {
    const at = this.#reserve(length);
    let rest = value;
    for (let index = at + length - 1; index >= at; index -= 1) {
      this.#bytes[index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  u8(value: number): this {
    return this.#uint(value, 1);
  }

  u16(value: number): this {
    return this.#uint(value, 2);
  }

  u24(value: number): this {
    return this.#uint(value, 3);
  }

  u32(value: number): this {
    return this.#uint(value, 4);
  }

  u48(value: number): this {
    return this.#uint(value, 6);
  }

  put(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Writes `bytes` behind a length prefix of `prefix` bytes. */
  vector(prefix: 1 | 2 | 3, bytes: Uint8Array): this {
    return this.#uint(bytes.length, prefix).put(bytes);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
