import { expect, it } from 'vitest';
import { countResults } from './vitest.mjs';

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
