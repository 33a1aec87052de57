import { ERRORS, type ErrorCode, type Fault } from '@earshot/base';

export type FindingStatus = 'ok' | 'warning' | 'problem' | 'skipped';

/** What one check found. */
export interface Finding {
  /** What was checked: `port.http`, `certificate.name`. Stable; docs/doctor.md lists them. */
  readonly check: string;
  readonly status: FindingStatus;
  /** Of the error table; only for warnings and problems. */
  readonly code?: ErrorCode;
  /** What was seen, with the particulars. */
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export const fine = (check: string, detail: string): Finding => ({ check, status: 'ok', detail });

/** It could not be checked, and why. */
export const skipped = (check: string, detail: string): Finding => ({ check, status: 'skipped', detail });

/** Something that works may break, or works for some alone. */
export const warning = (check: string, failure: Fault, remedy?: string): Finding =>
  finding(check, 'warning', failure, remedy);

export const problem = (check: string, failure: Fault, remedy?: string): Finding =>
  finding(check, 'problem', failure, remedy);

function finding(check: string, status: FindingStatus, failure: Fault, remedy: string | undefined): Finding {
  const { what, next } = ERRORS[failure.code];
  const particulars = [failure.where, failure.detail].filter((part) => part !== undefined).join(': ');
  const detail = particulars === '' ? what : `${what.replace(/\.$/, '')}: ${particulars}.`.replace(/\.\.$/, '.');
  return { check, status, code: failure.code, detail, remedy: remedy ?? next };
}
