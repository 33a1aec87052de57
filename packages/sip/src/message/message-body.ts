import type { HeaderLine } from './header-lines.js';
import type { Mistakes } from './mistakes.js';

/**
 * The body of a datagram (section 18.3): without Content-Length all the rest; what goes beyond it is cut off; less than
 * it says is a mistake.
 */
export function readBody(lines: readonly HeaderLine[], rest: Uint8Array, mistakes: Mistakes): Uint8Array {
  const [first, second] = lines.filter(({ key }) => key === 'content-length');
  if (first === undefined) return rest;
  if (second !== undefined && second.value !== first.value) {
    mistakes.note({ reason: 'Content-Length is given twice, with different values', at: second.start });
  }
  if (!/^\d{1,9}$/.test(first.value)) {
    mistakes.note({ reason: 'Content-Length must be a number', at: first.valueStart });
    return rest;
  }
  const length = Number(first.value);
  if (length > rest.length) {
    mistakes.note({
      reason: `Content-Length is ${length}, but the body has ${rest.length} bytes`,
      at: first.valueStart,
    });
  }
  return rest.subarray(0, length);
}
