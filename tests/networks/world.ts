import { TestAuthority } from '../harness/certificates.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { temporaryFolder } from '../harness/process.js';
import { COTURN, GATEWAY, type Host, NAMES, PLAIN_GATEWAY } from './addresses.js';
import { Backbone, startHost } from './backbone.js';
import { callFrom } from './call.js';
import type { CallJob, CallOutcome } from './caller.js';
import { NETWORKS, type NetworkDefinition } from './catalog.js';
import { startCoturn } from './coturn.js';
import { PORTS } from './filters.js';
import { describeView, type GatewayView, viewOf } from './gateway-view.js';
import type { Namespace } from './namespace.js';
import { startNetwork } from './network.js';
import { type Expected, faultsOf } from './verdict.js';

export interface CallResult {
  readonly network: NetworkDefinition;
  readonly browser: CallJob['browser'];
  readonly outcome: CallOutcome;
  readonly view: GatewayView;
  /** What was wrong; nothing when the call was heard over the path that the network leaves. */
  readonly faults: readonly string[];
}

interface Server {
  readonly namespace: Namespace;
  readonly gateway: Gateway;
  readonly name: string;
}

const EXTERNAL_SECRET = 'shared-with-the-external-relays';
const CALL_TIMEOUT_MS = 20_000;

/** The servers that all networks call, on their usual ports, in namespaces of their own. */
export class World {
  readonly #backbone: Backbone;
  readonly #authority: TestAuthority;
  readonly #closers: (() => unknown)[] = [];
  readonly #servers = new Map<NetworkDefinition['gateway'], Promise<Server>>();

  private constructor(backbone: Backbone, authority: TestAuthority) {
    this.#backbone = backbone;
    this.#authority = authority;
    this.#closers.push(() => backbone.stop());
  }

  static async start(): Promise<World> {
    return new World(await Backbone.start(), await TestAuthority.create());
  }

  /** Calls the echo line from a network that is built for it and taken away after it, `calls` times. */
  async call(network: NetworkDefinition, browser: CallJob['browser'], calls = 1): Promise<readonly CallResult[]> {
    const { namespace, gateway, name } = await this.#server(network.gateway);
    const { client, publicAddress, stop } = await startNetwork(this.#backbone, network, NETWORKS.indexOf(network));
    try {
      const results: CallResult[] = [];
      const outcomes = await callFrom(client, {
        browser,
        calls,
        pathKind: network.path.kind,
        url: `https://${name}`,
        destination: 'echo',
        chromiumArgs: this.#authority.chromiumArgs,
        timeoutMs: CALL_TIMEOUT_MS,
      });
      for (const outcome of outcomes) {
        const view = await viewOf(gateway, namespace, outcome.callId);
        const expected = { path: network.path, client: publicAddress, relay: relayOf(network) };
        results.push({
          network,
          browser,
          outcome,
          view,
          faults: faultsOf(expected, outcome, view),
        });
      }
      return results;
    } finally {
      await stop();
    }
  }

  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  /** Started by the first call that needs it. */
  #server(kind: NetworkDefinition['gateway']): Promise<Server> {
    const running = this.#servers.get(kind) ?? (kind === 'embedded' ? this.#startEmbedded() : this.#startExternal());
    this.#servers.set(kind, running);
    return running;
  }

  #startEmbedded(): Promise<Server> {
    return this.#startServer(NAMES.gateway, GATEWAY, { port: PORTS.turn, tlsPort: PORTS.turnTls });
  }

  /** Its relays are others', and the one it prefers is dead. It does not know, since it does not ask. */
  async #startExternal(): Promise<Server> {
    const namespace = await this.#startHost('coturn', COTURN);
    const coturn = await startCoturn(namespace, EXTERNAL_SECRET);
    this.#closers.push(() => coturn.stop());
    const relay = (name: string, ...transports: readonly string[]) => ({
      urls: transports.map((transport) => `turn:${name}:${PORTS.turn}?transport=${transport}`),
      secret: EXTERNAL_SECRET,
      healthCheck: false,
    });
    return this.#startServer(NAMES.plainGateway, PLAIN_GATEWAY, {
      enabled: false,
      servers: [relay(NAMES.dead, 'udp', 'tcp'), relay(NAMES.coturn, 'udp')],
    });
  }

  async #startServer(name: string, host: Host, turn: Readonly<Record<string, unknown>>): Promise<Server> {
    const namespace = await this.#startHost(name, host);
    const folder = temporaryFolder('certificate');
    this.#closers.push(() => folder.remove());
    const certificate = await this.#authority.issueFiles(folder.path, { names: [name, host.v4, host.v6] });
    const gateway = await startGateway(
      {
        http: { port: 8080, tls: { host: '::', port: PORTS.https, ...certificate } },
        media: { port: PORTS.media, workers: 1 },
        admin: { port: PORTS.admin },
        turn,
      },
      namespace.within,
    );
    this.#closers.push(() => gateway.stop());
    return { namespace, gateway, name };
  }

  async #startHost(label: string, host: Host): Promise<Namespace> {
    const namespace = await startHost(label);
    this.#closers.push(() => namespace.stop());
    await this.#backbone.attach(namespace, host);
    return namespace;
  }
}

/** Where a gateway sees media come from that was relayed. */
const relayOf = ({ gateway }: NetworkDefinition): Expected['relay'] =>
  gateway === 'embedded' ? { address: GATEWAY.v4, isEmbedded: true } : { address: COTURN.v4, isEmbedded: false };

/** Everything that is known about a call, for a message about it. */
export function describeCall({ network, browser, outcome, view, faults }: CallResult): string {
  const { states, candidates, pairs, report } = outcome;
  return [
    `${network.name} (${network.title}), ${browser}: ${faults.join('; ')}`,
    `states: ${states.join(', ')}`,
    `candidates: ${candidates.join(', ')}`,
    `pairs: ${pairs.join(', ')}`,
    `milestones: ${JSON.stringify(report)}`,
    describeView(view),
  ].join('\n');
}
