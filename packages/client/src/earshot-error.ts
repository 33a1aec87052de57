import { type ErrorCode, type Fault, fault } from '@earshot/base';
import type { BrowserEvent } from '@earshot/telemetry';

/** A failure with a name. What a person is told of it is in `@earshot/client/words`. */
export class EarshotError extends Error {
  /** Stable; see the table of codes. */
  readonly code: ErrorCode;
  /** For engineers. */
  readonly detail: string | undefined;
  /** What the browser saw on its way to the gateway, where the failure is about that way. */
  readonly evidence: readonly BrowserEvent[];

  constructor(reason: Fault | ErrorCode, evidence: readonly BrowserEvent[] = []) {
    const why = typeof reason === 'string' ? fault(reason) : reason;
    const particulars = [why.where, why.detail].filter((part) => part !== undefined).join(': ');
    super(particulars === '' ? why.code : `${why.code} (${particulars})`);
    this.name = 'EarshotError';
    this.code = why.code;
    this.detail = particulars === '' ? undefined : particulars;
    this.evidence = evidence;
  }
}

/** Names what was thrown where nothing should be: under the code of what did not work. */
export function unexpected(code: ErrorCode, thrown: unknown): EarshotError {
  if (thrown instanceof EarshotError) return thrown;
  return new EarshotError(fault(code, thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)));
}
