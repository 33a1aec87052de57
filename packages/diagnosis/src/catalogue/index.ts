import { ERRORS, type ErrorCode } from '@earshot/base';
import { DEVICE } from './device.js';
import { ENDING } from './ending.js';
import type { CatalogueEntry, CataloguePart } from './entry.js';
import { MEDIA } from './media.js';
import { PATH } from './path.js';
import { SIGNALING } from './signaling.js';

export type { CatalogueEntry } from './entry.js';

/** Every code that a rule raises by itself, and some that end calls. The cause of an end may be any code besides. */
export const CATALOGUE: CataloguePart = { ...SIGNALING, ...DEVICE, ...PATH, ...MEDIA, ...ENDING };

const OTHER: Pick<CatalogueEntry, 'operator' | 'holdMs'> = {
  operator: 'Look at the entries of the timeline around its end.',
  // The end of a call names what was noticed last: what led to it may still be on its way here.
  holdMs: 2_000,
};

export const entryOf = (code: ErrorCode): Pick<CatalogueEntry, 'operator' | 'holdMs'> => CATALOGUE[code] ?? OTHER;

/** The catalogue as a table for the documentation. */
export function catalogueMarkdown(): string {
  const rows = Object.entries(CATALOGUE).map(([code, entry]) => {
    const { layer } = ERRORS[code as ErrorCode];
    const needs = entry.needs.map((set) => set.join(' and ')).join('; or ');
    return `| \`${code}\` | ${layer} | ${entry.weights.join(', ')} | ${entry.evidence} | ${needs} | ${entry.operator} |`;
  });
  return [
    '| code | layer | weight | said when | seen by | what the operator can do |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
