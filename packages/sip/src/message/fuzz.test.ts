import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestText } from '../testing/messages.js';
import { INVALID, VALID } from '../testing/rfc4475.js';
import { toJson } from './json.js';
import { parseSipMessage } from './parse.js';
import { printMessage } from './print.js';
import { encodeUtf8 } from './utf8.js';

const samples = [requestText(), ...Object.values(VALID), ...Object.values(INVALID).map(([, text]) => text)].map(
  encodeUtf8,
);

/** Whatever parses must print, and what is printed must parse to what prints the same. */
function survives(bytes: Uint8Array): void {
  const read = parseSipMessage(bytes);
  if (!read.ok) {
    expect(read.error.code).toBe('sip.bad_message');
    return;
  }
  JSON.stringify(toJson(read.value));
  const printed = printMessage(read.value);
  const again = parseSipMessage(printed);
  expect(again.ok && printMessage(again.value)).toEqual(printed);
}

it('never throws on arbitrary bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), survives), { seed: 4475, numRuns: 500 });
});

it('never throws on mutated messages, and prints stably what it takes', () => {
  const edit = fc.record({
    at: fc.nat(2000),
    remove: fc.nat(6),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(...[';', ',', '<', '"', '\r\n ', ':', '%', '@', '['].map(encodeUtf8)),
    ),
  });
  const mutated = fc.tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 4 }));
  const property = fc.property(mutated, ([sample, edits]) => {
    let bytes = [...sample];
    for (const { at, remove, insert } of edits) {
      const start = at % (bytes.length + 1);
      bytes = [...bytes.slice(0, start), ...insert, ...bytes.slice(start + remove)];
    }
    survives(Uint8Array.from(bytes));
  });
  fc.assert(property, { seed: 5118, numRuns: 1500 });
});
