import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacksIpv6 } from '../../apps/gateway/src/testing/machine.js';
import { TestAuthority } from '../harness/certificates.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks, programPath } from '../harness/peers.js';
import { freePort, type Program, startProgram, temporaryFolder } from '../harness/process.js';

// coturn's client at the gateway's relay: every packet goes to coturn's echo and comes back.

const CLIENTS = 2;
const PACKETS_OF_EACH = 400;
const PACKETS = CLIENTS * PACKETS_OF_EACH;
const PACKET_LENGTH = 172;
const PERIOD_MS = 2;
const RUN_MS = 50_000;

type Way = 'UDP' | 'TCP' | 'TLS' | 'TLS on the port of HTTPS';

const HOSTS = lacksIpv6() ? ['127.0.0.1'] : ['127.0.0.1', '::1'];

const folder = temporaryFolder('turn-server');

describe.skipIf(lacks('turnutils_uclient'))("coturn's client at our relay", () => {
  let gateway: Gateway;
  let ports: Readonly<Record<Way, number>>;
  let peerPort: number;
  const peers: Program[] = [];
  let runs = 0;

  beforeAll(async () => {
    const authority = await TestAuthority.create();
    writeFileSync(join(folder.path, 'authority.pem'), authority.certificate);
    const tls = { host: '127.0.0.1', port: 0, ...(await authority.issueFiles(folder.path)) };
    gateway = await startGateway({
      http: { port: 0, tls },
      turn: { port: 0, tlsPort: 0, relayPorts: [0, 0], allowPeers: HOSTS },
      media: { hosts: HOSTS, port: 0, workers: 1 },
    });
    const { turn } = gateway.records().find(({ msg }) => msg === 'ready') as unknown as {
      readonly turn: Readonly<Record<'udp' | 'tcp' | 'tls', number>>;
    };
    const shared = Number(new URL(gateway.secureUrl).port);
    ports = { UDP: turn.udp, TCP: turn.tcp, TLS: turn.tls, 'TLS on the port of HTTPS': shared };
    peerPort = await freePort();
    for (const address of HOSTS) {
      peers.push(startProgram(programPath('turnutils_peer'), ['-L', address, '-p', String(peerPort)]));
    }
  });
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await gateway.stop();
    folder.remove();
  });

  /** Its last words. */
  function uclient(args: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      execFile(programPath('turnutils_uclient'), [...args], { timeout: RUN_MS }, (_, stdout, stderr) =>
        resolve(`${stdout}${stderr}`),
      );
    });
  }

  /** Allocations of clients that went away without a word stay for a while: each run is another user. */
  async function credentials(): Promise<readonly string[]> {
    runs += 1;
    const [username = '', password = ''] = (await gateway.command('turn', 'credentials', '--tag', `run-${runs}`))
      .trim()
      .split(' ');
    return ['-u', username, '-w', password];
  }

  const flagsOf = (way: Way): readonly string[] => {
    if (way === 'UDP') return [];
    return way === 'TCP' ? ['-t'] : ['-t', '-S', '-E', join(folder.path, 'authority.pem')];
  };

  async function relayAll(way: Way, flags: readonly string[], address = '127.0.0.1'): Promise<string> {
    return uclient([
      ...(await credentials()),
      ...flagsOf(way),
      ...['-p', String(ports[way]), '-e', address, '-r', String(peerPort), '-c'],
      ...['-m', String(CLIENTS), '-n', String(PACKETS_OF_EACH), '-l', String(PACKET_LENGTH)],
      ...['-z', String(PERIOD_MS)],
      ...flags,
      address,
    ]);
  }

  const ALL = `tot_send_msgs=${PACKETS}, tot_recv_msgs=${PACKETS}`;

  it.concurrent.each([
    ['UDP', 'channels', []],
    ['UDP', 'Send indications', ['-s']],
    ['UDP', 'padded channel data', ['-D']],
    ['UDP', 'repeated requests', ['-G']],
    ['TCP', 'channels', []],
    ['TCP', 'Send indications', ['-s']],
    ['TLS', 'channels', []],
    ['TLS', 'Send indications', ['-s']],
    ['TLS on the port of HTTPS', 'channels', []],
  ] as const)(`gets ${PACKETS} of ${PACKETS} packets back over %s with %s`, async (way, _, flags) => {
    expect(await relayAll(way, flags)).toContain(ALL);
  });

  it.skipIf(lacksIpv6()).concurrent.each(['UDP', 'TCP'] as const)(
    `gets ${PACKETS} of ${PACKETS} back over %s and IPv6`,
    async (way) => {
      expect(await relayAll(way, ['-x'], '::1')).toContain(ALL);
    },
  );

  it('gets nothing with credentials of another secret', async () => {
    const args = ['-W', 'a secret of somebody else', '-u', 'mallory', '-p', String(ports.UDP)];
    const said = await uclient([...args, '-e', '127.0.0.1', '-r', String(peerPort), '-c', '-n', '1', '127.0.0.1']);
    expect(said).toContain('Cannot complete Allocation');
  });

  it('gets nothing through to peers that are not allowed', async () => {
    const args = [...(await credentials()), '-p', String(ports.UDP), '-e', '192.0.2.77', '-r', '9', '-c', '-n', '1'];
    expect(await uclient([...args, '127.0.0.1'])).toMatch(/error 403/);
  });
});
