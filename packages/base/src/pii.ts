const REDACTED = '[redacted]';
const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * Personal data or a secret (phone number, token, key) that cannot reach a log, a JSON text or a template string
 * by accident: every implicit conversion says "[redacted]"; only `reveal()` gives the value.
 */
export class Pii<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspectSymbol](): string {
    return REDACTED;
  }
}
