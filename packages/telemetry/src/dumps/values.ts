/** What is known of a value that came out of a file: nothing. These look before they leap, and never throw. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Longer texts are cut: nothing that is read of a dump needs them. */
const TEXT_LIMIT = 512;

export const textOf = (value: unknown, limit = TEXT_LIMIT): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, limit) : undefined;

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** A port of UDP or TCP. */
export function portOf(value: unknown): number | undefined {
  const port = typeof value === 'string' ? Number(value) : numberOf(value);
  return port !== undefined && Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** The value that JSON text stands for; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Unix time in ms, of a number or of a date as text. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const time = Date.parse(value);
    return Number.isNaN(time) ? undefined : time;
  }
  return numberOf(value);
}
