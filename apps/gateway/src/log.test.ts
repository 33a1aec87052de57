import { fault, Pii } from '@earshot/base';
import { expect, it } from 'vitest';
import { createLog, faultFields } from './log.js';

function written(level: 'info' | 'warn' = 'info') {
  const lines: string[] = [];
  return { lines, log: createLog(level, { write: (line) => lines.push(line) }) };
}

it('keeps hostile text within one record', () => {
  const { log, lines } = written();
  const hostile = 'x\r\n{"level":60,"msg":"forged"}\n\u001b[2J\u0000\u2028';
  log.info({ origin: hostile, err: new Error(hostile) }, hostile);
  expect(lines).toHaveLength(1);
  const [line = ''] = lines;
  expect(line.at(-1)).toBe('\n');
  expect([...line.slice(0, -1)].filter((char) => char < ' ')).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({ level: 30, msg: hostile, origin: hostile });
});

it('redacts personal data, however deep', () => {
  const { log, lines } = written();
  log.child({ from: new Pii('+4930123456') }).info({ call: { to: [new Pii('alice')] } }, `from ${new Pii('bob')}`);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    from: '[redacted]',
    call: { to: ['[redacted]'] },
    msg: 'from [redacted]',
  });
  expect(lines[0]).not.toMatch(/4930|alice|bob/);
});

it('leaves out what is below its level, and says nothing of the machine', () => {
  const { log, lines } = written('warn');
  log.info('quiet');
  log.warn('loud');
  expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual([['level', 'time', 'msg']]);
});

it('names a fault by code and by sentence', () => {
  expect(faultFields(fault('sip.busy', '486 Busy Here'))).toEqual({
    code: 'sip.busy',
    fault: 'sip.busy: The line is busy. (486 Busy Here) Try again later.',
  });
});
