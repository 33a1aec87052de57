import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkConfig } from '../config/load.js';
import { bindUdp } from '../net/bind.js';
import { lacksIpv6 } from '../testing/machine.js';
import { checkFreePorts, checkRanges } from './ports.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function configOf(settings: object) {
  const config = checkConfig(settings);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return { config: config.value };
}

/** Takes a UDP port of which the one before is free. */
async function takeUdpAfterFree(): Promise<number> {
  for (;;) {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    closers.push(() => taken.close());
    const { port } = taken.address();
    const before = await bindUdp('127.0.0.1', port - 1, 'test');
    if (!before.ok) continue;
    before.value.close();
    return port;
  }
}

const CHOSEN = {
  http: { host: '127.0.0.1', port: 0 },
  sip: { host: '127.0.0.1', port: 0, mediaPorts: [0, 0] },
  media: { hosts: ['127.0.0.1'], port: 0 },
  turn: { hosts: ['127.0.0.1'], port: 0, relayPorts: [0, 0] },
  admin: { port: 0 },
};

describe('the ports of a server that does not run', () => {
  it('are fine where the system chooses', async () => {
    const findings = await checkFreePorts(configOf(CHOSEN));
    expect(findings.map(({ check, status }) => [check, status])).toEqual([
      ['port.http', 'ok'],
      ['port.sip', 'ok'],
      ['port.media', 'ok'],
      ['port.turn.udp', 'ok'],
      ['port.turn.tcp', 'ok'],
      ['port.admin', 'ok'],
    ]);
  });

  it('are looked at for every media worker', async () => {
    const port = await takeUdpAfterFree();
    const media = { hosts: ['127.0.0.1'], port: port - 1, workers: 2 };
    const findings = await checkFreePorts(configOf({ ...CHOSEN, media }));
    expect(findings.find(({ check }) => check === 'port.media')).toMatchObject({
      status: 'problem',
      code: 'server.port_in_use',
      detail: expect.stringContaining(`UDP ${port} on 127.0.0.1 (media.port)`),
      remedy: expect.stringContaining(`ss -ulnp 'sport = :${port}'`),
    });
  });

  it('tell a port of TCP from one of UDP', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    closers.push(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const turn = { ...CHOSEN.turn, port };
    const findings = await checkFreePorts(configOf({ ...CHOSEN, turn }));
    const codes = findings.map(({ check, code }) => [check, code]);
    expect(codes).toContainEqual(['port.turn.tcp', 'server.port_in_use']);
    expect(codes).toContainEqual(['port.turn.udp', undefined]);
  });

  const loopback = lacksIpv6() ? ['127.0.0.1'] : ['127.0.0.1', '::1'];
  it.each(loopback)('are looked at for both families where a page has both: taken on %s', async (host) => {
    const taken = createServer().listen(0, host);
    await once(taken, 'listening');
    closers.push(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const findings = await checkFreePorts(configOf({ ...CHOSEN, http: { port } }));
    const on = host === '::1' ? '::' : '0.0.0.0';
    expect(findings[0]).toMatchObject({
      code: 'server.port_in_use',
      detail: expect.stringContaining(`TCP ${port} on ${on} (http.port)`),
    });
  });

  it('are unavailable on an address of another machine', async () => {
    const findings = await checkFreePorts(configOf({ ...CHOSEN, http: { host: '11.22.33.44', port: 8080 } }));
    expect(findings[0]).toMatchObject({ code: 'server.address_unavailable' });
  });
});

describe('port ranges', () => {
  it('hold what may be needed by default', () => {
    expect(checkRanges(configOf({}))).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
  });

  it('are warned of when they do not', () => {
    const settings = { sip: { mediaPorts: [41_000, 41_099] }, turn: { relayPorts: [45_000, 45_099] } };
    expect(checkRanges(configOf(settings))).toMatchObject([
      { status: 'warning', code: 'server.ports_few', detail: expect.stringContaining('100 ports; calls.maxCalls') },
      { status: 'warning', code: 'server.ports_few', detail: expect.stringContaining('turn.quota.allocations') },
    ]);
  });
});
