import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, startProgram, until } from '../harness/process.js';
import { DEAD, GATEWAY, GATEWAY_SECOND } from './addresses.js';
import { Backbone, startHost } from './backbone.js';
import { NETWORKS } from './catalog.js';
import { PORTS } from './filters.js';
import { ip, type Namespace, whyNoNamespaces } from './namespace.js';
import { type Network, startNetwork } from './network.js';

/** Is each network what it claims to be? Asked with plain datagrams and connections, without a browser. */

const tool = (name: string): string => fileURLToPath(new URL(`./tools/${name}`, import.meta.url));
const RUN = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));

/** First bytes of a ClientHello record, of a STUN request over TCP, and of an HTTP request. */
const CLIENT_HELLO = `1603010200010001fc0303${'ab'.repeat(32)}`;
const STUN_BINDING = '000100002112a442b7e7a701bc34d686fa87dfae';
const HTTP_REQUEST = Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex');
/** A record of alerts is TLS, but no way to begin. */
const TLS_ALERT = '15030100020228';

/** A port of no protocol of ours. */
const OTHER_PORT = 7000;

interface Answer {
  readonly address: string;
  readonly port: number;
  readonly bytes: number;
  readonly ms: number;
}

interface Count {
  readonly answered: number;
  readonly leastMs: number;
  readonly medianMs: number;
}

interface UdpProbe {
  readonly to?: string;
  readonly port?: number;
  readonly other?: boolean;
  readonly bytes?: number;
  readonly replyBytes?: number;
  readonly blocked?: boolean;
}

const udp = ({ to = GATEWAY.v4, port = OTHER_PORT, ...rest }: UdpProbe = {}) => ({
  protocol: 'udp',
  address: to,
  port,
  ...rest,
});
const tcp = (port: number, first: string, blocked = false, to: string = GATEWAY.v4) => ({
  protocol: 'tcp',
  address: to,
  port,
  first,
  blocked,
});
const blocked = (probe: UdpProbe = {}) => udp({ ...probe, blocked: true });

