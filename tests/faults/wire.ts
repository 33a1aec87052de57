import { TestAuthority } from '../harness/certificates.js';
import type { Chromium, ChromiumOptions } from '../harness/chromium.js';
import { type Gateway, type Settings, startGateway } from '../harness/gateway.js';
import { temporaryFolder } from '../harness/process.js';
import {
  COTURN,
  DEAD,
  DEAD_RELAY_GATEWAY,
  GATEWAY,
  type Host,
  MAPPED_GATEWAY,
  NAMES,
  PLAIN_GATEWAY,
  publicHost,
} from '../networks/addresses.js';
import { Backbone, startHost, startRouter } from '../networks/backbone.js';
import { startCoturn } from '../networks/coturn.js';
import { PORTS } from '../networks/filters.js';
import type { Impairer, Rule } from '../networks/impairer.js';
import { connect } from '../networks/links.js';
import { ip, type Namespace, nft } from '../networks/namespace.js';
import { type Network, startNetwork } from '../networks/network.js';
import type { Admin } from './admin.js';
import { type SipPeer, startSipPeer } from './peer/sip-peer.js';
import { COMMON, routesTo } from './settings.js';
import { adminWithin, launchWithin } from './within.js';

/** Of the phone network. */
const PEER = { v4: '198.51.100.30' };
/** What one gateway tells clients. */
const PRIVATE_ADDRESS = '10.99.0.1';
/** Beside those of the networks' own catalogue. */
const NETWORK_INDEX = 50;
/** The network that the caller can change to: behind another router, with another public address. */
const SECOND = { router: '10.0.1.1', client: '10.0.1.2', public: publicHost(NETWORK_INDEX, 3).v4 };
/** What lines do to packets until they are told otherwise. */
const NOTHING = { delayMs: 0, lossPercent: 0 } as const;
const COTURN_SECRET = 'shared-with-the-external-relay';

export type WireGatewayKind = 'relay' | 'bare' | 'steady' | 'astray' | 'dead-relay';

const PLACES: Readonly<Record<WireGatewayKind, { readonly host: Partial<Host>; readonly name: string }>> = {
  relay: { host: GATEWAY, name: NAMES.gateway },
  bare: { host: PLAIN_GATEWAY, name: NAMES.plainGateway },
  steady: { host: GATEWAY, name: NAMES.gateway },
  astray: { host: MAPPED_GATEWAY, name: NAMES.mappedGateway },
  'dead-relay': { host: DEAD_RELAY_GATEWAY, name: NAMES.deadRelayGateway },
};

/** A server that only tells browsers their address needs no credentials, but the configuration wants some. */
const STUN = {
  urls: [`stun:${COTURN.v4}:${PORTS.turn}`],
  username: 'nobody',
  credential: 'nothing',
  healthCheck: false,
};
const DEAD_RELAY = { urls: [`turn:${DEAD.v4}:${PORTS.turn}?transport=udp`], secret: COTURN_SECRET, healthCheck: false };

/** A way out of the caller's machine. What has its address goes by it, and by no other. */
interface Uplink {
  readonly device: string;
  readonly address: string;
  readonly router: string;
  readonly table: number;
}

const UPLINKS: readonly [Uplink, Uplink] = [
  { device: 'wan', address: '10.0.0.2', router: '10.0.0.1', table: 101 },
  { device: 'wan2', address: SECOND.client, router: SECOND.router, table: 102 },
];

export interface WireGateway {
  readonly gateway: Gateway;
  readonly url: string;
  readonly admin: Admin;
}

/** Rules of nft that were put into a router. */
export interface Block {
  /** Packets that they dropped so far. */
  dropped(): Promise<number>;
  lift(): Promise<void>;
}

/**
 * A caller behind a home router, a gateway on a public address and a phone network, each in a namespace of its own. Both
 * the caller's line and that of the phone network pass through an impairer, and the router takes rules while calls run.
 *
 *   browser --lan-- router (NAT) ==impairer== backbone -- gateway
 *                                                 \====impairer== SIP peer
 */
