import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../harness/certificates.js';
import { startCoturn } from '../harness/coturn.js';
import { type Gateway, type Settings, startGateway } from '../harness/gateway.js';
import { startStunServer, startTimeServer } from '../harness/outside.js';
import { hostAddress, lacks } from '../harness/peers.js';
import { freePort, temporaryFolder, until } from '../harness/process.js';
import { type Namespace, startNamespace, whyNoNamespaces } from '../networks/namespace.js';

const PROGRAM = fileURLToPath(new URL('../../apps/gateway/bin/earshot.mjs', import.meta.url));
const SECRET = 'a secret that coturn and the gateway share';
const DAY_MS = 86_400_000;
/** Of relays with another secret, with a rule against this gateway, and that are not there. */
const CODES = ['turn.auth_failed', 'turn.peer_forbidden', 'turn.unreachable'];

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly code?: string;
  readonly detail: string;
  readonly remedy?: string;
}

interface Examination {
  readonly code: number;
  readonly text: string;
  readonly findings: readonly Finding[];
}

const folder = temporaryFolder('doctor');
let authority: TestAuthority;
let authorityFile: string;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  authority = await TestAuthority.create();
  authorityFile = join(folder.path, 'authority.pem');
  writeFileSync(authorityFile, authority.certificate);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => folder.remove());

/** Runs the doctor, within a namespace where a command line for that is given. */
function run(
  args: readonly string[],
  [command, ...before]: readonly string[] = [process.execPath, PROGRAM],
): Promise<Examination> {
  // The authority of the test is one that "browsers" know.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: authorityFile };
  return new Promise((resolve) => {
    execFile(command ?? '', [...before, 'doctor', ...args], { env }, (error, stdout, stderr) => {
      const { findings } = args.includes('--json')
        ? (JSON.parse(stdout || '{"findings":[]}') as Examination)
        : { findings: [] };
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr, findings });
    });
  });
}

const examine = (config: string, ...args: string[]): Promise<Examination> =>
  run(['network', '--json', '--config', config, ...args]);

const problems = ({ findings }: Examination) => findings.filter(({ status }) => status === 'problem');
const ofCheck = ({ findings }: Examination, check: string) => findings.filter((finding) => finding.check === check);

async function serve(settings: Readonly<Record<string, Settings>>, within?: Namespace['within']): Promise<Gateway> {
  const gateway = await startGateway(settings, within);
  closers.push(() => gateway.stop());
  return gateway;
}

/** Every port chosen by the system. */
const CHOSEN: Readonly<Record<string, object>> = {
  http: { port: 0 },
  sip: { port: 0, mediaPorts: [0, 0] },
  media: { port: 0 },
  turn: { port: 0, relayPorts: [0, 0] },
  admin: { port: 0 },
};

/** A configuration of a server that does not run, or runs with that data folder. */
function configure(sections: Readonly<Record<string, object>>, dataDir = join(folder.path, 'nothing')): string {
  const path = join(folder.path, `earshot-${Math.random().toString(36).slice(2)}.yaml`);
  const merged = Object.entries({ ...CHOSEN, ...sections }).map(([name, own]) => [name, { ...CHOSEN[name], ...own }]);
  writeFileSync(path, JSON.stringify({ ...Object.fromEntries(merged), dataDir }));
  return path;
}

const close = <T extends { close(): unknown }>(server: T): T => {
  closers.push(() => server.close());
  return server;
};

