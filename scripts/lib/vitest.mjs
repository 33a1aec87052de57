import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './root.mjs';
import { runModule } from './run.mjs';

/**
 * Counts of a vitest JSON report. A file that does not load, or an error outside any test, has no failed test of its
 * own: it counts as one, so that the numbers and the exit code always agree.
 */
export function countResults(report, exitCode) {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What failed in a vitest JSON report and why, to be said once more where everybody looks: at the end. */
export function failuresOf(report) {
  return report.testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(root, name);
      const failed = assertionResults.filter((result) => result.status === 'failed');
      if (failed.length === 0) return [{ file, title: 'did not run to its end', reason: message }];
      return failed.map(({ fullName, failureMessages }) => ({
        file,
        title: fullName,
        reason: failureMessages.join('\n'),
      }));
    });
}

/** Runs one vitest project, prints its usual output (now or at its end), and gives the counts and what failed. */
export async function runVitest(project, filters = [], env = {}, output = 'now') {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-'));
  const outputFile = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${outputFile}`];
    const exitCode = await runModule(
      'vitest/vitest.mjs',
      ['run', '--project', project, '--passWithNoTests', ...reporters, ...filters],
      { env, output },
    );
    const report = JSON.parse(readFileSync(outputFile, 'utf8'));
    return { ...countResults(report, exitCode), failures: failuresOf(report) };
  } catch (error) {
    console.error(`${project}: vitest gave no report (${error.message})`);
    return { passed: 0, failed: 1, skipped: 0, failures: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
