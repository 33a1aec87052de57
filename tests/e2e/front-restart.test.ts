import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, type LogRecord, startGateway } from '../harness/gateway.js';
import { until } from '../harness/process.js';

/** With running calls it is proved by tests/networks/recovery.test.ts. */
describe('SIGHUP', () => {
  let gateway: Gateway;
  let usual: string;
  beforeAll(async () => {
    gateway = await startGateway();
    usual = readFileSync(gateway.config, 'utf8');
  });
  afterAll(() => gateway?.stop());

  const status = async (path: string): Promise<number> => (await fetch(`${gateway.url}${path}`)).status;

  /** Gives the records that the signal brought about, up to the one that is waited for. */
  async function hangUp(config: string, wanted: (record: LogRecord) => boolean): Promise<readonly LogRecord[]> {
    const before = gateway.records().length;
    writeFileSync(gateway.config, config);
    process.kill(gateway.pid, 'SIGHUP');
    return await until('a record', () => {
      const fresh = gateway.records().slice(before);
      return fresh.some(wanted) ? fresh : undefined;
    });
  }

  const isAnew = ({ msg }: LogRecord): boolean => msg === 'the front was started anew';

  it('takes settings of http and page up, on the same port', async () => {
    expect(await status('/api/page')).toBe(200);
    await hangUp(JSON.stringify({ ...JSON.parse(usual), page: { enabled: false } }), isAnew);
    expect(await status('/api/page')).toBe(404);
    expect(await status('/healthz')).toBe(200);
    await hangUp(usual, isAnew);
    expect(await status('/api/page')).toBe(200);
  });

  it('goes on with what it has where the configuration is wrong, and names every fault', async () => {
    const wrong = JSON.stringify({ ...JSON.parse(usual), page: { enabled: 'perhaps' }, http: { port: -1 } });
    const records = await hangUp(wrong, ({ msg }) => msg === 'the configuration so far stays in use');
    const named = records.filter(({ code }) => code === 'config.invalid').map((record) => String(record.fault));
    expect(named).toEqual([expect.stringContaining('http.port'), expect.stringContaining('page.enabled')]);
    expect(records.some(isAnew)).toBe(false);
    expect(await status('/api/page')).toBe(200);
  });
});
