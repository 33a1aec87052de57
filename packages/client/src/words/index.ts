import { CALL_ERRORS, type ErrorCode, type ErrorEntry, type Layer } from '@earshot/base';

/** What a person is told of a failure. */
export interface ErrorWords {
  readonly layer: Layer;
  /** One plain sentence: what happened. */
  readonly what: string;
  /** One plain sentence: what to do. */
  readonly next: string;
}

/** A newer gateway, or one in trouble of its own, may say a code that no browser carries. */
const ENTRIES: Readonly<Partial<Record<ErrorCode, ErrorEntry>>> = CALL_ERRORS;

/** The words for a code. */
export const wordsOf = (code: ErrorCode): ErrorWords => ENTRIES[code] ?? CALL_ERRORS['internal.bug'];
