import fc from 'fast-check';

const encoder = new TextEncoder();

export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

const strange = fc.string({ unit: 'binary', maxLength: 30 });
const token = fc.constantFrom(
  '',
  ' ',
  '0',
  '1',
  '-1',
  '65536',
  '4294967296',
  '99999999999999999999',
  ';',
  '=',
  '"',
  '<>',
  'a',
  '\t',
  '\0',
);

/** Values that take the place of an element of a text protocol: numbers at the edges, separators, anything at all. */
export const element = fc.oneof(token, strange);

/** Lines of these, each perhaps with one of its words replaced, repeated, in any order. */
export const linesOf = (lines: readonly string[], maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.constantFrom(...lines), fc.option(fc.tuple(fc.nat(12), element))), { maxLength })
    .map((chosen) => chosen.map(([line, change]) => `${replaced(line, change)}\r\n`).join(''));

function replaced(line: string, change: readonly [number, string] | null): string {
  if (change === null) return line;
  const words = line.split(/([\s;:=,<>/@])/);
  words[change[0] % words.length] = change[1];
  return words.join('');
}
