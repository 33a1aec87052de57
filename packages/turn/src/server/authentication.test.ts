import { toHex } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  ATTRIBUTE_NONCE,
  ATTRIBUTE_PASSWORD_ALGORITHMS,
  ATTRIBUTE_REALM,
  ATTRIBUTE_USERHASH,
  ATTRIBUTE_USERNAME,
  findAttribute,
  hasAttribute,
  readErrorCode,
  readSecurityFeatures,
  readText,
  userHash,
} from '@earshot/stun';
import { describe, expect, it } from 'vitest';
import { MEDIA, REALM, RelayWorld, SECRET } from '../testing/relay-world.js';
import { statusOf } from '../testing/virtual-turn-client.js';
import {
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  METHOD_REFRESH,
  requestedTransportAttribute,
} from '../wire/index.js';

const UDP = requestedTransportAttribute(17);
const OTHER_SECRET = 'a secret of somebody else';
const MINUTE = 60_000;

describe('a request without credentials', () => {
  it.each([METHOD_ALLOCATE, METHOD_REFRESH, METHOD_CREATE_PERMISSION, METHOD_CHANNEL_BIND])(
    'of method %i is answered 401 with realm, nonce and password algorithms',
    (method) => {
      const world = new RelayWorld();
      const client = world.udpClient();
      const answer = client.exchange(client.printPlain(method, [UDP]));
      if (answer === undefined) throw new Error('no answer');
      expect(readErrorCode(answer)).toEqual({ code: 401, reason: '' });
      expect(readText(answer, ATTRIBUTE_REALM)).toBe(REALM);
      expect(toHex(findAttribute(answer, ATTRIBUTE_PASSWORD_ALGORITHMS)?.value ?? new Uint8Array(0))).toBe(
        '0002000000010000',
      );
      const nonce = readText(answer, ATTRIBUTE_NONCE) ?? '';
      expect(readSecurityFeatures(nonce)).toEqual({ passwordAlgorithms: true, usernameAnonymity: false });
      expect(world.server.counters).toMatchObject({ challenged: 1, refused: {} });
      expect(world.events).toEqual([]);
    },
  );
});

