import type { ErrorCode } from '@earshot/base';
import { startGateway } from '../../harness/gateway.js';
import { COTURN } from '../../networks/addresses.js';
import { startNamespace } from '../../networks/namespace.js';
import { COMMON } from '../settings.js';
import type { Family, FaultDefinition } from '../types.js';
import type { WireGatewayKind } from '../wire.js';
import { adminWithin, launchWithin } from '../within.js';

/** Networks that leave no way to the gateway, or a bad one, from the beginning of the call. */

interface Closed {
  readonly gateway: WireGatewayKind;
  /** What the caller's router drops. */
  readonly rules: readonly string[];
  readonly side?: 'caller' | 'gateway';
  /** Sound flows all the same. */
  readonly connects?: boolean;
}

const closed = (name: string, title: string, code: ErrorCode, options: Closed): FaultDefinition => ({
  name,
  title,
  means: 'network',
  truth: { code, side: options.side ?? 'caller' },
  waitMs: 20_000,
  async run({ wire, open, defer }) {
    const net = await wire();
    const { url, admin } = await net.gateway(options.gateway);
    const browser = await net.browser();
    const caller = await open({ browser, url });
    const block = await net.block(...options.rules);
    defer(() => block.lift());
    const callId = await caller.call('music');
    if (options.connects === true) await caller.phone.reaches('connected');
    const t0 = await caller.waitsForAudio();
    return {
      admin,
      callId,
      t0,
      proof: async () => {
        const { connection, candidates } = await caller.figures();
        const dropped = options.rules.length === 0 ? undefined : await block.dropped();
        const isThere = dropped !== 0 && (options.connects === true) === (connection === 'connected');
        const what = dropped === undefined ? 'no rule' : `the router dropped ${dropped} packets`;
        return isThere ? `${what}; ${candidates} candidates, the connection is ${connection}` : undefined;
      },
    };
  },
});

/** Gateway and browser in a namespace that has nothing but its own loopback, of which browsers offer no candidate. */
const noAddress: FaultDefinition = {
  name: 'no-address',
  title: 'the machine of the browser has no network address',
  means: 'network',
  truth: { code: 'ice.no_candidates', side: 'caller' },
  waitMs: 20_000,
  async run({ open, defer }) {
    const namespace = await startNamespace('no address');
    defer(() => namespace.stop());
    const gateway = await startGateway({ ...COMMON, turn: { enabled: false } }, namespace.within);
    defer(() => gateway.stop());
    const admin = await adminWithin(namespace, Number(new URL(gateway.adminUrl).port), defer);
    const browser = await launchWithin(namespace, { microphone: 440 }, defer);
    const caller = await open({ browser, url: gateway.url });
    const callId = await caller.call('music');
    const t0 = await caller.waitsForAudio();
    return {
      admin,
      callId,
      t0,
      proof: async () => {
        const { candidates } = await caller.figures();
        return candidates === 0 ? 'the browser has no candidate' : undefined;
      },
    };
  },
};

export const reach: Family = {
  name: 'reach',
  namespaces: true,
  // They share the caller's router.
  atOnce: 1,
  faults: [
    noAddress,
    closed('udp-blocked', 'no UDP leaves the network, and there is no relay', 'ice.udp_blocked', {
      gateway: 'bare',
      rules: ['iifname lan meta l4proto udp'],
    }),
    closed('udp-blocked-relay-tcp', 'no UDP leaves the network; the relay is reached by TCP', 'ice.relay_tcp', {
      gateway: 'relay',
      rules: ['iifname lan meta l4proto udp'],
      connects: true,
    }),
    closed('needs-relay', 'UDP works, but not to the media port, and there is no relay', 'ice.nat_needs_relay', {
      gateway: 'bare',
      rules: [`iifname lan ip daddr != ${COTURN.v4} meta l4proto udp`],
    }),
    closed(
      'bad-advertised-address',
      'the gateway tells a browser on the internet a private address',
      'server.bad_advertised_address',
      {
        gateway: 'astray',
        rules: [],
        side: 'gateway',
      },
    ),
    closed('turn-silent', 'only a relay may be used, and its address swallows everything', 'turn.silent', {
      gateway: 'dead-relay',
      rules: [],
    }),
    closed('dtls-swallowed', 'the network drops every packet of the handshake', 'dtls.blackholed', {
      gateway: 'bare',
      rules: ['meta l4proto udp @th,64,8 20-63'],
    }),
    closed('dtls-large-swallowed', 'the network drops large packets of the handshake', 'dtls.mtu_drop', {
      gateway: 'bare',
      rules: ['meta l4proto udp udp length > 700 @th,64,8 20-63'],
    }),
  ],
};
