import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The independent programs that Earshot is proved against, as Debian packages them, and what needs them.
 * `optional`: used by a benchmark alone, so that tests neither install nor miss it.
 */
export const PEERS = [
  {
    name: 'chromium',
    package: 'chromium',
    program: 'chromium',
    suites: 'e2e in Chromium, bench networks, bench telemetry, bench recovery, faults',
  },
  { name: 'firefox', package: 'firefox-esr', program: 'firefox-esr', suites: 'e2e in Firefox, bench networks' },
  {
    name: 'pulseaudio',
    package: 'pulseaudio',
    program: 'pulseaudio',
    suites: 'e2e in Firefox (its sound server), bench networks',
  },
  { name: 'baresip', package: 'baresip-core', program: 'baresip', suites: 'calls with a SIP phone' },
  { name: 'sipp', package: 'sip-tester', program: 'sipp', suites: 'SIP interop, faults' },
  { name: 'kamailio', package: 'kamailio', program: 'kamailio', suites: 'SIP interop through a proxy' },
  { name: 'openssl', package: 'openssl', program: 'openssl', suites: 'DTLS interop' },
  {
    name: 'turnserver',
    package: 'coturn',
    program: 'turnserver',
    suites: 'TURN interop, bench turn, bench networks, faults',
  },
  {
    name: 'ip',
    package: 'iproute2',
    program: 'ip',
    suites: 'calls from many networks, bench networks, bench recovery, faults',
  },
  {
    name: 'nft',
    package: 'nftables',
    program: 'nft',
    suites: 'calls from many networks, bench networks, bench recovery, faults',
  },
  {
    name: 'python3',
    package: 'python3-minimal',
    program: 'python3',
    suites: 'calls from many networks, bench networks, bench recovery, faults',
  },
  { name: 'tshark', package: 'tshark', program: 'tshark', suites: 'diagnosis of captures' },
  { name: 'postgres', package: 'postgresql', program: 'postgres', suites: 'the store in PostgreSQL, bench telemetry' },
  { name: 'rtpengine', package: 'rtpengine-daemon', program: 'rtpengine', suites: 'bench media', optional: true },
];

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where Debian keeps the programs of PostgreSQL's servers, one folder for each version, the newest first. */
const POSTGRES = '/usr/lib/postgresql';
const postgresFolders = () =>
  existsSync(POSTGRES)
    ? readdirSync(POSTGRES)
        .sort((one, other) => Number(other) - Number(one))
        .map((version) => join(POSTGRES, version, 'bin'))
    : [];

/** The path of a program in PATH or where Debian puts daemons, or undefined. */
export function findProgram(program) {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...['/usr/sbin', '/usr/local/sbin'],
    ...postgresFolders(),
  ];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

export const missingPeers = (peers) => peers.filter(({ program }) => findProgram(program) === undefined);

/** How to become root without a question: [], ['sudo', '-n'], or undefined when there is no way. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

// policy-rc.d answering 101 is Debian's way to say that an installation starts no service.
const INSTALL = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -q
failed=0
for package in "$@"; do
  apt-get install -q -y --no-install-recommends "$package" || failed=1
done
exit $failed
`;

function install(packages) {
  if (findProgram('apt-get') === undefined) return 'there is no apt here';
  const prefix = rootPrefix();
  if (prefix === undefined) return 'installing needs root or a sudo that asks nothing';
  console.log(`Installing peers: ${packages.join(', ')}…`);
  const [command, ...args] = [...prefix, 'sh', '-c', INSTALL, 'sh', ...packages];
  try {
    execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const lines = String(error.stderr ?? error.message)
      .trim()
      .split('\n');
    return `apt-get failed: ${lines.slice(-3).join(' / ')}`;
  }
  return undefined;
}

/**
 * Installs the missing ones of `peers` where that is possible. Gives those still missing, each with the reason and the
 * suites that are left out, for the caller to print: nothing is left out silently.
 */
export function ensurePeers(peers = PEERS.filter(({ optional }) => !optional)) {
  const missing = missingPeers(peers);
  if (missing.length === 0) return [];
  const reason = install(missing.map((peer) => peer.package));
  return missingPeers(missing).map((peer) => ({ ...peer, reason: reason ?? `${peer.program} is still not found` }));
}

/**
 * What this machine would have to allow, beside programs: no package brings it. Like a missing peer, for the caller to
 * print.
 */
export function missingPowers() {
  const suites = 'calls from many networks, bench networks, bench recovery, faults';
  if (process.getuid?.() !== 0) return [{ package: 'network namespaces', suites, reason: 'they need root' }];
  const { status, stderr } = spawnSync('unshare', ['--net', '--mount', 'true'], { encoding: 'utf8' });
  if (status !== 0) return [{ package: 'network namespaces', suites, reason: stderr?.trim() || 'unshare is missing' }];
  const tunnel = existsSync('/dev/net/tun');
  return tunnel ? [] : [{ package: '/dev/net/tun', suites, reason: 'the kernel offers no TUN devices' }];
}

export const inContinuousIntegration = () => process.env.CI === 'true' || process.env.CI === '1';

export const describeMissing = ({ package: name, suites, reason }) => `left out: ${suites} (no ${name}: ${reason})`;
