import { CHARS, type Scanner } from './scanner.js';
import type { Params } from './uri.js';

export const NO_PARAMS: Params = new Map();

/** Reads *(SEMI generic-param) of section 25.1: the parameters of a header, white space allowed around `;` and `=`. */
export function readParams(scanner: Scanner): Params | undefined {
  if (scanner.done) return NO_PARAMS;
  const params = new Map<string, string | undefined>();
  while (scanner.separator(';')) {
    const start = scanner.at;
    const name = scanner.run(CHARS.token).toLowerCase();
    if (name === '') return scanner.fail('a parameter needs a name');
    if (params.has(name)) return scanner.fail(`the parameter ${name} is given twice`, start);
    let value: string | undefined;
    if (scanner.separator('=')) {
      value = scanner.peek() === '"' ? scanner.quoted() : scanner.run(CHARS.genericValue);
      if (value === undefined) return undefined;
      if (value === '') return scanner.fail(`the parameter ${name} needs a value after "="`);
    }
    params.set(name, value);
  }
  return params;
}

export function printParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** `params` with one set (or, for undefined, added as a flag). */
export const withParam = (params: Params, name: string, value: string | undefined): Params =>
  new Map([...params, [name, value]]);
