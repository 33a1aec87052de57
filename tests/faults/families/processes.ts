import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { startGatewayAgain } from '../../harness/gateway.js';
import { until } from '../../harness/process.js';
import { Admin } from '../admin.js';
import type { Family, FaultDefinition } from '../types.js';

/** Something dies, or stands still. */

/** The processes of a browser that was started with `mark` among its arguments, its first one first. */
function processesOf(mark: string): readonly number[] {
  const commands = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return [{ id: Number(name), parent, line: readFileSync(`/proc/${name}/cmdline`, 'latin1') }];
    } catch {
      return [];
    }
  });
  const main = commands.find(({ line }) => line.includes(mark));
  if (main === undefined) throw new Error('the browser was not found among the processes');
  const found = [main.id];
  for (const id of found) found.push(...commands.filter(({ parent }) => parent === id).map((child) => child.id));
  return found;
}

const markOf = (user: string): string => `--earshot-fault=${user}`;

const clientGone: FaultDefinition = {
  name: 'browser-killed',
  title: 'the browser is killed in mid-call',
  means: 'process',
  truth: { code: 'signaling.client_gone', side: 'caller' },
  waitMs: 20_000,
  async run({ plain, launch, open, user }) {
    const { url, admin, peer } = await plain();
    await peer.expect(user, {});
    const browser = await launch({ microphone: 440, args: [markOf(user)] });
    const caller = await open({ browser, url });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(2500);
    const ids = processesOf(markOf(user));
    const t0 = Date.now();
    for (const id of ids) process.kill(id, 'SIGKILL');
    return {
      admin,
      callId,
      t0,
      proof: async () => `${ids.length} processes of the browser were killed`,
      finish: async () => {
        await new Promise((resolve) => setTimeout(resolve, 9000));
      },
    };
  },
};

/** Stops all of a browser for most of the time, 600 ms at a stretch, as a machine does that has no time for it. */
async function starve(ids: readonly number[], running: () => boolean): Promise<void> {
  const each = (signal: NodeJS.Signals): void => {
    for (const id of ids) {
      try {
        process.kill(id, signal);
      } catch {
        // It ended by itself.
      }
    }
  };
  while (running()) {
    each('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 600));
    each('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const busyMachine: FaultDefinition = {
  name: 'machine-busy',
  title: 'the computer has no time for the browser',
  means: 'process',
  truth: { code: 'client.cpu', side: 'caller' },
  waitMs: 20_000,
  alone: true,
  async run({ plain, launch, open, user, defer }) {
    const { url, admin, peer } = await plain();
    await peer.expect(user, {});
    const browser = await launch({ microphone: 440, args: [markOf(user)] });
    const caller = await open({ browser, url });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(4000);
    await caller.evaluate(`(() => {
      globalThis.longest = 0;
      let last = performance.now();
      setInterval(() => {
        const now = performance.now();
        globalThis.longest = Math.max(globalThis.longest, now - last);
        last = now;
      }, 20);
    })()`);
    let running = true;
    const t0 = Date.now();
    const starved = starve(processesOf(markOf(user)), () => running);
    const feed = async (): Promise<void> => {
      running = false;
      await starved;
    };
    defer(feed);
    return {
      admin,
      callId,
      t0,
      proof: async () => {
        await feed();
        const longest = Math.round(Number(await caller.evaluate('globalThis.longest')));
        return longest > 250 ? `timers of the page came up to ${longest} ms late` : undefined;
      },
    };
  },
};

const socketRefused: FaultDefinition = {
  name: 'socket-refused',
  title: 'a proxy passes pages on and refuses WebSockets',
  means: 'network',
  truth: { code: 'signaling.ws_unreachable', side: 'caller' },
  // The page can only tell of it once it has a socket.
  live: false,
  waitMs: 75_000,
  async run({ plain, open, defer }) {
    const { browser, url, admin } = await plain();
    const target = new URL(url);
    let refused = 0;
    let passes = false;
    const proxy = createServer((incoming, outgoing) => {
      const { method, headers, url: path } = incoming;
      const passed = request({ host: 'localhost', port: target.port, method, path, headers }, (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      });
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    });
    proxy.on('upgrade', ({ headers, url: path }, socket, head) => {
      socket.on('error', () => socket.destroy());
      if (passes) {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
        const far = connect(Number(target.port), 'localhost', () => {
          far.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
          far.write(head);
          far.pipe(socket).pipe(far);
        });
        far.on('error', () => socket.destroy());
        return;
      }
      refused += 1;
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    });
    proxy.listen(0, 'localhost');
    await once(proxy, 'listening');
    defer(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const { port } = proxy.address() as AddressInfo;
    const caller = await open({ browser, url: `http://localhost:${port}` });
    const t0 = Date.now();
    const callId = await caller.call('echo');
    const isOver = async (): Promise<true | undefined> => ((await caller.isEnded()) ? true : undefined);
    await until('the end of the call', isOver, 20_000).catch(() => caller.hangUp());
    passes = true;
    return { admin, callId, t0, proof: async () => (refused > 0 ? `the proxy refused ${refused} sockets` : undefined) };
  },
};

const gatewayKilled: FaultDefinition = {
  name: 'gateway-killed',
  title: 'the gateway is killed in mid-call and started again',
  means: 'process',
  truth: { code: 'server.interrupted', side: 'gateway' },
  // Nobody is there to say it before the gateway is back.
  live: false,
  waitMs: 15_000,
  alone: true,
  async run({ plain, open, startGateway, defer }) {
    const { browser } = await plain();
    const { gateway, url, admin } = await startGateway({});
    const caller = await open({ browser, url });
    const callId = await caller.connect('music');
    await caller.page.waitForTimeout(3000);
    const t0 = Date.now();
    process.kill(gateway.pid, 'SIGKILL');
    const port = Number(new URL(url).port);
    await until('the end of the gateway', () => isClosed(port));
    const again = await startGatewayAgain(gateway);
    defer(() => again.stop());
    return {
      admin,
      callId,
      t0,
      proof: async () => `process ${gateway.pid} was killed, and ${again.pid} took its place`,
      finish: async () => {},
      adminAfterwards: async () => new Admin({ url: again.adminUrl }),
    };
  },
};

const isClosed = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, 'localhost');
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', () => resolve(true));
  });

export const processes: Family = {
  name: 'processes',
  namespaces: false,
  atOnce: 2,
  faults: [clientGone, socketRefused, gatewayKilled, busyMachine],
};
