import { fault } from '@earshot/base';
import { expect, it } from 'vitest';
import { type Finding, fine, problem, skipped, warning } from './finding.js';
import { exitCodeOf, findingsAsJson, printFindings } from './report.js';

const FINDINGS: readonly Finding[] = [
  fine('server', 'It runs here as process 7.'),
  warning('certificate.time', fault('server.certificate_expiring', 'expires on 2026-12-01, in 9 days')),
  problem('port.http', fault('server.port_in_use', undefined, 'TCP 8080'), 'Stop it.'),
  skipped('clock', 'Nobody could be asked.'),
];

it('prints one line for each check, with the remedy under it', () => {
  expect(printFindings(FINDINGS)).toBe(
    [
      'ok       server              It runs here as process 7.',
      'warning  certificate.time    The TLS certificate expires soon: expires on 2026-12-01, in 9 days. [server.certificate_expiring]',
      '                             > Renew the certificate; it is taken up without a restart.',
      'problem  port.http           A port is already in use: TCP 8080. [server.port_in_use]',
      '                             > Stop it.',
      'skipped  clock               Nobody could be asked.',
      '',
      '1 fine, 1 warning, 1 problem, 1 not checked.',
      '',
    ].join('\n'),
  );
});

it('says for machines what it says for people', () => {
  expect(JSON.parse(findingsAsJson(FINDINGS))).toEqual({ ok: false, findings: FINDINGS });
});

it('fails for problems alone', () => {
  expect(exitCodeOf(FINDINGS)).toBe(1);
  expect(exitCodeOf(FINDINGS.filter(({ status }) => status !== 'problem'))).toBe(0);
});