describe('the long-term credential mechanism (RFC 8489 section 9.2.4)', () => {
  it.each([ATTRIBUTE_USERNAME, ATTRIBUTE_REALM, ATTRIBUTE_NONCE])('answers 400 without attribute %i', (missing) => {
    const world = new RelayWorld();
    const client = world.udpClient();
    expect(client.request(METHOD_ALLOCATE, [UDP], { without: [missing] })).toBe(400);
    const answer = client.responses.at(-1);
    expect(answer?.attributes).toHaveLength(1);
    expect(world.server.counters.refused).toEqual({ 'turn.bad_request': 1 });
  });

  it('takes no USERHASH for a user name: the nonce said so', () => {
    const client = new RelayWorld().udpClient();
    const hash = { type: ATTRIBUTE_USERHASH, value: userHash(nodeCrypto, client.credentials?.username ?? '', REALM) };
    expect(client.request(METHOD_ALLOCATE, [UDP, hash], { without: [ATTRIBUTE_USERNAME] })).toBe(400);
  });

  it('answers 438 with a fresh nonce when the nonce is an hour old', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.hello();
    const old = client.nonce ?? '';
    world.advance(60 * MINUTE);
    expect(client.allocate()).toBe(0);
    world.advance(MINUTE);
    expect(client.refresh()).toBe(438);
    const stale = client.responses.at(-1);
    if (stale === undefined) throw new Error('no answer');
    client.learn(stale);
    expect(client.nonce).not.toBe(old);
    expect(client.realm).toBe(REALM);
    expect(client.refresh()).toBe(0);
    expect(world.eventsOf('turn.refused')).toMatchObject([
      { method: 'refresh', status: 438, code: 'turn.stale_nonce' },
    ]);
  });

  it.each([
    ['another port', { address: '198.51.100.7', port: 4001 }],
    ['another address', { address: '198.51.100.8', port: 4000 }],
  ])('takes no nonce that was given to %s', (_, remote) => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.hello();
    const thief = world.udpClient(remote);
    thief.hello();
    expect(thief.allocate([], { nonce: client.nonce ?? '' })).toBe(438);
  });

  it.each(['', 'obMatJos2AAAB', 'obMatJos2AAABAAAAAAAAAAAAAAA', `${'x'.repeat(28)}`, 'obMatJos2AAAB"%s\r\n'])(
    'takes no nonce of its own making (%j)',
    (nonce) => {
      const client = new RelayWorld().udpClient();
      expect(client.allocate([], { nonce })).toBe(438);
    },
  );

  it('takes no nonce of which one character was changed', () => {
    const world = new RelayWorld({ limits: { allocationsPerUser: 1 } });
    const client = world.streamClient();
    client.hello();
    const nonce = client.nonce ?? '';
    for (let index = 0; index < nonce.length; index += 1) {
      const wrong = nonce.slice(0, index) + (nonce[index] === 'A' ? 'B' : 'A') + nonce.slice(index + 1);
      const other = world.streamClient();
      other.realm = REALM;
      if (wrong !== nonce) expect(other.allocate([], { nonce: wrong })).toBe(438);
    }
  });

  it('answers 401 to another password, whoever claims it', () => {
    const world = new RelayWorld();
    const client = world.udpClient(undefined, world.credentials('session-9', MINUTE, OTHER_SECRET));
    expect(client.allocate()).toBe(401);
    const answer = client.responses.at(-1);
    expect(answer && hasAttribute(answer, ATTRIBUTE_NONCE)).toBe(true);
    expect(world.events).toMatchObject([
      { tag: 'session-9', event: { type: 'turn.refused', status: 401, code: 'turn.auth_failed', count: 1 } },
    ]);
  });

  it('answers 401 to a user name that was made elsewhere', () => {
    const world = new RelayWorld();
    const client = world.udpClient(undefined, { username: 'alice', password: 'secret' });
    expect(client.allocate()).toBe(401);
    expect(world.events).toMatchObject([{ tag: undefined, event: { status: 401, code: 'turn.credentials_foreign' } }]);
  });

  it('is not fooled by the realm that a request names', () => {
    const client = new RelayWorld().udpClient();
    client.hello();
    client.realm = 'elsewhere';
    expect(client.allocate()).toBe(401);
  });
});

describe('password algorithms and integrity', () => {
  it.each([
    ['none named, SHA-1', {}, 'md5', 'sha1'],
    ['none named, SHA-256', { integrity: 'sha256' }, 'md5', 'sha256'],
    ['MD5', { passwordAlgorithm: 'md5' }, 'md5', 'sha256'],
    ['SHA-256', { passwordAlgorithm: 'sha256' }, 'sha256', 'sha256'],
    ['SHA-256 with a SHA-1 tag', { passwordAlgorithm: 'sha256', integrity: 'sha1' }, 'sha256', 'sha256'],
  ] as const)('%s: the answer is protected as the RFC says', (_, quirks, password, integrity) => {
    const client = new RelayWorld().udpClient();
    expect(client.allocate([], quirks)).toBe(0);
    expect(client.lastIntegrity(password)).toBe(integrity);
    expect(client.refresh(undefined, [], quirks)).toBe(0);
    expect(client.lastIntegrity(password)).toBe(integrity);
  });

  it.each([
    ['an algorithm without the list', { passwordAlgorithm: 'sha256', offered: 'none' }],
    ['a list that the server did not send', { passwordAlgorithm: 'md5', offered: ['md5'] }],
    ['the list the other way round', { passwordAlgorithm: 'md5', offered: ['md5', 'sha256'] }],
  ] as const)('%s is answered 400: somebody talks the client down', (_, quirks) => {
    const client = new RelayWorld().udpClient();
    expect(client.allocate([], quirks)).toBe(400);
  });

  it('a nonce from which the security features were taken is answered 438', () => {
    const client = new RelayWorld().udpClient();
    client.hello();
    const nonce = (client.nonce ?? '').replace('obMatJos2AAAB', 'obMatJos2AAAA');
    expect(client.allocate([], { nonce })).toBe(438);
  });

  it('a client may change the algorithm in the life of its allocation', () => {
    const client = new RelayWorld().udpClient();
    expect(client.allocate()).toBe(0);
    expect(client.refresh(undefined, [], { passwordAlgorithm: 'sha256' })).toBe(0);
  });
});

