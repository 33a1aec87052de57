import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './root.mjs';
import { countResults, failuresOf } from './vitest.mjs';

const report = (fields) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [],
  ...fields,
});

it('counts tests as vitest does', () => {
  expect(countResults(report({}), 0)).toEqual({ passed: 3, failed: 0, skipped: 1 });
});

it('counts a file that does not load as one failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }];
  expect(countResults(report({ testResults }), 1).failed).toBe(1);
});

it('counts an error outside all tests as one failure', () => {
  expect(countResults(report({}), 1).failed).toBe(1);
});

it('names what failed and why', () => {
  const name = join(root, 'tests/a.test.ts');
  const passed = { status: 'passed', fullName: 'a b', failureMessages: [] };
  const failed = { status: 'failed', fullName: 'a c', failureMessages: ['expected 1 to be 2'] };
  const testResults = [
    { name, status: 'failed', message: '', assertionResults: [passed, failed] },
    { name, status: 'failed', message: 'no such module', assertionResults: [] },
    { name, status: 'passed', message: '', assertionResults: [passed] },
  ];
  expect(failuresOf(report({ testResults }))).toEqual([
    { file: 'tests/a.test.ts', title: 'a c', reason: 'expected 1 to be 2' },
    { file: 'tests/a.test.ts', title: 'did not run to its end', reason: 'no such module' },
  ]);
});
