import { LIMITS } from '@earshot/signaling';

/** What a browser, a device or a server says, as a message may carry it; undefined where nothing is left. */
export function printable(text: unknown, longest: number = LIMITS.textLength): string | undefined {
  if (typeof text !== 'string') return undefined;
  const clean = text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, longest);
  return clean === '' ? undefined : clean;
}

/** `{ [name]: text }`, or nothing where there is no text. */
export function optional<Name extends string, Value>(name: Name, value: Value | undefined | null) {
  return (value === undefined || value === null ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}
