import { fault } from '@earshot/base';
import type { IceSettings } from '@earshot/signaling';
import { describe, expect, it } from 'vitest';
import type { Call } from './call.js';
import type { MediaPath } from './media/stats.js';
import { Phone, type PhoneOptions } from './phone.js';
import { FakeBrowser } from './testing/fake-browser.js';
import { FakeGateway } from './testing/fake-gateway.js';
import type { FakePeer } from './testing/fake-media.js';

const UDP = 'turn:relay.example.com:3478?transport=udp';
const TLS = 'turns:relay.example.com:443?transport=tcp';

/** Settings of the session, with credentials that say their turn. */
const ice = (turn: number, more: Partial<IceSettings> = {}): IceSettings => ({
  servers: [{ urls: [UDP, TLS], username: `user-${turn}`, credential: 'secret' }],
  policy: 'auto',
  policies: [],
  expiresInMs: 3_600_000,
  ...more,
});

interface Scene {
  readonly browser: FakeBrowser;
  readonly gateway: FakeGateway;
  readonly phone: Phone;
}

async function scene(settings: IceSettings = ice(1), options: Partial<PhoneOptions> = {}): Promise<Scene> {
  const browser = new FakeBrowser();
  const gateway = new FakeGateway(browser);
  gateway.ice = settings;
  const phone = new Phone({ url: 'wss://example.test/earshot', token: 'token', ...options }, browser);
  const connected = phone.connect();
  await browser.run(10);
  await connected;
  return { browser, gateway, phone };
}

interface CallScene extends Scene {
  readonly call: Call;
  readonly peer: FakePeer;
}

async function called(given: Scene, to = 'echo'): Promise<CallScene> {
  const { browser, phone } = given;
  const call = phone.call(to);
  await browser.run(10);
  const peer = browser.peers.at(-1);
  if (peer === undefined) throw new Error('no peer connection');
  return { ...given, call, peer };
}

async function answer({ browser, gateway, call }: CallScene): Promise<void> {
  gateway.say({ type: 'call.answer', callId: call.id, sdp: 'answer' });
  await browser.run(10);
}

/** Has audio flow both ways for `duration` ms. */
async function talk({ browser, peer }: CallScene, duration: number): Promise<void> {
  for (let passed = 0; passed < duration; passed += 100) {
    peer.bytesReceived += 800;
    peer.packetsSent += 5;
    await browser.run(100);
  }
}

/** Has time pass in which the gateway answers every restart, and none helps. */
async function struggle({ browser, gateway, call, peer }: CallScene, duration: number): Promise<void> {
  for (let passed = 0; passed < duration; passed += 100) {
    if (peer.signalingState === 'have-local-offer')
      gateway.say({ type: 'call.description', callId: call.id, kind: 'answer', sdp: 'answer' });
    await browser.run(100);
  }
}

async function connected(given: Scene, to = 'echo'): Promise<CallScene> {
  const calling = await called(given, to);
  await answer(calling);
  calling.peer.become('connected');
  given.gateway.say({ type: 'call.state', callId: calling.call.id, state: 'connected', at: 1 });
  await talk(calling, 500);
  return calling;
}

const relayed = { candidateType: 'relay', protocol: 'udp', relayProtocol: 'udp', address: '192.0.2.7', url: UDP };

/** What the gateway was told of attempts: policy and reason. */
const attempts = ({ gateway }: Scene): readonly string[] =>
  gateway
    .sent('call.evidence')
    .flatMap(({ events }) => events.flatMap((event) => (event.type === 'ice.attempt' ? [event] : [])))
    .map(({ policy, reason }) => `${policy}, ${reason}`);

const usernames = (peer: FakePeer): unknown => peer.configuration.iceServers?.map(({ username }) => username);