export class Wire {
  readonly peer: SipPeer;
  readonly router: Namespace;
  readonly #secondRouter: Namespace;
  readonly #backbone: Backbone;
  readonly #network: Network;
  readonly #lines: readonly [Impairer, Impairer];
  readonly #phoneLine: Impairer;
  readonly #authority: TestAuthority;
  readonly #closers: (() => unknown)[];
  readonly #gateways = new Map<WireGatewayKind, Promise<WireGateway>>();
  #browser: Promise<Chromium> | undefined;
  #tables = 0;

  private constructor(parts: {
    readonly peer: SipPeer;
    readonly backbone: Backbone;
    readonly network: Network;
    readonly lines: readonly [Impairer, Impairer];
    readonly phoneLine: Impairer;
    readonly router: Namespace;
    readonly secondRouter: Namespace;
    readonly authority: TestAuthority;
    readonly closers: (() => unknown)[];
  }) {
    this.peer = parts.peer;
    this.router = parts.router;
    this.#secondRouter = parts.secondRouter;
    this.#backbone = parts.backbone;
    this.#network = parts.network;
    this.#lines = parts.lines;
    this.#phoneLine = parts.phoneLine;
    this.#authority = parts.authority;
    this.#closers = parts.closers;
  }

  static async start(): Promise<Wire> {
    const closers: (() => unknown)[] = [];
    try {
      const backbone = await Backbone.start();
      closers.push(() => backbone.stop());
      const shape = {
        family: 4,
        routers: [{ nat: 'restricted', uplink: { impairment: { ...NOTHING, seed: 11 } } }],
      } as const;
      const network = await startNetwork(backbone, shape, NETWORK_INDEX);
      closers.push(() => network.stop());
      const second = await addSecond(backbone, network.client, (undo) => closers.push(undo));
      const phones = await startHost('phone network');
      closers.push(() => phones.stop());
      const phoneLine = await backbone.attach(phones, PEER, { impairment: { ...NOTHING, seed: 12 } });
      const peer = await startSipPeer(PEER.v4, phones.within);
      closers.push(() => peer.stop());
      const [line] = network.impairers;
      const [router] = network.routers;
      if (line === undefined || second.line === undefined || phoneLine === undefined || router === undefined) {
        throw new Error('there is no router');
      }
      const authority = await TestAuthority.create();
      const lines = [line, second.line] as const;
      return new Wire({
        ...{ peer, backbone, network, lines, phoneLine, router, authority, closers },
        secondRouter: second.router,
      });
    } catch (error) {
      for (const close of closers.reverse()) await close();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  /** The browser that entries share. */
  browser(): Promise<Chromium> {
    this.#browser ??= this.launch({ microphone: 440 });
    return this.#browser;
  }

  /** A browser of the caller's network. */
  launch(options: ChromiumOptions): Promise<Chromium> {
    const args = [...this.#authority.chromiumArgs, ...(options.args ?? [])];
    return launchWithin(this.#network.client, { ...options, args }, (undo) => this.#closers.push(undo));
  }

  /**
   *   relay:  as installed, with the embedded relay
   *   bare:   no relay; a STUN server elsewhere
   *   steady: as `bare`, and nothing follows its path (`calls.adapt`); it stands where `relay` would
   *   astray: as `bare`, and it tells browsers a private address
   *   dead-relay: browsers are to use a relay, and it swallows everything
   *
   * `calls`: settings of that name, for the one that starts it.
   */
  gateway(kind: WireGatewayKind, calls: object = {}): Promise<WireGateway> {
    const running = this.#gateways.get(kind) ?? this.#startGateway(kind, calls);
    this.#gateways.set(kind, running);
    return running;
  }

  /** The caller's machine loses one network and gets the other, as from Wi-Fi to cellular; and back. */
  async moveCaller(): Promise<void> {
    await ip(this.#network.client, [...withdraw(this.#uplink), ...offer(this.#spare)]);
    this.#uplinks = [this.#spare, this.#uplink];
  }

  /** The caller's machine gets the other network as well, and prefers it from now on. */
  async addNetwork(): Promise<void> {
    await ip(this.#network.client, offer(this.#spare));
    this.#uplinks = [this.#spare, this.#uplink];
  }

  /** It loses the one that it had before `addNetwork`. */
  async dropNetwork(): Promise<void> {
    await ip(this.#network.client, withdraw(this.#spare));
  }

  /** Of the network that is in use. */
  get #router(): Namespace {
    return this.#uplink.device === 'wan' ? this.router : this.#secondRouter;
  }

  /** The first is the preferred one. */
  #uplinks = UPLINKS;
  get #uplink(): Uplink {
    return this.#uplinks[0];
  }
  get #spare(): Uplink {
    return this.#uplinks[1];
  }

  /** What the caller's lines do to packets from now on: `out` is from the browser. Counted of the first of them. */
  async impair(out: Rule, back: Rule): ReturnType<Impairer['change']> {
    const [first] = await Promise.all(this.#lines.map((line) => line.change({ out, back })));
    if (first === undefined) throw new Error('there is no line');
    return first;
  }

  /** The caller's routers give UDP other ports from now on: `mask` is of the bits that differ from the usual ones. */
  async renumber(mask: number): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.change({ ports: mask })));
  }

  /**
   * Cuts the connections by TCP that the caller has with gateways now; new ones pass. `reset`: either side is told so with
   * its next packet. `swallow`: nobody is.
   */
  async cutSockets(how: 'reset' | 'swallow'): Promise<Block> {
    const listed = await this.#network.client.run('ss', ['-Htn', 'state', 'established', `dport = :${PORTS.https}`]);
    const ports = [...listed.matchAll(/:(\d+)\s+\S+:443\b/g)].map(([, port]) => port).join(', ');
    if (ports === '') throw new Error('the caller has no connection to cut');
    const verdict = how === 'reset' ? 'counter reject with tcp reset' : 'counter drop';
    return await this.#refuse(this.#router, [`tcp sport { ${ports} } ${verdict}`, `tcp dport { ${ports} } ${verdict}`]);
  }

  /** The same of the phone network's line: `out` is from the SIP peer. */
  impairPhones(out: Rule, back: Rule): ReturnType<Impairer['change']> {
    return this.#phoneLine.change({ out, back });
  }

  /** Drops what `rules` match (nft expressions) on its way through the caller's router, until it is lifted. */
  async block(...rules: readonly string[]): Promise<Block> {
    return await this.#refuse(
      this.router,
      rules.map((rule) => `${rule} counter drop`),
    );
  }

  async #refuse(router: Namespace, rules: readonly string[]): Promise<Block> {
    this.#tables += 1;
    const table = `fault${this.#tables}`;
    const chain = `type filter hook forward priority filter; policy accept\n    ${rules.join('\n    ')}`;
    await nft(router, `table inet ${table} {\n  chain forward {\n    ${chain}\n  }\n}\n`);
    return {
      dropped: async () => {
        const listed = await router.run('nft', ['list', 'table', 'inet', table]);
        return [...listed.matchAll(/counter packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
      },
      lift: () => nft(router, `delete table inet ${table}\n`),
    };
  }

  async #startGateway(kind: WireGatewayKind, calls: object): Promise<WireGateway> {
    const { host, name } = PLACES[kind];
    if (kind === 'bare' || kind === 'steady' || kind === 'astray') await this.#startStun();
    const turn = kind === 'relay' ? {} : { enabled: false, servers: [kind === 'dead-relay' ? DEAD_RELAY : STUN] };
    const advertised = { advertisedAddresses: [{ local: host.v4, public: PRIVATE_ADDRESS }] };
    const media = { astray: advertised, 'dead-relay': { icePolicy: 'relay' }, relay: {}, bare: {}, steady: {} }[kind];
    const adapt = kind === 'steady' ? { adapt: false } : {};
    return await this.#launchGateway(host, name, turn, media, { ...adapt, ...calls });
  }

  async #startStun(): Promise<void> {
    this.#stun ??= (async () => {
      const namespace = await this.#startHost('coturn', COTURN);
      const coturn = await startCoturn(namespace, COTURN_SECRET);
      this.#closers.push(() => coturn.stop());
    })();
    await this.#stun;
  }
  #stun: Promise<void> | undefined;

  async #launchGateway(
    host: Partial<Host>,
    name: string,
    turn: object,
    media: object,
    calls: object,
  ): Promise<WireGateway> {
    const namespace = await this.#startHost(`gateway ${name}`, host);
    const folder = temporaryFolder('wire-gateway');
    this.#closers.push(() => folder.remove());
    const certificate = await this.#authority.issueFiles(folder.path, { names: [name] });
    const settings: Readonly<Record<string, Settings>> = {
      ...COMMON,
      ...routesTo(this.peer),
      calls: { ...COMMON.calls, ...calls },
      http: { port: 8080, tls: { port: PORTS.https, ...certificate } },
      media: { port: PORTS.media, workers: 1, ...media },
      admin: { port: PORTS.admin },
      turn: { port: PORTS.turn, tlsPort: PORTS.turnTls, ...turn },
    };
    const gateway = await startGateway(settings, namespace.within);
    this.#closers.push(() => gateway.stop());
    const admin = await adminWithin(namespace, PORTS.admin, (undo) => this.#closers.push(undo));
    return { gateway, url: `https://${name}`, admin };
  }

  async #startHost(label: string, host: Partial<Host>): Promise<Namespace> {
    const namespace = await startHost(label);
    this.#closers.push(() => namespace.stop());
    await this.#backbone.attach(namespace, host);
    return namespace;
  }
}

