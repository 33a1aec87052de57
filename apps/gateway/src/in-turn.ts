/**
 * Hands a core's outputs on, one after the other. What handing one on brings about waits for its turn, so that a core
 * that is told something by its own outputs is still heard in order.
 */
export class InTurn<Output> {
  readonly #perform: (output: Output) => void;
  readonly #waiting: Output[] = [];
  #busy = false;

  constructor(perform: (output: Output) => void) {
    this.#perform = perform;
  }

  add(outputs: readonly Output[]): void {
    this.#waiting.push(...outputs);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let output = this.#waiting.shift(); output !== undefined; output = this.#waiting.shift()) {
        this.#perform(output);
      }
    } finally {
      this.#busy = false;
    }
  }
}
