import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pii } from '@earshot/base';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Tokens } from '../auth/tokens.js';
import { captureOutput, type Output } from '../testing/output.js';
import { main } from './main.js';

const SECRET = 'a secret of more than thirty-two characters';
let folder: string;
let output: Output;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-cli-'));
  output = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('earshot', () => {
  it('lists its commands', async () => {
    expect(await main(['--help'])).toBe(0);
    for (const name of ['start', 'probe', 'token', 'sip parse', 'doctor network'])
      expect(output.out).toContain(`earshot ${name}`);
    expect(await main([])).toBe(2);
  });

  it('explains one command', async () => {
    expect(await main(['token', '--help'])).toBe(0);
    expect(output.out).toMatch(/^Usage: earshot token --name NAME/);
  });

  it.each([
    [['fly']],
    [['constructor']],
    [['token', '--nmae', 'x']],
    [['sip', 'print']],
    [['probe', '--url', 'x']],
    [['doctor', 'house']],
  ])('tells wrong usage by exit code 2: %j', async (args) => {
    expect(await main(args)).toBe(2);
    expect(output.errors).toMatch(/^earshot/);
    expect(output.out).toBe('');
  });
});

describe('earshot token', () => {
  it('prints a token that says what was asked', async () => {
    const config = file('earshot.yaml', `auth: { secret: ${SECRET} }`);
    const args = ['--name', 'alice', '--call', 'echo', '--call', '+49*', '--receive', '--seconds', '60'];
    expect(await main(['token', ...args, '--config', config])).toBe(0);
    const tokens = new Tokens(new Pii(new TextEncoder().encode(SECRET)), 'earshot', 'earshot');
    expect(await tokens.verify(output.out.trim(), Date.now())).toEqual({
      ok: true,
      value: { name: 'alice', mayCall: ['echo', '+49*'], mayReceive: true },
    });
    expect((await tokens.verify(output.out.trim(), Date.now() + 61_000)).ok).toBe(false);
  });

  it.each([
    ['--name', 'a b'],
    ['--name', 'a', '--seconds', '0'],
    ['--name', 'a', '--seconds', '1e9'],
    ['--seconds', '5'],
  ])('refuses %s %s %s %s', async (...args) => {
    expect(await main(['token', ...args.filter((arg) => arg !== undefined)])).toBe(2);
  });

  it('names a configuration or a data folder that cannot be used', async () => {
    expect(await main(['token', '--name', 'a', '--config', join(folder, 'none.yaml')])).toBe(1);
    expect(output.errors).toMatch(/^config\.unreadable/);
    output.errors = '';
    const config = file('earshot.yaml', `dataDir: ${file('taken', '')}`);
    expect(await main(['token', '--name', 'a', '--config', config])).toBe(1);
    expect(output.errors).toMatch(/^server\.data_folder: .*taken/);
  });
});

describe('earshot sip parse', () => {
  const message = [
    'OPTIONS sip:a@b SIP/2.0',
    'Via: SIP/2.0/UDP c;branch=z9hG4bKx',
    'From: <sip:d@e>;tag=1',
    'To: <sip:a@b>',
    'Call-ID: f',
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    '',
    '',
  ].join('\r\n');

  it('prints JSON', async () => {
    expect(await main(['sip', 'parse', file('good', message)])).toBe(0);
    expect(JSON.parse(output.out)).toMatchObject({ method: 'OPTIONS' });
  });

  it('prints a structured error and exits with 1', async () => {
    expect(await main(['sip', 'parse', file('bad', message.replace('1 OPTIONS', 'one'))])).toBe(1);
    expect(JSON.parse(output.out)).toMatchObject({
      error: { code: 'sip.bad_message', what: expect.anything(), next: expect.anything() },
    });
  });

  it('names a file that is not there', async () => {
    expect(await main(['sip', 'parse', join(folder, 'none')])).toBe(2);
    expect(output.errors).toContain('ENOENT');
  });
});
