import { CALL_ERRORS, describeBy, type ErrorCode, type ErrorEntry, type Fault, fault, type Layer } from '@earshot/base';
import type { BrowserEvent } from '@earshot/telemetry';

/** A newer gateway, or one in trouble of its own, may say a code that no browser carries. */
const ENTRIES: Readonly<Partial<Record<ErrorCode, ErrorEntry>>> = CALL_ERRORS;

/** A failure with a name: what happened, in which layer, and what the person can do next. */
export class EarshotError extends Error {
  /** Stable; see the table of codes. */
  readonly code: ErrorCode;
  readonly layer: Layer;
  /** One plain sentence: what happened. */
  readonly what: string;
  /** One plain sentence: what to do. */
  readonly next: string;
  /** For engineers. */
  readonly detail: string | undefined;
  /** What the browser saw on its way to the gateway, where the failure is about that way. */
  readonly evidence: readonly BrowserEvent[];

  constructor(reason: Fault | ErrorCode, evidence: readonly BrowserEvent[] = []) {
    const why = typeof reason === 'string' ? fault(reason) : reason;
    const entry = ENTRIES[why.code] ?? CALL_ERRORS['internal.bug'];
    super(describeBy(entry, why));
    this.name = 'EarshotError';
    this.code = why.code;
    this.layer = entry.layer;
    this.what = entry.what;
    this.next = entry.next;
    const detail = [why.where, why.detail].filter((part) => part !== undefined).join(': ');
    this.detail = detail === '' ? undefined : detail;
    this.evidence = evidence;
  }
}

/** Names what was thrown where nothing should be: under the code of what did not work. */
export function unexpected(code: ErrorCode, thrown: unknown): EarshotError {
  if (thrown instanceof EarshotError) return thrown;
  return new EarshotError(fault(code, thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)));
}