/** The link itself is up all the time: the kernel may take a second to notice that one has come up. */
const offer = ({ device, address, router, table }: Uplink): readonly string[] => [
  `address replace ${address}/24 dev ${device}`,
  `route replace default via ${router} dev ${device} table ${table}`,
  `route replace default via ${router} dev ${device}`,
];

/** As when a network is gone: what was under way is lost, and its address goes with it. */
const withdraw = ({ device, address }: Uplink): readonly string[] => [
  `link set ${device} down`,
  `address delete ${address}/24 dev ${device}`,
  `link set ${device} up`,
];

/**
 * A second router between the caller's machine and the backbone, which is not used before the caller moves. Gives it and
 * the process of its line.
 */
async function addSecond(
  backbone: Backbone,
  client: Namespace,
  defer: (undo: () => unknown) => void,
): Promise<{ readonly router: Namespace; readonly line: Impairer | undefined }> {
  const router = await startRouter('second router');
  defer(() => router.stop());
  const line = await backbone.attach(router, { v4: SECOND.public }, { impairment: { ...NOTHING, seed: 13 } });
  defer(() => line?.stop());
  await connect({ namespace: client, device: 'wan2' }, { namespace: router, device: 'lan' });
  await ip(router, [`address add ${SECOND.router}/24 dev lan`]);
  const [first] = UPLINKS;
  await ip(client, [
    ...UPLINKS.flatMap(({ address, table }) => [
      `rule add from ${address} lookup ${table}`,
      `route add unreachable default metric 1000 table ${table}`,
    ]),
    ...offer(first),
  ]);
  await nft(
    router,
    'table ip nat {\n chain postrouting {\n  type nat hook postrouting priority srcnat; policy accept\n  oifname wan masquerade\n }\n}\n',
  );
  return { router, line };
}
