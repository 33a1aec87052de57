import { expect, it } from 'vitest';
import { hostsOf, listenOn } from './listen.js';

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** Listens on what a machine has. */
function machine(faults: Readonly<Record<string, string>>) {
  const tried: string[] = [];
  const listen = async (host: string): Promise<void> => {
    tried.push(host);
    const code = faults[host];
    if (code !== undefined) throw failure(code);
  };
  return { tried, listen };
}

it('listens where it is told', async () => {
  for (const host of ['::', '0.0.0.0', '::1', '192.0.2.1']) {
    const { tried, listen } = machine({});
    expect(await listenOn(host, listen)).toBe(host);
    expect(tried).toEqual([host]);
  }
});

it.each(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])('takes IPv4 alone where there is no IPv6 (%s)', async (code) => {
  const { tried, listen } = machine({ '::': code });
  expect(await listenOn('::', listen)).toBe('0.0.0.0');
  expect(tried).toEqual(['::', '0.0.0.0']);
});

it('does not take IPv4 alone where the port is taken or forbidden, nor for an address that is named', async () => {
  for (const [host, code] of [
    ['::', 'EADDRINUSE'],
    ['::', 'EACCES'],
    ['2001:db8::1', 'EAFNOSUPPORT'],
    ['192.0.2.1', 'EADDRNOTAVAIL'],
  ] as const) {
    const { tried, listen } = machine({ [host]: code });
    await expect(listenOn(host, listen)).rejects.toThrow(code);
    expect(tried).toEqual([host]);
  }
  const { listen } = machine({ '::': 'EAFNOSUPPORT', '0.0.0.0': 'EADDRINUSE' });
  await expect(listenOn('::', listen)).rejects.toThrow('EADDRINUSE');
});

it('names the hosts of each family', () => {
  expect(['::', '0.0.0.0', '::1'].map(hostsOf)).toEqual([['0.0.0.0', '::'], ['0.0.0.0'], ['::1']]);
});