describe.skipIf(lacks('turnserver'))('earshot doctor network', () => {
  it('finds a running installation well: ports, certificate, relays, names, clock', async () => {
    const coturn = await startCoturn({ secret: SECRET, address: hostAddress() });
    closers.push(() => coturn.stop());
    const gateway = await serve({
      http: { port: 0, tls: { port: 0, ...(await authority.issueFiles(folder.path)) } },
      turn: {
        ...{ port: 0, tlsPort: 0, relayPorts: [0, 0], advertisedHost: hostAddress() },
        servers: [{ urls: [`turn:${hostAddress()}:${coturn.port}`], secret: SECRET }],
      },
    });
    const time = close(await startTimeServer(0));
    const stun = close(await startStunServer(hostAddress()));
    const found = await examine(gateway.config, '--url', gateway.secureUrl, '--ntp', time.at, '--stun', stun.at);
    expect(problems(found)).toEqual([]);
    expect(found.code).toBe(0);
    const fine = found.findings.filter(({ status }) => status === 'ok').map(({ check }) => check);
    for (const check of [
      ...['server', 'address', 'address.outside', 'port.ranges', 'port.http', 'port.https', 'port.sip', 'port.media'],
      ...['port.turn.udp', 'port.turn.tcp', 'port.turn.tls', 'port.admin', 'certificate.file', 'certificate.time'],
      ...['certificate.name', 'certificate.chain', 'certificate.served', 'certificate.url', 'turn.udp', 'turn.tcp'],
      ...['turn.tls', 'turn.https', 'turn.name.udp', 'turn.name.tcp', 'turn.name.https', 'relay', 'name', 'clock'],
    ]) {
      expect(fine, check).toContain(check);
    }
    // The server itself has asked the relay meanwhile.
    const health = await until('the check of health', async () => {
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      return /^earshot_external_relay_up\{.*\} \d$/m.exec(metrics)?.[0];
    });
    expect(health).toMatch(/ 1$/);
    // Every relay was proved by an answer of this gateway's media, not by an allocation alone.
    for (const check of ['turn.udp', 'turn.tcp', 'turn.tls', 'turn.https', 'relay']) {
      expect(ofCheck(found, check)[0]?.detail, check).toMatch(/ relays to .* and back/);
    }
  });

  it('is of use without a server, and for people', async () => {
    const config = configure({});
    const found = await examine(config);
    expect(found.code).toBe(0);
    expect(ofCheck(found, 'server')).toMatchObject([{ status: 'skipped' }]);
    expect(ofCheck(found, 'port.http')).toMatchObject([{ status: 'ok' }]);
    const { code, text } = await run(['network', '--config', config]);
    expect(code).toBe(0);
    expect(text).toMatch(/^skipped {2}server {2,}It does not run/);
    expect(text).toMatch(/\d+ fine, .*no problems, \d+ not checked\.\n$/);
  });

  it('names a server that keeps its data elsewhere', async () => {
    const gateway = await serve({});
    const found = await examine(configure({ http: { port: Number(new URL(gateway.url).port) } }));
    expect(found.code).toBe(1);
    expect(problems(found)).toMatchObject([{ check: 'server', code: 'server.not_running' }]);
  });

  it('names an advertised address that the outside does not see', async () => {
    const gateway = await serve({ media: { port: 0, workers: 1, advertisedAddresses: ['11.22.33.44'] } });
    const stun = close(await startStunServer('11.22.33.55'));
    const found = await examine(gateway.config, '--stun', stun.at);
    expect(found.code).toBe(1);
    expect(problems(found)).toMatchObject([{ check: 'address.outside', code: 'server.bad_advertised_address' }]);
    expect(problems(found)[0]?.remedy).toContain('11.22.33.55');
  });

  it('names a certificate that has expired, in the file and at the URL', async () => {
    const notAfter = new Date(Date.now() - DAY_MS);
    const files = await authority.issueFiles(folder.path, {
      name: 'expired',
      notBefore: new Date(Date.now() - 9 * DAY_MS),
      notAfter,
    });
    const gateway = await serve({ http: { port: 0, tls: { port: 0, ...files } } });
    const found = await examine(gateway.config, '--url', gateway.secureUrl);
    expect(found.code).toBe(1);
    const expired = problems(found).filter(({ code }) => code === 'server.certificate_expired');
    expect(expired.map(({ check }) => check)).toEqual(['certificate.time', 'certificate.url', 'turn.name.https']);
    expect(expired[0]?.detail).toContain(notAfter.toISOString().slice(0, 10));
  });

  it('warns of a certificate that expires within two weeks', async () => {
    const files = await authority.issueFiles(folder.path, {
      name: 'expiring',
      notAfter: new Date(Date.now() + 5.5 * DAY_MS),
    });
    const found = await examine(configure({ http: { tls: { port: 0, ...files } } }));
    expect(found.code).toBe(0);
    expect(ofCheck(found, 'certificate.time')).toMatchObject([
      { status: 'warning', code: 'server.certificate_expiring', detail: expect.stringContaining('in 5 days') },
    ]);
  });

  it('names a key of another certificate, a certificate of another name, and one that nobody knows', async () => {
    const files = await authority.issueFiles(folder.path, { name: 'one', names: ['call.example.com'] });
    const other = await authority.issueFiles(folder.path, { name: 'other' });
    const mismatch = await examine(configure({ http: { port: 0, tls: { port: 0, ...files, key: other.key } } }));
    expect(problems(mismatch)).toMatchObject([{ check: 'certificate.file', code: 'server.certificate_unreadable' }]);

    const turn = { port: 0, advertisedHost: 'localhost' };
    const misnamed = await examine(configure({ http: { port: 0, tls: { port: 0, ...files } }, turn }));
    expect(problems(misnamed)).toMatchObject([{ check: 'certificate.name', code: 'server.certificate_name' }]);

    const stranger = await TestAuthority.create();
    const unknown = await stranger.issueFiles(folder.path, { name: 'unknown' });
    const untrusted = await examine(configure({ http: { port: 0, tls: { port: 0, ...unknown } } }));
    expect(problems(untrusted)).toMatchObject([{ check: 'certificate.chain', code: 'server.certificate_untrusted' }]);
  });

  it('names a server that presents another certificate than the file', async () => {
    const files = await authority.issueFiles(folder.path, { name: 'served' });
    const gateway = await serve({ http: { port: 0, tls: { port: 0, ...files } } });
    const renewed = await authority.issueFiles(folder.path, { name: 'renewed' });
    // The same server, by a configuration that names other files.
    const dataDir = join(gateway.config, '..', 'data');
    const found = await examine(configure({ http: { tls: { port: 0, ...renewed } } }, dataDir));
    expect(problems(found).map(({ check, code }) => [check, code])).toEqual([
      ['certificate.served', 'server.certificate_differs'],
      ['certificate.served', 'server.certificate_differs'],
    ]);
  });

  it('names ports that are taken, by UDP and by TCP', async () => {
    const [http, sip] = [await freePort('0.0.0.0'), await freePort('0.0.0.0')];
    await Promise.all([
      once(close(createServer()).listen(http, '0.0.0.0'), 'listening'),
      once(close(createSocket('udp4')).bind(sip, '0.0.0.0'), 'listening'),
    ]);
    const found = await examine(configure({ http: { port: http }, sip: { port: sip } }));
    expect(found.code).toBe(1);
    expect(problems(found)).toMatchObject([
      { check: 'port.http', code: 'server.port_in_use', detail: expect.stringContaining(`TCP ${http}`) },
      { check: 'port.sip', code: 'server.port_in_use', detail: expect.stringContaining(`UDP ${sip}`) },
    ]);
  });

  it('names external relays: another secret, a forbidden way here, nobody there', async () => {
    const stranger = await startCoturn({ secret: 'a secret that is another one' });
    closers.push(() => stranger.stop());
    const hermit = await startCoturn({
      secret: SECRET,
      address: hostAddress(),
      args: [`--denied-peer-ip=${hostAddress()}`],
    });
    closers.push(() => hermit.stop());
    const urls = [
      `turn:127.0.0.1:${stranger.port}`,
      `turn:${hostAddress()}:${hermit.port}?transport=tcp`,
      `turn:127.0.0.1:${await freePort()}`,
    ];
    const gateway = await serve({
      turn: { port: 0, tlsPort: 0, relayPorts: [0, 0], servers: urls.map((url) => ({ urls: [url], secret: SECRET })) },
    });
    const found = await examine(gateway.config);
    expect(found.code).toBe(1);
    // The server itself has found the same meanwhile.
    const down = await until('the checks of health', () => {
      const records = gateway.records().filter(({ msg }) => msg === 'relay is down');
      return records.length === urls.length ? records : undefined;
    });
    expect(new Map(down.map(({ url, code }) => [url, code]))).toEqual(
      new Map(urls.map((url, index) => [url, CODES[index]])),
    );
    const relays = ofCheck(found, 'relay');
    expect(relays.map(({ code }) => code)).toEqual(CODES);
    expect(relays.map(({ detail }, index) => detail.includes(urls[index] ?? ''))).toEqual([true, true, true]);
  });

  it('names a clock that is wrong, by a time server', async () => {
    const time = close(await startTimeServer(3_600_000));
    const found = await examine(configure({}), '--ntp', time.at);
    expect(found.code).toBe(1);
    expect(problems(found)).toMatchObject([
      { check: 'clock', code: 'server.clock_off', detail: expect.stringMatching(/3600 s behind the time server/) },
    ]);
  });

  it('names a host that leads nowhere', async () => {
    const found = await examine(configure({ turn: { port: 0, advertisedHost: 'does-not-exist.invalid' } }));
    expect(problems(found)).toMatchObject([{ check: 'name', code: 'server.name_unknown' }]);
  });

  it('names the mistakes of a configuration, and wrong usage by exit code 2', async () => {
    const found = await examine(configure({ http: { port: 99_999 } }));
    expect(found.code).toBe(1);
    expect(found.findings).toMatchObject([{ check: 'configuration', status: 'problem', code: 'config.invalid' }]);
    for (const args of [
      [],
      ['house'],
      ['network', '--url', 'call'],
      ['network', '--stun', 'a:99999'],
      ['network', '--x'],
    ]) {
      expect((await run(args)).code, args.join(' ')).toBe(2);
    }
  });
});