describe('expired credentials', () => {
  const methods = ['allocate', 'refresh', 'create-permission', 'channel-bind'] as const;

  it.each(methods)('are refused at %s', (method) => {
    const world = new RelayWorld();
    const client = world.udpClient(undefined, world.credentials('session-1', 5 * MINUTE));
    if (method !== 'allocate') client.allocate();
    else client.hello();
    world.advance(5 * MINUTE);
    const ask = {
      allocate: () => client.allocate(),
      refresh: () => client.refresh(),
      'create-permission': () => client.permit(MEDIA.advertised.address),
      'channel-bind': () => client.bind(0x4000, MEDIA.advertised),
    };
    expect(ask[method]()).toBe(401);
    expect(world.eventsOf('turn.refused')).toMatchObject([{ method, status: 401, code: 'turn.credentials_expired' }]);
    expect(world.events.at(-1)?.tag).toBe('session-1');
  });

  it('that were never good are called wrong, not expired', () => {
    const world = new RelayWorld();
    const client = world.udpClient(undefined, world.credentials('session-1', -MINUTE, OTHER_SECRET));
    client.allocate();
    expect(world.server.counters.refused).toEqual({ 'turn.auth_failed': 1 });
  });
});

describe('secrets', () => {
  it('several are valid at once', () => {
    const world = new RelayWorld({ secrets: ['the newer secret', SECRET] });
    expect(world.udpClient().allocate()).toBe(0);
    const newer = world.credentials('session-2', MINUTE, 'the newer secret');
    expect(world.udpClient({ address: '198.51.100.8', port: 1 }, newer).allocate()).toBe(0);
  });

  it('rotate under an allocation: what an older secret made stays valid as long as that secret does', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.allocate();
    world.server.setSecrets(['the newer secret', SECRET]);
    expect(client.refresh()).toBe(0);
    const fresh = world.credentials('session-1', 90 * MINUTE, 'the newer secret');
    expect(world.udpClient({ address: '198.51.100.7', port: 1 }, fresh).allocate()).toBe(0);
    world.server.setSecrets(['the newer secret']);
    expect(client.refresh()).toBe(401);
    expect(world.udpClient({ address: '198.51.100.7', port: 2 }).allocate()).toBe(401);
  });
});

describe('the user of an allocation (RFC 8656 section 5)', () => {
  it.each([METHOD_REFRESH, METHOD_CREATE_PERMISSION, METHOD_CHANNEL_BIND])(
    'is the only one who may send it method %i: 441',
    (method) => {
      const world = new RelayWorld();
      const client = world.udpClient();
      client.allocate();
      expect(client.request(method, [], { credentials: world.credentials('session-2') })).toBe(441);
      // Fresh credentials of the same session are another user name, too.
      expect(client.request(method, [], { credentials: world.credentials('session-1', 8_000_000) })).toBe(441);
      expect(world.eventsOf('turn.refused')).toMatchObject([{ status: 441 }, { status: 441 }]);
    },
  );

  it.each([METHOD_REFRESH, METHOD_CREATE_PERMISSION, METHOD_CHANNEL_BIND])(
    'has none yet for method %i: 437',
    (method) => {
      const world = new RelayWorld();
      expect(world.udpClient().request(method, [])).toBe(437);
      expect(world.server.counters.refused).toEqual({ 'turn.allocation_mismatch': 1 });
    },
  );
});

