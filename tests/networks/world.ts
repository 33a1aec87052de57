import { Backbone } from './backbone.js';
import { callFrom } from './call.js';
import type { CallJob, CallOutcome } from './caller.js';
import { NETWORKS, type NetworkDefinition } from './catalog.js';
import { describeView, type GatewayView, viewOf } from './gateway-view.js';
import { startNetwork } from './network.js';
import { Servers } from './servers.js';
import { faultsOf } from './verdict.js';

export interface CallResult {
  readonly network: NetworkDefinition;
  readonly browser: CallJob['browser'];
  readonly outcome: CallOutcome;
  readonly view: GatewayView;
  /** What was wrong; nothing when the call was heard over the path that the network leaves. */
  readonly faults: readonly string[];
}

const CALL_TIMEOUT_MS = 20_000;

/** The backbone, and the servers that all networks call. */
export class World {
  readonly #backbone: Backbone;
  readonly #servers: Servers;

  private constructor(backbone: Backbone, servers: Servers) {
    this.#backbone = backbone;
    this.#servers = servers;
  }

  static async start(): Promise<World> {
    const backbone = await Backbone.start();
    return new World(backbone, await Servers.create(backbone));
  }

  /** Calls the echo line from a network that is built for it and taken away after it, `calls` times. */
  async call(network: NetworkDefinition, browser: CallJob['browser'], calls = 1): Promise<readonly CallResult[]> {
    const { namespace, gateway, name, relay } = await this.#servers.get(network.gateway);
    const { client, publicHost, stop } = await startNetwork(this.#backbone, network, NETWORKS.indexOf(network));
    try {
      const results: CallResult[] = [];
      const outcomes = await callFrom(client, {
        browser,
        calls,
        pathKind: network.path.kind,
        url: `https://${name}`,
        destination: 'echo',
        chromiumArgs: this.#servers.chromiumArgs,
        timeoutMs: CALL_TIMEOUT_MS,
      });
      for (const outcome of outcomes) {
        const view = await viewOf(gateway, namespace, outcome.callId);
        const faults = faultsOf({ path: network.path, client: publicHost, relay }, outcome, view);
        results.push({ network, browser, outcome, view, faults });
      }
      return results;
    } finally {
      await stop();
    }
  }

  async stop(): Promise<void> {
    await this.#servers.stop();
    await this.#backbone.stop();
  }
}

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
