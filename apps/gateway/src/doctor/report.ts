import type { Finding, FindingStatus } from './finding.js';

const WIDTH = 18;

/** One line for each check, the remedy under those that have one, and the count at the end. */
export function printFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, status, code, detail, remedy }) => {
    const line = `${status.padEnd(7)}  ${check.padEnd(WIDTH)}  ${detail}${code === undefined ? '' : ` [${code}]`}`;
    return remedy === undefined ? [line] : [line, `${' '.repeat(7)}  ${' '.repeat(WIDTH)}  > ${remedy}`];
  });
  return `${[...lines, '', summary(findings)].join('\n')}\n`;
}

function summary(findings: readonly Finding[]): string {
  const count = (status: FindingStatus): number => findings.filter((one) => one.status === status).length;
  const [ok, warnings, problems, skipped] = [count('ok'), count('warning'), count('problem'), count('skipped')];
  const parts = [`${ok} fine`];
  if (warnings > 0) parts.push(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`);
  parts.push(problems === 0 ? 'no problems' : `${problems} ${problems === 1 ? 'problem' : 'problems'}`);
  if (skipped > 0) parts.push(`${skipped} not checked`);
  return `${parts.join(', ')}.`;
}

/** 0 when nothing stops a call, 1 when something does. */
export const exitCodeOf = (findings: readonly Finding[]): number =>
  findings.some(({ status }) => status === 'problem') ? 1 : 0;

/** For machines: everything, and whether all is well. */
export const findingsAsJson = (findings: readonly Finding[]): string =>
  `${JSON.stringify({ ok: exitCodeOf(findings) === 0, findings }, undefined, 2)}\n`;
