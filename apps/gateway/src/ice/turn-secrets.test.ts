import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordingLog } from '../testing/records.js';
import { parseRing, rotated } from './secret-ring.js';
import { SecretsFile } from './secrets-file.js';
import { TurnSecrets } from './turn-secrets.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const CREDENTIAL_MS = 12 * HOUR_MS;
const ROTATE_MS = 7 * DAY_MS;
const START = Date.parse('2026-03-01T12:00:00Z');

let folder: string;
let now: number;
let day: number;
let made: number;
let changes: { readonly accepted: readonly string[]; readonly replaces: boolean }[];
const { log, records, text } = recordingLog();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-turn-'));
  now = 5_000;
  day = START;
  made = 0;
  changes = [];
  records.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const secretNo = (number: number): string => `relay secret number ${number}`;
const makeSecret = (): string => {
  made += 1;
  return secretNo(made);
};

async function open(): Promise<TurnSecrets> {
  const opened = await TurnSecrets.open({
    dataDir: folder,
    credentialMs: CREDENTIAL_MS,
    rotateMs: ROTATE_MS,
    log,
    now: () => now,
    timeOfDay: () => day,
    onChange: (accepted, replaces) => changes.push({ accepted, replaces }),
    makeSecret,
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  return opened.value;
}

function pass(ms: number): void {
  now += ms;
  day += ms;
}

/** What `earshot turn rotate` does. */
function command(drop: boolean): void {
  const file = new SecretsFile(folder);
  const read = file.read();
  if (!read.ok) throw new Error(read.error.detail);
  file.write(rotated(read.value, { secret: makeSecret(), now: day, credentialMs: CREDENTIAL_MS, drop }));
}

const path = (): string => join(folder, 'turn-secrets.json');
const codes = (): unknown[] => records.flatMap(({ code }) => (code === undefined ? [] : [code]));

describe('kept secrets', () => {
  it('are made once, and are for their owner alone', async () => {
    const first = await open();
    expect(first.accepted).toEqual([secretNo(1)]);
    expect((await open()).signing).toBe(secretNo(1));
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['turn-secrets.json']);
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toEqual({
      version: 1,
      secrets: [{ secret: secretNo(1), madeAt: '2026-03-01T12:00:00.000Z' }],
    });
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['another version', '{"version":2,"secrets":[]}', 'unexpected value at version'],
    ['none in it', '{"version":1,"secrets":[]}', 'unexpected value at secrets'],
    [
      'a short one',
      '{"version":1,"secrets":[{"secret":"short","madeAt":"2026-03-01T12:00:00.000Z"}]}',
      'unexpected value at secrets.0.secret',
    ],
    [
      'no time',
      '{"version":1,"secrets":[{"secret":"0123456789abcdef","madeAt":"now"}]}',
      'unexpected value at secrets.0.madeAt',
    ],
  ])('with %s are named and left alone', async (_what, content, detail) => {
    writeFileSync(path(), content);
    const opened = await TurnSecrets.open({
      dataDir: folder,
      credentialMs: 1,
      rotateMs: 1,
      log,
      now: () => now,
      timeOfDay: () => day,
      onChange: () => undefined,
    });
    expect(opened).toEqual({ ok: false, error: { code: 'turn.secret_unreadable', detail, where: path() } });
    expect(readFileSync(path(), 'utf8')).toBe(content);
  });
});

describe('a new secret', () => {
  it('comes on schedule, and the one before stays until its last credentials have expired', async () => {
    const secrets = await open();
    pass(ROTATE_MS - 1);
    await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(1)]);
    pass(1);
    await secrets.poll();
    expect(changes).toEqual([{ accepted: [secretNo(2), secretNo(1)], replaces: false }]);
    expect(secrets.madeAt).toBe(day);
    pass(CREDENTIAL_MS);
    await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(2), secretNo(1)]);
    pass(MINUTE_MS);
    await secrets.poll();
    expect(changes.at(-1)).toEqual({ accepted: [secretNo(2)], replaces: false });
    pass(ROTATE_MS);
    await secrets.poll();
    expect(secrets.signing).toBe(secretNo(3));
  });

  it('comes after a restart when it was due meanwhile, and what has run out is gone', async () => {
    await open();
    command(false);
    pass(ROTATE_MS);
    const secrets = await open();
    expect(secrets.accepted).toEqual([secretNo(2)]);
    await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(3), secretNo(2)]);
  });

  it('of the command is noticed, with overlap or without', async () => {
    const secrets = await open();
    command(false);
    await secrets.poll();
    await secrets.poll();
    expect(changes).toEqual([{ accepted: [secretNo(2), secretNo(1)], replaces: false }]);
    command(true);
    await secrets.poll();
    expect(changes.slice(1)).toEqual([{ accepted: [secretNo(3)], replaces: true }]);
  });

  it('of the command is not followed by one on schedule at the same time', async () => {
    const secrets = await open();
    pass(ROTATE_MS);
    command(false);
    await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(2), secretNo(1)]);
  });

  it('that overwrote another is no silent loss: sessions get fresh credentials', async () => {
    const secrets = await open();
    const before = new SecretsFile(folder).read();
    command(false);
    await secrets.poll();
    // A second writer that had read the file before the first one wrote.
    if (before.ok) {
      const next = { secret: makeSecret(), now: day, credentialMs: CREDENTIAL_MS, drop: false };
      new SecretsFile(folder).write(rotated(before.value, next));
    }
    await secrets.poll();
    expect(changes.at(-1)).toEqual({ accepted: [secretNo(3), secretNo(1)], replaces: true });
  });

  it('is not made because the file was deleted: it is written again', async () => {
    const secrets = await open();
    const content = readFileSync(path(), 'utf8');
    await secrets.poll();
    rmSync(path());
    await secrets.poll();
    expect(readFileSync(path(), 'utf8')).toBe(content);
    expect(changes).toEqual([]);
  });

  it('is never one too many', async () => {
    await open();
    for (let times = 0; times < 20; times += 1) command(false);
    expect((await open()).accepted).toHaveLength(8);
  });
});