describe('the policy of a call', () => {
  it.each([
    ['+4930123', 'relay'],
    ['echo', 'all'],
  ])('is that of its destination: %s', async (to, policy) => {
    const settings = ice(1, { policies: [{ match: '+49*', policy: 'relay' }] });
    const { peer } = await called(await scene(settings), to);
    expect(peer.configuration).toMatchObject({ iceTransportPolicy: policy, iceServers: [{ urls: [UDP, TLS] }] });
  });

  it('is that of the session for a call that comes in', async () => {
    const settings = ice(1, { policy: 'relay', policies: [{ match: '*', policy: 'all' }] });
    const { browser, gateway, phone } = await scene(settings);
    phone.on('incoming', (call) => call.accept());
    gateway.say({ type: 'call.incoming', callId: 'ab'.repeat(16), from: { uri: '+49301' }, sdp: 'offer' });
    await browser.run(10);
    expect(browser.peers[0]?.configuration.iceTransportPolicy).toBe('relay');
  });

  it('gives way to the one that the page asks for', async () => {
    const { peer } = await called(await scene(ice(1), { icePolicy: 'relay' }));
    expect(peer.configuration.iceTransportPolicy).toBe('relay');
  });
});

describe('auto', () => {
  it('goes through relays alone after two restarts in vain, and by every path after they worked', async () => {
    const calling = await connected(await scene());
    const { browser, peer } = calling;
    peer.become('failed');
    await struggle(calling, 11_000);
    expect(peer.configuration.iceTransportPolicy).toBe('relay');
    peer.local = relayed;
    peer.become('connected');
    await talk(calling, 1_000);
    expect(calling.call.path?.via).toBe('relay');
    expect(calling.gateway.sent('call.description').map(({ abandons }) => abandons)).toEqual([
      undefined,
      undefined,
      true,
    ]);
    peer.become('failed');
    await browser.run(2_000);
    expect(peer.configuration.iceTransportPolicy).toBe('all');
    expect(attempts(calling)).toEqual([
      'all, start',
      'all, media-lost',
      'all, media-lost',
      'relay, relay-only',
      'all, media-lost',
    ]);
  });

  it('does so for a first path that does not come up', async () => {
    const calling = await called(await scene());
    await answer(calling);
    calling.peer.become('connecting');
    await struggle(calling, 20_000);
    expect(attempts(calling)).toEqual(['all, start', 'all, media-lost', 'all, media-lost', 'relay, relay-only']);
  });

  it('does so for one that answers checks but carries nothing, and says that audio is lost', async () => {
    const calling = await connected(await scene());
    const { browser, gateway, call, peer } = calling;
    const counts = { packetsReceived: 0, packetsSent: 0, packetsLost: 0, jitterMs: 0 };
    const report = (near: typeof counts): void =>
      gateway.say({ type: 'call.stats', callId: call.id, near, far: counts });
    for (let second = 1; second <= 5; second += 1) {
      report({ ...counts, packetsReceived: 50 * second, packetsSent: 50 * second });
      await browser.run(1_000);
    }
    expect(call.state).toBe('reconnecting');
    await struggle(calling, 12_000);
    expect(peer.configuration.iceTransportPolicy).toBe('relay');
  });

  it('uses every path again on another network', async () => {
    const calling = await connected(await scene());
    const { browser, peer } = calling;
    peer.become('failed');
    await struggle(calling, 11_000);
    expect(peer.configuration.iceTransportPolicy).toBe('relay');
    browser.wake(true);
    await struggle(calling, 10_000);
    expect(peer.configuration.iceTransportPolicy).toBe('all');
  });

  it('never does so without relays', async () => {
    const calling = await connected(await scene(ice(1, { servers: [] })));
    calling.peer.become('failed');
    await struggle(calling, 30_000);
    expect(new Set(attempts(calling))).toEqual(new Set(['all, start', 'all, media-lost']));
  });
});