describe.skipIf(whyNoNamespaces() !== undefined)('a network of the testbed', () => {
  let backbone: Backbone;
  let server: Namespace | undefined;
  let echo: Program;
  let networks = 0;
  beforeAll(async () => {
    backbone = await Backbone.start();
    server = await startHost('server');
    await backbone.attach(server, GATEWAY, {}, [GATEWAY_SECOND]);
    await ip(server, [
      `address add ${GATEWAY_SECOND.v4}/32 dev wan`,
      `address add ${GATEWAY_SECOND.v6}/128 dev wan nodad`,
    ]);
    const { https, media, turn } = PORTS;
    echo = server.start('node', [
      tool('echo.mjs'),
      JSON.stringify({
        addresses: [GATEWAY.v4, GATEWAY_SECOND.v4, GATEWAY.v6],
        udp: [OTHER_PORT, https, media, turn],
        tcp: [OTHER_PORT, https, turn],
      }),
    ]);
    await until('the echo server', () => (echo.output().includes('ready') ? true : undefined));
  });
  afterAll(async () => {
    await server?.stop();
    await backbone?.stop();
  });

  /** Builds the network of that name, asks, and takes it away. */
  async function within<Result>(name: string, use: (network: Network) => Promise<Result>): Promise<Result> {
    const shape = NETWORKS.find((candidate) => candidate.name === name);
    if (shape === undefined) throw new Error(`no network ${name}`);
    networks += 1;
    const network = await startNetwork(backbone, shape, networks);
    try {
      return await use(network);
    } finally {
      await network.stop();
    }
  }

  const probe = async (network: Network, probes: readonly object[]): Promise<readonly (Answer | null)[]> =>
    JSON.parse(await network.client.run('node', [tool('probe.mjs'), JSON.stringify(probes)]));
  const count = async (network: Network, packets: number): Promise<Count> => {
    const [result] = JSON.parse(
      await network.client.run('node', [tool('probe.mjs'), JSON.stringify([{ ...udp(), count: packets }])]),
    );
    return result;
  };

  describe.concurrent('is what it claims to be:', () => {
    it('open: the client is seen by its own address, and strangers reach it', async () => {
      await within('open', async (network) => {
        const [plain, stranger] = await probe(network, [udp(), udp({ other: true })]);
        expect(plain?.address).toBe(network.host.v4);
        expect(stranger).not.toBeNull();
      });
    });

    it('open: a dead host stays silent, as does IPv6', async () => {
      await within('open', async (network) => {
        const [alive, dead, v6] = await probe(network, [udp(), blocked({ to: DEAD.v4 }), blocked({ to: GATEWAY.v6 })]);
        expect(alive).not.toBeNull();
        expect(dead).toBeNull();
        expect(v6).toBeNull();
      });
    });

    it('restricted-nat: one port for all destinations, strangers are kept out', async () => {
      await within('restricted-nat', async (network) => {
        const [first, second, stranger] = await probe(network, [
          udp(),
          udp({ to: GATEWAY_SECOND.v4 }),
          blocked({ other: true }),
        ]);
        expect(first?.address).toBe(network.publicHost.v4);
        expect(second?.port).toBe(first?.port);
        expect(stranger).toBeNull();
      });
    });

    it('symmetric-nat: another port for each destination, by address and by port', async () => {
      await within('symmetric-nat', async (network) => {
        const answers = await probe(network, [
          udp(),
          udp({ to: GATEWAY_SECOND.v4 }),
          udp({ port: PORTS.turn }),
          blocked({ other: true }),
        ]);
        const seen = answers.slice(0, 3);
        expect(new Set(seen.map((answer) => answer?.address))).toEqual(new Set([network.publicHost.v4]));
        expect(new Set(seen.map((answer) => answer?.port)).size).toBe(3);
        expect(answers[3]).toBeNull();
      });
    });

    it('double-nat: two routers translate', async () => {
      await within('double-nat', async (network) => {
        const [first, second] = await probe(network, [udp(), udp({ to: GATEWAY_SECOND.v4 })]);
        expect(first?.address).toBe(network.publicHost.v4);
        expect(second?.port).not.toBe(first?.port);
        const [inner] = network.routers;
        expect(await inner?.run('ip', ['-4', 'address', 'show', 'wan'])).toContain('inet 100.64.0.2');
      });
    });

    it('udp-blocked: TCP passes on any port, UDP on none', async () => {
      await within('udp-blocked', async (network) => {
        const answers = await probe(network, [
          tcp(OTHER_PORT, HTTP_REQUEST),
          tcp(PORTS.turn, STUN_BINDING),
          blocked(),
          blocked({ port: PORTS.https }),
          blocked({ port: PORTS.turn }),
        ]);
        expect(answers.map((answer) => answer !== null)).toEqual([true, true, false, false, false]);
      });
    });

    it('tcp-443: any bytes pass to port 443 by TCP, nothing else passes', async () => {
      await within('tcp-443', async (network) => {
        const answers = await probe(network, [
          tcp(PORTS.https, CLIENT_HELLO),
          tcp(PORTS.https, HTTP_REQUEST),
          tcp(PORTS.https, STUN_BINDING),
          tcp(PORTS.turn, STUN_BINDING, true),
          tcp(OTHER_PORT, CLIENT_HELLO, true),
          blocked({ port: PORTS.https }),
        ]);
        expect(answers.map((answer) => answer !== null)).toEqual([true, true, true, false, false, false]);
      });
    });

    it('tls-443: only what begins as TLS passes', async () => {
      await within('tls-443', async (network) => {
        const answers = await probe(network, [
          tcp(PORTS.https, CLIENT_HELLO),
          tcp(PORTS.https, HTTP_REQUEST, true),
          tcp(PORTS.https, STUN_BINDING, true),
          tcp(PORTS.https, TLS_ALERT, true),
          tcp(OTHER_PORT, CLIENT_HELLO, true),
          blocked({ port: PORTS.https }),
        ]);
        expect(answers.map((answer) => answer !== null)).toEqual([true, false, false, false, false, false]);
      });
    });

    it('ipv6: there is no IPv4', async () => {
      await within('ipv6', async (network) => {
        const [v6, overTcp, v4] = await probe(network, [
          udp({ to: GATEWAY.v6 }),
          tcp(OTHER_PORT, HTTP_REQUEST, false, GATEWAY.v6),
          blocked(),
        ]);
        expect(v6?.address).toBe(network.host.v6);
        expect(overTcp).not.toBeNull();
        expect(v4).toBeNull();
      });
    });

    const LARGE = { bytes: 1300, replyBytes: 1300 };
    /** With headers of IPv4 and UDP exactly what the small link carries. */
    const FITTING = { bytes: 1252, replyBytes: 1252 };

    it('mtu-1280: who sends more learns it, and sends fragments', async () => {
      await within('mtu-1280', async (network) => {
        const [fitting, large] = await probe(network, [udp(FITTING), udp(LARGE)]);
        expect(fitting?.bytes).toBe(FITTING.bytes);
        expect(large?.bytes).toBe(LARGE.bytes);
        expect(await network.client.run('ip', ['route', 'get', GATEWAY.v4])).toContain('mtu 1280');
      });
    });

    it('mtu-1280-silent: larger packets vanish, both ways', async () => {
      await within('mtu-1280-silent', async (network) => {
        const [fitting, up, down, segments] = await probe(network, [
          udp(FITTING),
          blocked({ bytes: LARGE.bytes }),
          blocked({ replyBytes: LARGE.replyBytes }),
          tcp(OTHER_PORT, '00'.repeat(20_000)),
        ]);
        expect(fitting).not.toBeNull();
        expect(up).toBeNull();
        expect(down).toBeNull();
        expect(segments?.bytes).toBe(20_000);
      });
    });

    it('rtt-300: answers take 300 ms, none is lost', async () => {
      await within('rtt-300', async (network) => {
        const { answered, leastMs } = await count(network, 50);
        expect(answered).toBe(50);
        expect(leastMs).toBeGreaterThanOrEqual(300);
        // Above that it would be another delay, however busy the machine is.
        expect(leastMs).toBeLessThan(450);
      });
    });

    it('loss-10: about a tenth is lost each way', async () => {
      await within('loss-10', async (network) => {
        const { answered } = await count(network, 400);
        // 81% of 400 is 324, with a standard deviation of 8.
        expect(answered).toBeGreaterThan(284);
        expect(answered).toBeLessThan(364);
      });
    });

    it('turn-udp-dead: relays and media by UDP are dead, TCP and other UDP are not', async () => {
      await within('turn-udp-dead', async (network) => {
        const answers = await probe(network, [
          tcp(PORTS.turn, STUN_BINDING),
          udp(),
          blocked({ port: PORTS.turn }),
          blocked({ port: PORTS.media }),
        ]);
        expect(answers.map((answer) => answer !== null)).toEqual([true, true, false, false]);
      });
    });

    it('ipv6-tls-443: only what begins as TLS passes, over IPv6', async () => {
      await within('ipv6-tls-443', async (network) => {
        const answers = await probe(network, [
          tcp(PORTS.https, CLIENT_HELLO, false, GATEWAY.v6),
          tcp(PORTS.https, STUN_BINDING, true, GATEWAY.v6),
          tcp(PORTS.https, CLIENT_HELLO, true),
          blocked({ to: GATEWAY.v6, port: PORTS.https }),
        ]);
        expect(answers.map((answer) => answer !== null)).toEqual([true, false, false, false]);
      });
    });

    it('ipv6-dead: the client has an address and a route, and nothing comes back', async () => {
      await within('ipv6-dead', async (network) => {
        const answers = await probe(network, [
          udp(),
          blocked({ to: GATEWAY.v6 }),
          tcp(PORTS.https, CLIENT_HELLO, true, GATEWAY.v6),
        ]);
        expect(answers.map((answer) => answer !== null)).toEqual([true, false, false]);
        expect(await network.client.run('ip', ['route', 'get', GATEWAY.v6])).toContain(`src ${network.host.v6}`);
      });
    });

    it('first-relay-dead: media is dead, relays by UDP are not', async () => {
      await within('first-relay-dead', async (network) => {
        const answers = await probe(network, [udp({ port: PORTS.turn }), blocked({ port: PORTS.media })]);
        expect(answers.map((answer) => answer !== null)).toEqual([true, false]);
      });
    });
  });

  it('leaves nothing behind when it is taken away', async () => {
    const pids = await within('double-nat', async ({ client, routers }) => {
      client.start('sleep', ['600']);
      return [client, ...routers].map(({ pid }) => pid);
    });
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    // The kernel takes links away a moment after the last process.
    await until('the links to be gone', async () => {
      const links = await backbone.namespace.run('ip', ['-brief', 'link', 'show', 'type', 'veth']);
      return links.trim().split('\n').length === 1 ? true : undefined;
    });
  });

  it('leaves nothing behind when its test is killed', async () => {
    const victim = startProgram(process.execPath, [RUN, tool('victim.ts')]);
    const pids = await until('the namespaces', () => {
      const line = victim
        .output()
        .split('\n')
        .find((text) => text.startsWith('['));
      return line === undefined ? undefined : (JSON.parse(line) as readonly number[]);
    });
    const running = (pid: number): boolean => existsSync(`/proc/${pid}`);
    expect(pids.every(running)).toBe(true);
    victim.child.kill('SIGKILL');
    await victim.stop();
    await until('them to be gone', () => (pids.some(running) ? undefined : true));
  });
});
