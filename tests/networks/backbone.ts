import { DEAD, type Host, nextHop } from './addresses.js';
import type { Impairer } from './impairer.js';
import { connect, type End, type LinkOptions } from './links.js';
import { ip, type Namespace, startNamespace, sysctl } from './namespace.js';

/** Ours alone decide what passes: no reverse path filter, no router advertisements, no waiting for unused addresses. */
const QUIET = {
  'ipv4/conf/all/rp_filter': 0,
  'ipv4/conf/default/rp_filter': 0,
  'ipv6/conf/all/accept_ra': 0,
  'ipv6/conf/default/accept_ra': 0,
  'ipv6/conf/all/accept_dad': 0,
  'ipv6/conf/default/accept_dad': 0,
} as const;

const FORWARDING = { 'ipv4/ip_forward': 1, 'ipv6/conf/all/forwarding': 1 } as const;

export async function startHost(label: string): Promise<Namespace> {
  const namespace = await startNamespace(label);
  await sysctl(namespace, QUIET);
  return namespace;
}

export async function startRouter(label: string): Promise<Namespace> {
  const namespace = await startHost(label);
  await sysctl(namespace, FORWARDING);
  return namespace;
}

/** The router in the middle of everything. It forwards, and answers for nobody. */
export class Backbone {
  readonly namespace: Namespace;
  #links = 0;

  private constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  static async start(): Promise<Backbone> {
    const backbone = new Backbone(await startRouter('backbone'));
    await ip(backbone.namespace, [`route add blackhole ${DEAD.v4}`, `route add blackhole ${DEAD.v6}`]);
    return backbone;
  }

  /** Attaches a namespace by a device "wan". Its own address is `first`; packets for `behind` go there as well. */
  async attach(
    namespace: Namespace,
    first: Partial<Host>,
    options: LinkOptions = {},
    behind: readonly Partial<Host>[] = [],
  ): Promise<Impairer | undefined> {
    this.#links += 1;
    const device = `link${this.#links}`;
    const impairer = await connect({ namespace, device: 'wan' }, { namespace: this.namespace, device }, options);
    await joinOutward({ namespace, first }, { namespace: this.namespace, device, position: 0 }, behind);
    return impairer;
  }

  stop(): Promise<void> {
    return this.namespace.stop();
  }
}

/** The end of a link that leads to the world: 0 is the backbone's position, routers count from 1. */
export interface OuterEnd extends End {
  readonly position: number;
}

/**
 * Gives "wan" of an inner namespace its address and default routes, and the outer end of the link the address of a next
 * hop and the routes back. Addresses are unnumbered (/32, /128), so that none is spent on links.
 */
export async function joinOutward(
  { namespace, first }: { readonly namespace: Namespace; readonly first: Partial<Host> },
  { namespace: outer, device, position }: OuterEnd,
  behind: readonly Partial<Host>[],
): Promise<void> {
  const hop = nextHop(position);
  const v4 = first.v4 !== undefined;
  const v6 = first.v6 !== undefined;
  await ip(outer, [
    ...(v4 ? [`address add ${hop.v4}/32 dev ${device}`, `route add ${first.v4} dev ${device}`] : []),
    ...(v6 ? [`address add ${hop.v6}/64 dev ${device} nodad`, `route add ${first.v6} dev ${device}`] : []),
    ...behind.flatMap((host) => [
      ...(v4 && host.v4 !== undefined ? [`route add ${host.v4} via ${first.v4} dev ${device} onlink`] : []),
      ...(v6 && host.v6 !== undefined ? [`route add ${host.v6} via ${first.v6} dev ${device} onlink`] : []),
    ]),
  ]);
  await ip(namespace, [
    ...(v4 ? [`address add ${first.v4}/32 dev wan`, `route add default via ${hop.v4} dev wan onlink`] : []),
    ...(v6 ? [`address add ${first.v6}/128 dev wan nodad`, `route add ::/0 via ${hop.v6} dev wan onlink`] : []),
  ]);
}
