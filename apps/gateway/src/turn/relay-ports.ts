/** Where nobody asked for a range: the dynamic ports (RFC 6335 section 6). */
const DYNAMIC_PORTS = [49_152, 65_535] as const;

/**
 * The ports of `[first, last]`, or for [0, 0] the dynamic ones, in an order that nobody can foretell, each once: who could
 * guess the next relayed address might have a peer's packets sent there (RFC 8656 section 7.2, step 6). Not a port of the
 * system's choice, which a socket loses when it is disconnected. `even`: even ports alone; `withNext`: those that have
 * another one above them. `random` in [0, 1).
 */
export function* portOrder(
  range: readonly [number, number],
  { even, withNext }: { readonly even: boolean; readonly withNext: boolean },
  random: () => number,
): Generator<number> {
  const [first, last] = range[0] === 0 ? DYNAMIC_PORTS : range;
  const step = even ? 2 : 1;
  const from = even ? first + (first % 2) : first;
  const count = Math.floor((last - (withNext ? 1 : 0) - from) / step) + 1;
  // Fisher and Yates, as far as it is asked for: only what is not in its place is noted.
  const moved = new Map<number, number>();
  for (let index = 0; index < count; index += 1) {
    const other = index + Math.floor(random() * (count - index));
    yield from + (moved.get(other) ?? other) * step;
    moved.set(other, moved.get(index) ?? index);
  }
}
