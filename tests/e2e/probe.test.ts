import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';

const PROGRAM = fileURLToPath(new URL('../../apps/gateway/bin/earshot.mjs', import.meta.url));
const run = promisify(execFile);

async function probe(...args: string[]): Promise<{ code: number; result: unknown }> {
  try {
    const { stdout } = await run(process.execPath, [PROGRAM, 'probe', '--json', ...args]);
    return { code: 0, result: JSON.parse(stdout) };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, result: JSON.parse(stdout) };
  }
}

describe.skipIf(lacks('chromium'))('earshot probe', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('starts a server of its own and hears itself', async () => {
    const { code, result } = await probe();
    expect(code).toBe(0);
    expect(result).toEqual({
      ok: true,
      line: 'echo',
      setupMs: expect.any(Number),
      firstAudioMs: expect.any(Number),
      heard: { up: true, down: true },
      codec: 'opus',
      path: { via: 'direct', transport: 'udp', candidateType: 'host', roundTripMs: expect.any(Number) },
    });
  });

  it('takes the path that it is told to', async () => {
    const { code, result } = await probe('--url', gateway.url, '--policy', 'relay');
    expect(code).toBe(0);
    const server = expect.stringMatching(/^turn:localhost:/);
    expect(result).toMatchObject({ ok: true, path: { via: 'relay', transport: 'udp', server } });
  });

  it('fails where one direction is not heard, and says which', async () => {
    const { code, result } = await probe('--url', gateway.url, '--line', 'deaf', '--seconds', '4');
    expect(code).toBe(1);
    expect(result).toMatchObject({ ok: false, heard: { up: false, down: true }, fault: { code: 'probe.not_heard' } });
  });

  it('fails with the failure of the call', async () => {
    const { code, result } = await probe('--url', gateway.url, '--line', 'busy');
    expect(code).toBe(1);
    expect(result).toMatchObject({ ok: false, heard: { up: false, down: false }, fault: { code: 'sip.busy' } });
  });

  it('fails where no server answers', async () => {
    const { code, result } = await probe('--url', 'http://127.0.0.1:9', '--seconds', '3');
    expect(code).toBe(1);
    expect(result).toMatchObject({ ok: false, fault: { code: 'signaling.ws_unreachable' } });
  });
});
