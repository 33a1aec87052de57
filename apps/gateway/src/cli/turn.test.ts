import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '@earshot/crypto';
import { readTurnUsername, turnPassword } from '@earshot/turn';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SecretsFile } from '../ice/secrets-file.js';
import { captureOutput, type Output } from '../testing/output.js';
import { main } from './main.js';

let folder: string;
let config: string;
let output: Output;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-cli-turn-'));
  config = join(folder, 'earshot.yaml');
  writeFileSync(config, `dataDir: ${folder}/data\nturn: { credentialSeconds: 600 }\n`);
  output = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const run = (...args: readonly string[]): Promise<number> => main(['turn', ...args, '--config', config]);

function secrets(): readonly { readonly secret: string; readonly acceptedUntil?: number }[] {
  const read = new SecretsFile(join(folder, 'data')).read();
  if (!read.ok) throw new Error(read.error.detail);
  return read.value ?? [];
}

describe('earshot turn rotate', () => {
  it('keeps the secret before while credentials that it signed are good', async () => {
    expect(await run('rotate')).toBe(0);
    const [first] = secrets();
    const before = Date.now();
    expect(await run('rotate')).toBe(0);
    const [second, older] = secrets();
    expect(second?.secret).not.toBe(first?.secret);
    expect(older?.secret).toBe(first?.secret);
    expect(older?.acceptedUntil).toBeGreaterThanOrEqual(before + 600_000);
    expect(output.out).toContain(`accepted until ${new Date(older?.acceptedUntil ?? 0).toISOString()}`);
  });

  it('drops it with --now', async () => {
    await run('rotate');
    await run('rotate');
    const before = secrets();
    output.out = '';
    expect(await run('rotate', '--now')).toBe(0);
    expect(secrets()).toHaveLength(1);
    expect(before.map(({ secret }) => secret)).not.toContain(secrets()[0]?.secret);
    expect(output.out).toContain('What was signed before is refused.');
  });

  it('leaves a file alone that it cannot read, and names it', async () => {
    await run('rotate');
    const path = join(folder, 'data', 'turn-secrets.json');
    writeFileSync(path, 'rubbish');
    expect(await run('rotate', '--now')).toBe(1);
    expect(output.errors).toMatch(/^turn\.secret_unreadable: .*turn-secrets\.json/);
    expect(readFileSync(path, 'utf8')).toBe('rubbish');
  });

  it('prints no secret', async () => {
    await run('rotate');
    await run('rotate');
    for (const { secret } of secrets()) expect(output.out + output.errors).not.toContain(secret);
  });
});

describe('earshot turn credentials', () => {
  it('prints a pair that the newest secret signed, and makes one where there is none', async () => {
    expect(await run('credentials', '--seconds', '60', '--tag', 'my-test')).toBe(0);
    const [username = '', password, ...more] = output.out.trim().split(' ');
    expect(more).toEqual([]);
    expect(password).toBe(turnPassword(nodeCrypto, secrets()[0]?.secret ?? '', username));
    expect(readTurnUsername(username, Date.now())).toMatchObject({ ok: true, value: { tag: 'my-test' } });
    expect(readTurnUsername(username, Date.now() + 61_000).ok).toBe(false);
    expect(secrets()).toHaveLength(1);
  });

  it.each([[['--seconds', '0']], [['--seconds', 'x']], [['--tag', 'a:b']], [['--tag', '']]])(
    'refuses %j',
    async (args) => {
      expect(await run('credentials', ...args)).toBe(2);
    },
  );
});

it('tells its actions', async () => {
  expect(await main(['turn'])).toBe(2);
  expect(output.errors).toContain('"rotate" and "credentials"');
});
