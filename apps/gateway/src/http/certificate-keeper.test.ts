import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordingLog } from '../testing/records.js';
import { testCertificate } from '../testing/tls.js';
import { CertificateKeeper } from './certificate-keeper.js';

const DAY_MS = 86_400_000;
let folder: string;
let paths: { certificate: string; key: string };
let day: number;
const { log, records } = recordingLog();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-certificate-'));
  paths = { certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') };
  day = Date.now();
  records.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

async function put(now = day): Promise<void> {
  const { certificate, key } = await testCertificate(now);
  writeFileSync(paths.certificate, certificate);
  writeFileSync(paths.key, key);
}

async function open(): Promise<CertificateKeeper> {
  const opened = await CertificateKeeper.open({ paths, log, timeOfDay: () => day });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  return opened.value;
}

const codes = (): unknown[] => records.map(({ code, msg }) => code ?? msg);

it('names what it cannot start with', async () => {
  const failed = async (): Promise<unknown> => {
    const opened = await CertificateKeeper.open({ paths, log, timeOfDay: () => day });
    return opened.ok ? 'ok' : [opened.error.code, opened.error.where, opened.error.detail];
  };
  const code = 'server.certificate_unreadable';
  expect(await failed()).toEqual([code, paths.certificate, 'ENOENT']);
  await put();
  expect(await failed()).toBe('ok');
  writeFileSync(paths.certificate, 'nothing');
  expect(await failed()).toEqual([code, paths.certificate, 'ERR_OSSL_PEM_NO_START_LINE']);
  writeFileSync(paths.certificate, (await testCertificate()).certificate);
  expect(await failed()).toEqual([code, paths.key, 'it belongs to another certificate']);
  writeFileSync(paths.key, 'nothing');
  expect(await failed()).toMatchObject([code, paths.key, /^ERR_/]);
});

it('takes up files once both are there and hold still', async () => {
  await put();
  const keeper = await open();
  const first = keeper.current.fingerprint;
  const taken: string[] = [];
  keeper.onChange(({ fingerprint }) => taken.push(fingerprint));
  const { certificate, key } = await testCertificate();
  writeFileSync(paths.certificate, certificate);
  await keeper.poll();
  writeFileSync(paths.key, key);
  await keeper.poll();
  expect([taken, codes()]).toEqual([[], []]);
  await keeper.poll();
  expect(taken).toEqual([keeper.current.fingerprint]);
  expect(keeper.current.fingerprint).not.toBe(first);
  expect(codes()).toEqual(['new certificate in use']);
  await keeper.poll();
  expect(taken).toHaveLength(1);
});

it('keeps the earlier one while the files are wrong, and says so once', async () => {
  await put();
  const keeper = await open();
  const { fingerprint } = keeper.current;
  writeFileSync(paths.key, (await testCertificate()).key);
  for (let polls = 0; polls < 4; polls += 1) await keeper.poll();
  expect(keeper.current.fingerprint).toBe(fingerprint);
  expect(records).toMatchObject([{ level: 50, code: 'server.certificate_unreadable', fault: /server\.key/ }]);
  rmSync(paths.certificate);
  await keeper.reload();
  expect(keeper.current.fingerprint).toBe(fingerprint);
  await put();
  for (let polls = 0; polls < 2; polls += 1) await keeper.poll();
  expect(keeper.current.fingerprint).not.toBe(fingerprint);
});

it('follows links that are replaced, as certbot does', async () => {
  const target = (name: string): string => join(folder, name);
  const issue = async (version: number): Promise<void> => {
    const { certificate, key } = await testCertificate();
    writeFileSync(target(`cert${version}`), certificate);
    writeFileSync(target(`key${version}`), key);
    for (const [link, file] of [
      [paths.certificate, `cert${version}`],
      [paths.key, `key${version}`],
    ] as const) {
      symlinkSync(file, target('new'));
      renameSync(target('new'), link);
    }
  };
  await issue(1);
  const keeper = await open();
  const { fingerprint } = keeper.current;
  await issue(2);
  await keeper.poll();
  await keeper.poll();
  expect(keeper.current.fingerprint).not.toBe(fingerprint);
});

it('warns once a day from 14 days before the end on', async () => {
  await put();
  const keeper = await open();
  const after = async (days: number): Promise<unknown[]> => {
    records.length = 0;
    day += days * DAY_MS;
    await keeper.poll();
    return codes();
  };
  expect(await after(350)).toEqual([]);
  expect(await after(2)).toEqual(['server.certificate_expiring']);
  expect(await after(0.5)).toEqual([]);
  expect(await after(0.6)).toEqual(['server.certificate_expiring']);
  expect(await after(13)).toEqual(['server.certificate_expired']);
  day -= 400 * DAY_MS;
  await put(day);
  await keeper.reload();
  expect(await after(0)).toEqual([]);
});

it('says at once that a certificate is not valid yet', async () => {
  await put(day + 10 * DAY_MS);
  await open();
  expect(codes()).toEqual(['server.certificate_expired']);
});
