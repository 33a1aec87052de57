import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, readStatusFile, removeStatusFile, writeStatusFile } from './status-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-status-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const running: RunningServer = {
  version: 1,
  pid: process.pid,
  startedAt: 1,
  http: { host: '0.0.0.0', port: 8080 },
  tls: { host: '0.0.0.0', port: 8443 },
  sip: { host: '0.0.0.0', port: 5060 },
  media: { addresses: ['192.0.2.1'], ports: [40_000] },
  turn: { udp: 3478, tcp: 3478, tls: 5349 },
  admin: { host: '127.0.0.1', port: 9464 },
};

describe('the status file', () => {
  it('says where a server listens, to its owner alone, and goes with it', () => {
    const dataDir = join(folder, 'data');
    expect(readStatusFile(dataDir)).toMatchObject({ ok: false, error: { code: 'server.not_running' } });
    expect(writeStatusFile(dataDir, running).ok).toBe(true);
    expect(readStatusFile(dataDir)).toEqual({ ok: true, value: running });
    expect(statSync(join(dataDir, 'running.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['running.json']);
    removeStatusFile(dataDir);
    expect(readdirSync(dataDir)).toEqual([]);
    removeStatusFile(dataDir);
  });

  it('of another server stays', () => {
    writeStatusFile(folder, running);
    removeStatusFile(folder, running.pid + 1);
    expect(readdirSync(folder)).toEqual(['running.json']);
  });

  it('of a server that was killed says so', () => {
    // No process has such an id.
    writeStatusFile(folder, { ...running, pid: 2 ** 30 });
    expect(readStatusFile(folder)).toMatchObject({
      ok: false,
      error: { code: 'server.not_running', detail: 'process 1073741824 is gone' },
    });
  });

  it.each([
    ['no JSON', '{'],
    ['another version', JSON.stringify({ ...running, version: 2 })],
  ])('is not read where it is %s', (_what, text) => {
    writeFileSync(join(folder, 'running.json'), text);
    expect(readStatusFile(folder)).toMatchObject({ ok: false, error: { code: 'server.not_running' } });
    removeStatusFile(folder);
  });

  it('cannot be written where the folder is none', () => {
    writeFileSync(join(folder, 'data'), '');
    expect(writeStatusFile(join(folder, 'data'), running)).toMatchObject({
      ok: false,
      error: { code: 'server.data_folder' },
    });
  });
});
