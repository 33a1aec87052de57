import { TestAuthority } from '../harness/certificates.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { temporaryFolder } from '../harness/process.js';
import { COTURN, GATEWAY, type Host, MAPPED_GATEWAY, NAMES, PLAIN_GATEWAY } from './addresses.js';
import { type Backbone, startHost, startRouter } from './backbone.js';
import { startCoturn } from './coturn.js';
import { PORTS } from './filters.js';
import { connect } from './links.js';
import { ip, type Namespace, nft } from './namespace.js';

/**
 * The gateways that there are to call:
 *   embedded: on a public address, with a relay of its own
 *   external: hands out the relays of others, the first of them dead
 *   mapped:   as `embedded`, behind 1:1 NAT, which does not lead back from inside
 */
export type ServerKind = 'embedded' | 'external' | 'mapped';

export interface Server {
  readonly namespace: Namespace;
  readonly gateway: Gateway;
  readonly name: string;
  /** From where its media workers see relayed media come. */
  readonly relay: { readonly addresses: readonly string[]; readonly isEmbedded: boolean };
}

const EXTERNAL_SECRET = 'shared-with-the-external-relays';

/** Behind 1:1 NAT: the gateway's own address, and the router's. */
const INSIDE = { gateway: '10.8.0.10', router: '10.8.0.1' };

const ONE_TO_ONE = `
table ip nat {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept
    iifname wan dnat to ${INSIDE.gateway}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept
    oifname wan snat to ${MAPPED_GATEWAY.v4}
  }
}
`;

/** Servers on their usual ports, each in a namespace of its own, started by whoever asks first. */
export class Servers {
  readonly #backbone: Backbone;
  readonly #authority: TestAuthority;
  readonly #closers: (() => unknown)[] = [];
  readonly #running = new Map<ServerKind, Promise<Server>>();

  private constructor(backbone: Backbone, authority: TestAuthority) {
    this.#backbone = backbone;
    this.#authority = authority;
  }

  static async create(backbone: Backbone): Promise<Servers> {
    return new Servers(backbone, await TestAuthority.create());
  }

  /** Makes Chromium accept their certificates. */
  get chromiumArgs(): readonly string[] {
    return this.#authority.chromiumArgs;
  }

  get(kind: ServerKind): Promise<Server> {
    const running = this.#running.get(kind) ?? this.#start(kind);
    this.#running.set(kind, running);
    return running;
  }

  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  #start(kind: ServerKind): Promise<Server> {
    if (kind === 'embedded') return this.#startEmbedded();
    return kind === 'mapped' ? this.#startMapped() : this.#startExternal();
  }

  async #startEmbedded(): Promise<Server> {
    const namespace = await this.#startHost('gateway', GATEWAY);
    const gateway = await this.#startGateway(namespace, NAMES.gateway);
    const relay = { addresses: [GATEWAY.v4, GATEWAY.v6], isEmbedded: true };
    return { namespace, gateway, name: NAMES.gateway, relay };
  }

  async #startMapped(): Promise<Server> {
    const router = await startRouter('router of the gateway');
    this.#closers.push(() => router.stop());
    await this.#backbone.attach(router, MAPPED_GATEWAY);
    const namespace = await startHost('gateway behind 1:1 NAT');
    this.#closers.push(() => namespace.stop());
    await connect({ namespace, device: 'wan' }, { namespace: router, device: 'lan' });
    await ip(router, [`address add ${INSIDE.router}/24 dev lan`]);
    await ip(namespace, [`address add ${INSIDE.gateway}/24 dev wan`, `route add default via ${INSIDE.router} dev wan`]);
    await nft(router, ONE_TO_ONE);
    const gateway = await this.#startGateway(namespace, NAMES.mappedGateway, {
      media: { advertisedAddresses: [{ local: INSIDE.gateway, public: MAPPED_GATEWAY.v4 }] },
    });
    return { namespace, gateway, name: NAMES.mappedGateway, relay: { addresses: [INSIDE.gateway], isEmbedded: true } };
  }

  /** It does not know that the relay it prefers is dead, since it does not ask. */
  async #startExternal(): Promise<Server> {
    const relays = await this.#startHost('coturn', COTURN);
    const coturn = await startCoturn(relays, EXTERNAL_SECRET);
    this.#closers.push(() => coturn.stop());
    const relay = (name: string, ...transports: readonly string[]) => ({
      urls: transports.map((transport) => `turn:${name}:${PORTS.turn}?transport=${transport}`),
      secret: EXTERNAL_SECRET,
      healthCheck: false,
    });
    const namespace = await this.#startHost('gateway without a relay', PLAIN_GATEWAY);
    const gateway = await this.#startGateway(namespace, NAMES.plainGateway, {
      turn: { enabled: false, servers: [relay(NAMES.dead, 'udp', 'tcp'), relay(NAMES.coturn, 'udp')] },
    });
    return { namespace, gateway, name: NAMES.plainGateway, relay: { addresses: [COTURN.v4], isEmbedded: false } };
  }

  async #startGateway(
    namespace: Namespace,
    name: string,
    settings: { readonly media?: object; readonly turn?: object } = {},
  ): Promise<Gateway> {
    const folder = temporaryFolder('certificate');
    this.#closers.push(() => folder.remove());
    const certificate = await this.#authority.issueFiles(folder.path, { names: [name] });
    const gateway = await startGateway(
      {
        http: { port: 8080, tls: { port: PORTS.https, ...certificate } },
        media: { port: PORTS.media, workers: 1, ...settings.media },
        admin: { port: PORTS.admin },
        turn: { port: PORTS.turn, tlsPort: PORTS.turnTls, ...settings.turn },
      },
      namespace.within,
    );
    this.#closers.push(() => gateway.stop());
    return gateway;
  }

  async #startHost(label: string, host: Partial<Host>): Promise<Namespace> {
    const namespace = await startHost(label);
    this.#closers.push(() => namespace.stop());
    await this.#backbone.attach(namespace, host);
    return namespace;
  }
}
