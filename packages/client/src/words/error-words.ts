import { CALL_ERRORS, type ErrorCode, type ErrorEntry, type Layer } from '@earshot/base';

/** What a person is told of a failure, in English. */
export interface ErrorWords {
  readonly layer: Layer;
  /** One plain sentence: what happened. */
  readonly what: string;
  /** One plain sentence: what to do. */
  readonly next: string;
}

/** The codes that a call can meet: every language has words for each of them. */
export type CallErrorCode = keyof typeof CALL_ERRORS;

/** A newer gateway, or one in trouble of its own, may say a code that no browser carries. */
const ENTRIES: Readonly<Partial<Record<ErrorCode, ErrorEntry>>> = CALL_ERRORS;

export const isCallError = (code: ErrorCode): code is CallErrorCode => ENTRIES[code] !== undefined;

/** The words for a code. */
export const wordsOf = (code: ErrorCode): ErrorWords => ENTRIES[code] ?? CALL_ERRORS['internal.bug'];
