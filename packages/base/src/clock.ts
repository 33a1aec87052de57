/** Milliseconds since the Unix epoch, monotonic where the shell can make it so. Always an input, never read inside a core. */
export type Millis = number;

/** Fills a fresh array of `length` bytes with cryptographic randomness (tests pass a seeded one). */
export type RandomBytes = (length: number) => Uint8Array;