describe('who tries passwords', () => {
  it('is ignored after 2048 wrong ones from a network, which costs no others anything', () => {
    const world = new RelayWorld();
    const wrong = world.credentials('session-1', MINUTE, OTHER_SECRET);
    const settled = world.udpClient({ address: '192.0.2.5', port: 1 });
    settled.allocate();
    const guesser = world.udpClient({ address: '192.0.2.6', port: 1 }, wrong);
    guesser.hello();
    const guess = guesser.print(METHOD_ALLOCATE, [UDP]);
    for (let tries = 0; tries < 2500; tries += 1) guesser.send(guess);
    expect(world.server.counters.refused).toEqual({ 'turn.auth_failed': 2048 });
    // Not even the right password is looked at, but for those who have an allocation.
    const right = { credentials: world.credentials() };
    expect(guesser.allocate([], right)).toBeUndefined();
    expect(settled.refresh()).toBe(0);
    expect(world.udpClient({ address: '198.51.100.1', port: 1 }).allocate()).toBe(0);
    world.advance(1000);
    expect(guesser.allocate([], right)).toBe(0);
  });

  it('is thrown out when he tries over a connection', () => {
    const world = new RelayWorld();
    const guesser = world.streamClient('tls', undefined, world.credentials('session-1', MINUTE, OTHER_SECRET));
    const statuses = Array.from({ length: 20 }, () => guesser.allocate());
    expect(statuses.filter((status) => status === 401)).toHaveLength(8);
    expect(guesser.isClosed).toBe(true);
    expect(world.server.counters.streams).toBe(0);
  });
});

it('a connection may have its wrong credentials in between', () => {
  const world = new RelayWorld();
  const client = world.streamClient();
  client.allocate();
  const wrong = { credentials: world.credentials('session-1', MINUTE, OTHER_SECRET) };
  for (let round = 0; round < 10; round += 1) {
    for (let tries = 0; tries < 7; tries += 1) expect(client.refresh(undefined, [], wrong)).toBe(401);
    expect(client.refresh()).toBe(0);
  }
  for (let tries = 0; tries < 8; tries += 1) client.refresh(undefined, [], wrong);
  expect(client.isClosed).toBe(true);
  expect(world.openRelays).toBe(0);
});

it('a connection that needs a fresh nonce every hour is none that guesses', () => {
  const world = new RelayWorld();
  const client = world.streamClient('tls', undefined, world.credentials('session-1', 30 * 60 * MINUTE));
  client.allocate();
  for (let hours = 0; hours < 24; hours += 1) {
    for (let tens = 0; tens < 7; tens += 1) {
      world.advance(9.5 * MINUTE);
      if (client.refresh() !== 438) continue;
      client.learn(client.responses.at(-1) ?? never());
      expect(client.refresh()).toBe(0);
    }
  }
  expect(world.server.counters.refused['turn.stale_nonce']).toBeGreaterThan(16);
  expect(client.isClosed).toBe(false);
});

function never(): never {
  throw new Error('no answer');
}

it('counts a kind of refusal at each doubling', () => {
  const world = new RelayWorld();
  const client = world.udpClient();
  client.allocate();
  for (let times = 0; times < 20; times += 1) expect(client.permit('192.0.2.99')).toBe(403);
  expect(world.eventsOf('turn.refused').map(({ count }) => count)).toEqual([1, 2, 4, 8, 16]);
  expect(world.server.counters.refused).toEqual({ 'turn.peer_forbidden': 20 });
});

it('says little of those who proved nothing, whatever tags they claim', () => {
  const world = new RelayWorld();
  for (let port = 1; port <= 500; port += 1) {
    const wrong = world.credentials(`guess-${port}`, MINUTE, OTHER_SECRET);
    world.udpClient({ address: `192.0.${port % 250}.1`, port }, wrong).allocate();
  }
  expect(world.server.counters.refused['turn.auth_failed']).toBe(500);
  expect(world.eventsOf('turn.refused')).toHaveLength(32);
});

it('answers a Binding request that carries what a check of ICE carries with 420', () => {
  const client = new RelayWorld().udpClient();
  const priority = { type: 0x0024, value: new Uint8Array(4) };
  expect(statusOf(client.binding([priority]))).toBe(420);
});
