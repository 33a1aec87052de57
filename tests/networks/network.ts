import { HOSTS, type Host, publicHost } from './addresses.js';
import { type Backbone, joinOutward, startHost, startRouter } from './backbone.js';
import type { Impairer } from './impairer.js';
import { connect, type LinkOptions } from './links.js';
import { startNames } from './names.js';
import { ip, type Namespace, nft } from './namespace.js';

/**
 * How a router shares its one address:
 *   restricted: a source keeps its port towards every destination; only addresses and ports it wrote to may answer
 *   symmetric:  every destination sees another port
 */
export type Nat = 'restricted' | 'symmetric';

export interface RouterShape {
  readonly nat?: Nat;
  /** Rules of the chain that forwards; see filters.ts. */
  readonly forward?: string;
  /** Rules for packets of the router's own, such as ICMP errors. */
  readonly output?: string;
  /** Of the link away from the client. */
  readonly uplink?: LinkOptions;
}

export interface NetworkShape {
  readonly family: 4 | 6 | 'both';
  /** From the client's side outward. */
  readonly routers: readonly RouterShape[];
}

export interface Network {
  readonly client: Namespace;
  readonly routers: readonly Namespace[];
  /** The client's own addresses, and what the world sees. */
  readonly host: Partial<Host>;
  readonly publicHost: Partial<Host>;
  /** Of the links that are impaired, from the client's side outward. */
  readonly impairers: readonly Impairer[];
  stop(): Promise<void>;
}

/** What comes to a translating router unasked is for the router itself, and nobody listens there. */
const ruleset = ({ nat, forward = '', output = '' }: RouterShape): string => `
table inet router {
  chain forward {
    type filter hook forward priority filter; policy accept
    ${forward}
  }
  chain output {
    type filter hook output priority filter; policy accept
    ${output}
  }
}
${nat === undefined ? '' : masquerade(nat)}
`;

const masquerade = (nat: Nat): string => `
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept
    oifname wan masquerade ${nat === 'symmetric' ? 'fully-random' : ''}
  }
}
`;

/** Private addresses of the link that leads outward from node `index`: 0 is the client. */
const privateLink = (index: number) =>
  index === 0 ? { inner: '10.0.0.2', outer: '10.0.0.1' } : { inner: '100.64.0.2', outer: '100.64.0.1' };

interface Node {
  readonly namespace: Namespace;
  /** Of its device "wan". */
  readonly host: Partial<Host>;
  readonly isPublic: boolean;
}

/** Builds a network of its own behind the backbone. `index` tells networks apart that exist at the same time. */
export async function startNetwork(backbone: Backbone, shape: NetworkShape, index: number): Promise<Network> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const nodes = await startNodes(shape, index, (namespace) => closers.push(() => namespace.stop()));
    const impairers = await joinNodes(backbone, shape, nodes);
    for (const impairer of impairers) closers.push(() => impairer.stop());
    for (const [position, router] of shape.routers.entries()) {
      const node = nodes[position + 1];
      if (node !== undefined) await nft(node.namespace, ruleset(router));
    }
    const [client, ...routers] = nodes;
    const outermost = nodes.find(({ isPublic }) => isPublic);
    if (client === undefined || outermost === undefined) throw new Error('a network has a client and a public address');
    const names = await startNames(client.namespace, HOSTS);
    closers.push(() => names.stop());
    return {
      client: client.namespace,
      routers: routers.map(({ namespace }) => namespace),
      host: client.host,
      publicHost: outermost.host,
      impairers,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const hostOf = (family: NetworkShape['family'], v4: string, v6: string): Partial<Host> => {
  if (family === 'both') return { v4, v6 };
  return family === 4 ? { v4 } : { v6 };
};

async function startNodes(
  { family, routers }: NetworkShape,
  index: number,
  started: (namespace: Namespace) => void,
): Promise<readonly Node[]> {
  const nodes: Node[] = [];
  for (let position = 0; position <= routers.length; position += 1) {
    const namespace = await (position === 0 ? startHost('client') : startRouter(`router ${position}`));
    started(namespace);
    const isPublic = !routers.slice(position).some(({ nat }) => nat !== undefined);
    const { v4, v6 } = publicHost(index, position);
    // There is no NAT for IPv6.
    const host = isPublic ? hostOf(family, v4, v6) : { v4: privateLink(position).inner };
    nodes.push({ namespace, isPublic, host });
  }
  return nodes;
}

/** Links every node with the next one outward, the last with the backbone. Gives the processes of impaired links. */
async function joinNodes(
  backbone: Backbone,
  { routers }: NetworkShape,
  nodes: readonly Node[],
): Promise<readonly Impairer[]> {
  const impairers: Impairer[] = [];
  for (const [position, node] of nodes.entries()) {
    // The client's own link is its LAN; a router's is its uplink.
    const options = position === 0 ? {} : (routers[position - 1]?.uplink ?? {});
    const outer = nodes[position + 1];
    // Public addresses further inside are reached through this node.
    const behind = nodes.slice(0, position).filter(({ isPublic }) => isPublic);
    const hosts = behind.map(({ host }) => host);
    if (outer === undefined) {
      const impairer = await backbone.attach(node.namespace, node.host, options, hosts);
      if (impairer !== undefined) impairers.push(impairer);
      continue;
    }
    const ends = [
      { namespace: node.namespace, device: 'wan' },
      { namespace: outer.namespace, device: 'lan' },
    ] as const;
    const impairer = await connect(...ends, options);
    if (impairer !== undefined) impairers.push(impairer);
    if (node.isPublic)
      await joinOutward({ namespace: node.namespace, first: node.host }, { ...ends[1], position: position + 1 }, hosts);
    else await joinPrivately(node.namespace, outer.namespace, position);
  }
  return impairers;
}

async function joinPrivately(inner: Namespace, outer: Namespace, position: number): Promise<void> {
  const link = privateLink(position);
  await ip(outer, [`address add ${link.outer}/24 dev lan`]);
  await ip(inner, [`address add ${link.inner}/24 dev wan`, `route add default via ${link.outer} dev wan`]);
}