describe('fresh credentials', () => {
  it('serve a call whose microphone is granted only after they came', async () => {
    const { browser, gateway, phone } = await scene();
    const grant = browser.microphone;
    browser.microphone = async (constraints) => {
      await new Promise<void>((resolve) => browser.after(60_000, resolve));
      return grant(constraints);
    };
    phone.call('echo');
    await browser.run(10_000);
    gateway.say({ type: 'session.ice', ice: ice(2) });
    await browser.run(60_000);
    expect(browser.peers[0] && usernames(browser.peers[0])).toEqual(['user-2']);
  });

  it('serve the next gathering, and disturb no call that needs none', async () => {
    const calling = await connected(await scene());
    const { browser, gateway, call, peer } = calling;
    gateway.say({ type: 'session.ice', ice: ice(2), replaces: true });
    await browser.run(2_000);
    expect(usernames(peer)).toEqual(['user-2']);
    expect(gateway.sent('call.description')).toEqual([]);
    await call.restartIce();
    expect(peer.log.slice(-2)).toEqual(['configuration all', 'local restart 2']);
    const later = await called(calling, 'music');
    expect(usernames(later.peer)).toEqual(['user-2']);
  });

  it('move a relayed call before the old ones expire, by the kind of path that works', async () => {
    const calling = await connected(await scene());
    const { gateway, peer } = calling;
    peer.become('failed');
    await struggle(calling, 11_000);
    peer.local = relayed;
    peer.become('connected');
    await talk(calling, 1_000);
    gateway.say({ type: 'session.ice', ice: ice(2) });
    await talk(calling, 40 * 60_000);
    expect(attempts(calling).at(-1)).toBe('relay, relay-only');
    await talk(calling, 6 * 60_000);
    expect(attempts(calling).at(-1)).toBe('relay, credentials');
    expect(peer.log.slice(-2)).toEqual(['configuration relay', 'local restart 5']);
    expect(usernames(peer)).toEqual(['user-2']);
  }, 60_000);

  it('move a relayed call at once when the old ones are refused, and once the offer that is out is answered', async () => {
    const calling = await connected(await scene());
    const { browser, gateway, call, peer } = calling;
    peer.local = relayed;
    await talk(calling, 500);
    await call.restartIce();
    gateway.say({ type: 'session.ice', ice: ice(2), replaces: true });
    await talk(calling, 2_000);
    expect(gateway.sent('call.description')).toHaveLength(1);
    gateway.say({ type: 'call.description', callId: call.id, kind: 'answer', sdp: 'answer' });
    await talk(calling, 600);
    expect(gateway.sent('call.description')).toHaveLength(2);
    expect(usernames(peer)).toEqual(['user-2']);
    gateway.say({ type: 'call.description', callId: call.id, kind: 'answer', sdp: 'answer' });
    await talk(calling, 10_000);
    expect(gateway.sent('call.description')).toHaveLength(2);
    await browser.run(1_000);
    expect(attempts(calling).slice(1)).toEqual(['all, asked', 'all, credentials']);
  });
});

it('does not hurry the signaling connection again and again while a restart waits for it', async () => {
  const calling = await connected(await scene());
  const { browser, gateway, peer } = calling;
  gateway.reachable = false;
  gateway.cut();
  const dialled = gateway.dials;
  peer.become('failed');
  await browser.run(20_000);
  // The delays of a reconnection: 0.3, 1.2, 2.7, 4.8 and 7 s, once cut short.
  expect(gateway.dials - dialled).toBeLessThanOrEqual(8);
});

describe('evidence', () => {
  it('reaches the gateway soon after the offer, and in the end what was left', async () => {
    const calling = await called(await scene());
    const { browser, gateway, call, peer } = calling;
    peer.gathers('gathering');
    await browser.run(250);
    expect(gateway.messages.map(({ type }) => type)).toEqual(['call.start', 'call.evidence']);
    // It says when it was sent: what waited is placed in time by that.
    const [first] = gateway.sent('call.evidence');
    expect(first?.sentMs).toBeGreaterThan(first?.events.at(-1)?.atMs ?? Infinity);
    peer.misses({ url: UDP, errorCode: 701, errorText: '', address: null });
    call.hangUp();
    await browser.run(10);
    const types = gateway.messages.map(({ type }) => type).slice(2);
    expect(types).toEqual(['call.evidence', 'call.hangup', 'call.evidence']);
    expect(gateway.sent('call.evidence')[1]?.events).toMatchObject([{ errorCode: 701 }]);
    expect(gateway.sent('call.evidence')[2]).toMatchObject({ events: [], samples: [{ dtlsState: 'connected' }] });
  });

  it('waits while the connection is away', async () => {
    const calling = await connected(await scene());
    const { browser, gateway, peer } = calling;
    await talk(calling, 2_000);
    gateway.reachable = false;
    gateway.cut();
    peer.become('disconnected');
    const before = gateway.sent('call.evidence').length;
    await browser.run(1_500);
    expect(gateway.sent('call.evidence')).toHaveLength(before);
    gateway.reachable = true;
    await browser.run(8_000);
    expect(gateway.sent('call.evidence')[before]?.events).toMatchObject([
      { type: 'client.signaling', state: 'lost' },
      { type: 'ice.connection', state: 'disconnected' },
      { type: 'ice.attempt', reason: 'media-lost' },
      { type: 'sdp.set', side: 'local', kind: 'offer' },
      { type: 'client.signaling', state: 'resumed' },
    ]);
  });

  it('names the pair in use, and each other one', async () => {
    const calling = await connected(await scene());
    calling.peer.local = relayed;
    await talk(calling, 2_000);
    const pairs = calling.gateway
      .sent('call.evidence')
      .flatMap(({ events }) => events.flatMap((event) => (event.type === 'ice.pair' ? [event] : [])));
    expect(pairs).toMatchObject([
      { local: { type: 'host' }, remote: { address: '198.51.100.1' }, roundTripMs: 2 },
      { local: { type: 'relay', relayProtocol: 'udp', url: UDP } },
    ]);
  });
});