describe('what goes wrong', () => {
  it('leaves the secrets as they are and is said: a file that cannot be read', async () => {
    const secrets = await open();
    writeFileSync(path(), 'rubbish');
    for (let polls = 0; polls < 3; polls += 1) await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(1)]);
    expect(codes()).toEqual(['turn.secret_unreadable']);
    expect(text()).not.toContain('rubbish');
  });

  it('leaves the secrets as they are and is tried again: a folder that cannot be written', async () => {
    const secrets = await open();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    pass(ROTATE_MS);
    await secrets.poll();
    expect(codes()).toContain('server.data_folder');
    const said = codes().length;
    pass(MINUTE_MS - 1);
    await secrets.poll();
    expect(codes()).toHaveLength(said);
    rmSync(folder);
    pass(1);
    await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(3), secretNo(1)]);
  });
});

describe('a clock that jumps', () => {
  it.each([
    ['forward', 30 * DAY_MS],
    ['back', -30 * DAY_MS],
  ])('%s moves no deadline of a server that runs', async (_what, jump) => {
    const secrets = await open();
    command(false);
    await secrets.poll();
    day += jump;
    await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(2), secretNo(1)]);
    // Not even when the file is read again.
    secrets.reload();
    expect(secrets.accepted).toEqual([secretNo(2), secretNo(1)]);
    pass(CREDENTIAL_MS + MINUTE_MS);
    await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(2)]);
  });

  it('leaves neither a schedule nor an old secret for years', async () => {
    day += 3650 * DAY_MS;
    await open();
    command(false);
    day = START;
    const secrets = await open();
    expect(secrets.accepted).toEqual([secretNo(2), secretNo(1)]);
    pass(CREDENTIAL_MS + MINUTE_MS);
    await secrets.poll();
    expect(secrets.accepted).toEqual([secretNo(2)]);
    pass(ROTATE_MS);
    await secrets.poll();
    expect(secrets.signing).toBe(secretNo(3));
  });
});

it('logs no secret', async () => {
  const secrets = await open();
  command(true);
  await secrets.poll();
  expect(text()).not.toContain('secret number');
  expect(parseRing('{"version":1,"secrets":["secret number 9"]}', 'x')).not.toMatchObject({
    error: { detail: expect.stringContaining('number 9') },
  });
});
