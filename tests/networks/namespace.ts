import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lacks } from '../harness/peers.js';
import { type Program, startProgram } from '../harness/process.js';

/**
 * A Linux network namespace that cannot outlive this process. It has no name in the file system: a shell holds it, and
 * waits for the end of its standard input, which comes when this process closes it or dies, however it dies. The shell
 * then kills whatever still runs in the namespace (a browser, a gateway), and with the last process the kernel takes
 * the namespace away, and its links with it.
 */
export interface Namespace {
  readonly label: string;
  /** Of the shell that holds it: `ip link ... netns PID`. */
  readonly pid: number;
  /** The command line that runs a program in here, as a process of the same id. */
  within(command: string, args: readonly string[]): readonly [string, readonly string[]];
  /** Runs a program to its end and gives its standard output; throws with its standard error. */
  run(command: string, args: readonly string[], input?: string): Promise<string>;
  /** Starts a program that stays. */
  start(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Program;
  /** Ends everything in it. */
  stop(): Promise<void>;
}

/**
 * Its interrupts are ignored, so that Ctrl-C does not end it before it has cleaned up: only the end of input does.
 * A browser may fork while it is being killed, hence more than one look.
 */
const HOLDER = `
trap '' HUP INT TERM
set -e
files=$(mktemp -d)
printf '127.0.0.1 localhost\\n::1 localhost\\n' >"$files/hosts"
# Where nobody listens there, names are refused at once.
echo nameserver 127.0.0.1 >"$files/resolv.conf"
for file in hosts resolv.conf; do
  if [ -e /etc/$file ]; then mount --bind "$files/$file" /etc/$file; fi
done
# What is mounted stays while it is.
rm -r "$files"
ip link set lo up
echo held
set +e
cat >/dev/null
own=$(readlink /proc/self/ns/net)
for attempt in 1 2 3 4 5 6 7 8 9; do
  found=0
  for process in /proc/[0-9]*; do
    id=\${process#/proc/}
    [ "$id" != $$ ] && [ "$(readlink $process/ns/net 2>/dev/null)" = "$own" ] || continue
    kill -KILL "$id" 2>/dev/null && found=1
  done
  [ $found = 0 ] && break
  sleep 0.05
done
`;

const RUN_TIMEOUT_MS = 20_000;

/** Why there can be no namespaces here, or undefined. `npm test` says so, and fails on it where CI=true. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'they are a feature of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (lacks('ip', 'nft', 'python3', 'unshare', 'nsenter')) {
    return 'iproute2, nftables, python3 or util-linux is missing';
  }
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  const { status, stderr } = spawnSync('unshare', ['--net', '--mount', 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim();
}

/** Its name service would be on its own loopback; see names.ts. */
export async function startNamespace(label: string): Promise<Namespace> {
  const holder = spawn('unshare', ['--net', '--mount', '--', 'sh', '-c', HOLDER, label], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => {
    holder.once('error', () => resolve());
    holder.once('close', () => resolve());
  });
  let complaint = '';
  holder.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const held = new Promise<boolean>((resolve) => {
    holder.stdout.once('data', () => resolve(true));
    void gone.then(() => resolve(false));
  });
  const { pid } = holder;
  if (!(await held) || pid === undefined) {
    throw new Error(`no network namespace for ${label}: ${complaint.trim()}`);
  }

  const within = (command: string, args: readonly string[]): readonly [string, readonly string[]] => [
    'nsenter',
    ['--target', String(pid), '--net', '--mount', '--', command, ...args],
  ];
  return {
    label,
    pid,
    within,
    run: (command, args, input = '') => runProgram(`${label}: ${command}`, within(command, args), input),
    start: (command, args, env = {}) => startProgram(...within(command, args), { env: { ...process.env, ...env } }),
    async stop() {
      holder.stdin.end();
      await gone;
    },
  };
}

function runProgram(what: string, [command, args]: readonly [string, readonly string[]], input: string) {
  return new Promise<string>((resolve, reject) => {
    const child = execFile(command, [...args], { timeout: RUN_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${what} failed: ${stderr.trim() || error.message}\n${input}`));
    });
    // A program that ends before it has read its input says so by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Runs lines of ip(8) in a namespace, all or nothing said. */
export async function ip(namespace: Namespace, lines: readonly string[]): Promise<void> {
  await namespace.run('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
}

/** Loads rules of nft(8). */
export async function nft(namespace: Namespace, rules: string): Promise<void> {
  await namespace.run('nft', ['-f', '-'], rules);
}

/** Sets kernel parameters below /proc/sys/net, e.g. `ipv4/ip_forward`. */
export async function sysctl(namespace: Namespace, values: Readonly<Record<string, number>>): Promise<void> {
  const writes = Object.entries(values).map(([name, value]) => `echo ${value} > /proc/sys/net/${name}`);
  await namespace.run('sh', ['-ec', writes.join('\n')]);
}