describe('a call without a path', () => {
  it('ends with the name of what the browser saw, and with the evidence', async () => {
    const { browser, gateway, call, peer } = await called(await scene());
    peer.finds({ candidate: 'candidate:1 1 udp 1 192.0.2.9 4000 typ host' });
    peer.misses({ url: UDP, errorCode: 401, errorText: 'Unauthorized', address: '192.0.2.x' });
    const why = fault('ice.udp_blocked', 'no connectivity check arrived', 'caller');
    gateway.say({ type: 'call.ended', callId: call.id, result: 'failed', by: 'gateway', fault: why });
    await browser.run(10);
    expect(call.end?.error).toMatchObject({ code: 'turn.auth_failed', detail: `${UDP} 401` });
    const seen = call.end?.error?.evidence.map(({ type }) => type);
    expect(seen?.filter((type) => type.startsWith('ice.') && type !== 'ice.pair')).toEqual([
      'ice.attempt',
      'ice.candidate',
      'ice.candidate_error',
    ]);
  });

  it('keeps the name that the gateway gives where the path of this browser stands', async () => {
    const { browser, gateway, call } = await connected(await scene());
    const why = fault('ice.udp_blocked', 'no connectivity check arrived', 'callee');
    gateway.say({ type: 'call.ended', callId: call.id, result: 'failed', by: 'gateway', fault: why });
    await browser.run(10);
    expect(call.end?.error?.code).toBe('ice.udp_blocked');
  });
});

