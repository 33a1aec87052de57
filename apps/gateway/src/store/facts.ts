import type { CallQuery, CallRecord } from '@earshot/telemetry';

/** One browser of a call, as it is searched and counted by. */
export interface BrowserRow {
  readonly leg: string;
  /** `Chromium` and `Chromium 156`. */
  readonly browser: string | null;
  readonly browserVersion: string | null;
  readonly network: string | null;
}

/** What a call is searched and counted by, whatever keeps it. */
export interface CallFacts {
  /** In lower case, as are the next two. */
  readonly fromParty: string | null;
  readonly toParty: string | null;
  /** Both parties in one text, for parts of either. */
  readonly parties: string;
  readonly trunk: string | null;
  readonly result: string;
  readonly cause: string | null;
  readonly weight: string | null;
  readonly failed: boolean;
  readonly degraded: boolean;
  readonly answered: boolean;
  readonly withoutAudio: boolean;
  /** The mean of what its listeners were given. */
  readonly mos: number | null;
  readonly browsers: readonly BrowserRow[];
}

const lower = (text: string | undefined): string | null => text?.toLowerCase() ?? null;

export function factsOf(record: CallRecord): CallFacts {
  const { cause, quality } = record;
  const fromParty = lower(record.from);
  const toParty = lower(record.to);
  return {
    fromParty,
    toParty,
    // No name holds a line feed, so no part of one reaches across it.
    parties: `${fromParty ?? ''}\n${toParty ?? ''}`,
    trunk: record.trunk ?? null,
    result: record.result,
    cause: cause?.code ?? null,
    weight: cause?.weight ?? null,
    failed: cause?.weight === 'fault' || record.result === 'failed',
    degraded: cause?.weight === 'degraded',
    answered: record.answeredAt !== undefined,
    withoutAudio: record.withoutAudio,
    mos: quality.length === 0 ? null : quality.reduce((sum, { mos }) => sum + mos, 0) / quality.length,
    browsers: record.browsers.map(({ leg, browser, network }) => ({
      leg,
      browser: browser?.name ?? null,
      browserVersion: browser === undefined ? null : `${browser.name} ${browser.version}`,
      network: network ?? null,
    })),
  };
}

/** Calls on one page, unless asked for, and at most. */
const PAGE = 50;
const LONGEST_PAGE = 200;

export const pageLimit = ({ limit }: CallQuery): number =>
  Math.min(LONGEST_PAGE, Math.max(1, Math.floor(limit ?? PAGE)));

/** Where a page ended. Times are unique in no store, keys are in every one. */
export interface PagePlace {
  readonly startedAt: number;
  readonly key: string;
}

export const printPlace = ({ startedAt, key }: PagePlace): string => `${startedAt}.${key}`;

/** Undefined: not something that `printPlace` wrote. */
export function parsePlace(text: string): PagePlace | undefined {
  const dot = text.indexOf('.');
  const startedAt = Number(text.slice(0, Math.max(0, dot)));
  const key = text.slice(dot + 1);
  return dot < 1 || !Number.isSafeInteger(startedAt) || key === '' ? undefined : { startedAt, key };
}

/** Only what numbers are written with. */
const NUMBER = /^[+\d\s()./-]+$/;

/** What somebody typed, as it is compared: numbers without the gaps that people leave in them. */
export function searchText(text: string | undefined): string | undefined {
  const trimmed = text?.trim().toLowerCase() ?? '';
  const compact = NUMBER.test(trimmed) ? trimmed.replace(/[\s()./-]/g, '') : trimmed;
  return compact === '' ? undefined : compact;
}
