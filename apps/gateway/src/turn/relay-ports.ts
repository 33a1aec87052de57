/** One past the last port. */
const PORTS = 65_536;

/**
 * The ports of `[first, last]` in an order that nobody can foretell, each once; [0, 0]: 0, for one of the system's
 * choice. Who could guess the next relayed address might have a peer's packets sent there (RFC 8656 section 7.2, step 6).
 * `random` in [0, 1). `even`: even ports alone.
 */
export function* portOrder(
  [first, last]: readonly [number, number],
  even: boolean,
  random: () => number,
): Generator<number> {
  if (first === 0) {
    // The system gives any: who needs an even one asks until it comes.
    for (let turn = 0; turn < PORTS; turn += 1) yield 0;
    return;
  }
  const from = even ? first + (first % 2) : first;
  const step = even ? 2 : 1;
  const count = Math.floor((last - from) / step) + 1;
  const ports = Uint16Array.from({ length: Math.max(0, count) }, (_, index) => from + index * step);
  // Fisher and Yates, as far as it is asked for.
  for (let index = 0; index < ports.length; index += 1) {
    const other = index + Math.floor(random() * (ports.length - index));
    const port = ports[other] as number;
    ports[other] = ports[index] as number;
    yield port;
  }
}