describe.skipIf(whyNoNamespaces() !== undefined)('earshot doctor network on another machine', () => {
  /** With an IPv4 address. */
  async function startMachine(): Promise<Namespace> {
    const space = await startNamespace('doctor');
    closers.push(() => space.stop());
    await space.run('sh', [
      '-c',
      'ip link add out type veth peer name in && ip addr add 10.11.12.13/24 dev out && ip link set out up && ip link set in up',
    ]);
    return space;
  }

  function examineWithin({ within }: Namespace, gateway: Gateway): Promise<Examination> {
    const [command, args] = within(process.execPath, [PROGRAM]);
    return run(['network', '--json', '--config', gateway.config], [command, ...args]);
  }

  it('finds nothing wrong with one whose IPv6 is switched off, which serves IPv4', async () => {
    const space = await startMachine();
    await space.run('sh', ['-c', 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6']);
    const tls = { port: 0, ...(await authority.issueFiles(folder.path)) };
    const gateway = await serve({ http: { port: 0, tls } }, space.within);
    const found = await examineWithin(space, gateway);
    expect(problems(found)).toEqual([]);
    for (const check of ['port.http', 'port.https', 'port.turn.tls', 'certificate.served', 'turn.https']) {
      expect(ofCheck(found, check)[0], check).toMatchObject({ status: 'ok' });
      expect(ofCheck(found, check)[0]?.detail).not.toContain('IPv6');
    }
  });

  it('names the transport of the relay that is blocked, and proves the other', async () => {
    const space = await startMachine();
    const gateway = await serve({ turn: { port: 3478, tlsPort: 0, relayPorts: [0, 0] } }, space.within);
    await space.run(
      'nft',
      ['-f', '-'],
      'table inet doctor {\n chain in {\n type filter hook input priority 0\n udp dport 3478 drop\n }\n}\n',
    );
    const found = await examineWithin(space, gateway);
    expect(found.code).toBe(1);
    expect(problems(found).map(({ check, code }) => [check, code])).toEqual([
      ['port.turn.udp', 'server.port_unreachable'],
      ['turn.udp', 'turn.silent'],
    ]);
    expect(ofCheck(found, 'turn.tcp')).toMatchObject([
      { status: 'ok', detail: expect.stringMatching(/10\.11\.12\.13/) },
    ]);
  });
});