describe('the path', () => {
  it('is told when it changes, and not for its round trip', async () => {
    const paths: MediaPath[] = [];
    const given = await scene();
    given.phone.on('call', (call) => call.on('path', (path) => paths.push(path)));
    const calling = await connected(given);
    await talk(calling, 3_000);
    calling.peer.local = { ...relayed, relayProtocol: 'tls', url: TLS };
    await talk(calling, 3_000);
    expect(paths.map(({ via, transport, server, hint }) => ({ via, transport, server, hint }))).toEqual([
      { via: 'direct', transport: 'udp', server: undefined, hint: undefined },
      { via: 'relay', transport: 'tls', server: TLS, hint: 'ice.relay_tcp' },
    ]);
  });

  it('has its relay named by the settings where the browser does not, and no hint where only TLS was to be used', async () => {
    const servers = [{ urls: [TLS], username: 'u', credential: 'c' }];
    const calling = await connected(await scene(ice(1, { servers, policy: 'relay' })));
    calling.peer.local = { candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' };
    await talk(calling, 500);
    expect(calling.call.path).toMatchObject({ via: 'relay', transport: 'tls', server: TLS, hint: undefined });
  });
});

describe('with spare credentials', () => {
  const NEXT = { ufrag: 'next', pwd: 'nextnextnextnextnextnext' };
  /** A description of the gateway with what a restart changes in it. */
  const sdp = (ufrag: string, pwd: string): string => `answer\r\na=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd}\r\n`;

  async function spared(): Promise<CallScene> {
    const calling = await called(await scene());
    calling.gateway.say({ type: 'call.answer', callId: calling.call.id, sdp: sdp('first', 'secret') });
    await calling.browser.run(10);
    calling.peer.become('connected');
    calling.gateway.say({ type: 'call.state', callId: calling.call.id, state: 'connected', at: 1 });
    calling.gateway.say({ type: 'call.spare', callId: calling.call.id, ...NEXT });
    await talk(calling, 3_000);
    return calling;
  }

  it('a restart asks nobody, also while the gateway cannot be reached, and is told afterwards', async () => {
    const calling = await spared();
    const { browser, gateway, peer } = calling;
    gateway.reachable = false;
    gateway.cut();
    await browser.run(1_200);
    expect(peer.log.slice(-2)).toEqual(['local restart 2', `remote ${sdp(NEXT.ufrag, NEXT.pwd)}`]);
    expect(peer.signalingState).toBe('stable');
    await talk(calling, 1_000);
    gateway.reachable = true;
    await talk(calling, 8_000);
    expect(gateway.sent('call.restarted')).toMatchObject([{ sdp: 'restart 2' }]);
    expect(gateway.sent('call.description')).toEqual([]);
    const attempts = gateway.sent('call.evidence').flatMap(({ events }) => events);
    expect(attempts).toContainEqual(
      expect.objectContaining({ type: 'ice.attempt', spare: true, reason: 'media-lost' }),
    );
  });

  it('it says that the network changed, where the browser says so', async () => {
    const { browser, gateway, call } = await spared();
    browser.wake(true);
    await browser.run(1_200);
    expect(call.state).toBe('connected');
    expect(gateway.sent('call.restarted')).toHaveLength(1);
    await browser.run(600);
    expect(attempts({ browser, gateway } as Scene).at(-1)).toBe('all, network-changed');
  });

  it('that the browser does not take, it asks as without', async () => {
    const calling = await spared();
    const { browser, gateway, peer } = calling;
    const take = peer.setRemoteDescription.bind(peer);
    peer.setRemoteDescription = (description) =>
      description.sdp.includes(NEXT.ufrag)
        ? Promise.reject(new TypeError('the answer does not restart'))
        : take(description);
    await browser.run(1_200);
    expect(gateway.sent('call.restarted')).toEqual([]);
    expect(gateway.sent('call.description')).toMatchObject([{ kind: 'offer', sdp: 'restart 2' }]);
    gateway.say({ type: 'call.description', callId: calling.call.id, kind: 'answer', sdp: sdp('second', 'secret') });
    await browser.run(10);
    expect(peer.log.at(-1)).toBe(`remote ${sdp('second', 'secret')}`);
  });
});

describe('a call that cannot be heard', () => {
  it('says why and since when, and offers other ways after a while', async () => {
    const calling = await connected(await scene());
    const { browser, gateway, call, peer } = calling;
    const offered: object[] = [];
    call.on('fallback', (policy) => offered.push(policy));
    expect(call.reconnecting).toBeUndefined();
    peer.become('failed');
    await browser.run(600);
    const since = call.reconnecting?.since ?? 0;
    expect(call.reconnecting).toMatchObject({ reason: 'silence', until: undefined });
    expect(browser.clock - since).toBeLessThan(700);
    gateway.reachable = false;
    gateway.cut();
    await browser.run(5_000);
    expect(call.reconnecting).toEqual({ reason: 'service', since, until: undefined });
    browser.wake(true);
    expect(call.reconnecting?.reason).toBe('network');
    expect(offered).toEqual([]);
    await browser.run(5_000);
    expect(offered).toEqual([{ callBack: false }]);
    peer.become('connected');
    await talk(calling, 1_000);
    expect(call.reconnecting).toBeUndefined();
  });

  it('has the user called back, and says how that goes', async () => {
    const { browser, gateway, call } = await connected(await scene());
    const told: unknown[] = [];
    call.on('callback', (state, error) => told.push([state, error?.code]));
    call.setCallbackNumber('+4930123');
    call.callMeBack();
    call.setCallbackNumber();
    await browser.run(10);
    expect(gateway.sent('call.fallback').map(({ number }) => number)).toEqual(['+4930123', undefined]);
    expect(gateway.sent('call.callback')).toMatchObject([{ callId: call.id }]);
    gateway.say({ type: 'call.callback', callId: call.id, state: 'ringing' });
    const why = fault('call.callback_failed');
    gateway.say({ type: 'call.callback', callId: call.id, state: 'failed', fault: why });
    await browser.run(10);
    expect(told).toEqual([
      ['ringing', undefined],
      ['failed', 'call.callback_failed'],
    ]);
  });
});
