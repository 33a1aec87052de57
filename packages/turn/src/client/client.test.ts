import { concat, fromHex } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import { METHOD_BINDING, parseStun, printStun } from '@earshot/stun';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTurnCredentials } from '../credentials.js';
import { TurnClient } from './client.js';
import { MAPPED, RELAYED, ScriptedServer } from './testing/scripted-server.js';
import type { TurnClientEvent, TurnClientOptions, TurnClientOutput } from './types.js';

const START = 1_767_225_600_000;
const PEER = { address: '192.0.2.9', port: 40_000 };
const PEER6 = { address: '2001:db8::9', port: 40_000 };
const credentials = createTurnCredentials(crypto, 'a secret of this test', START + 3_600_000, 'tag');
const payload = Uint8Array.of(1, 2, 3, 4, 5);

let now: number;
let server: ScriptedServer;
let client: TurnClient;
let events: TurnClientEvent[];
/** Everything the client sent that was no request. */
let sent: Uint8Array[];
/** False: what the client sends is lost. */
let isReachable: boolean;

function create(options: Partial<TurnClientOptions> = {}): void {
  client = new TurnClient({ crypto, transport: 'udp', credentials, ...options });
}

beforeEach(() => {
  now = START;
  server = new ScriptedServer(credentials.username, credentials.password);
  events = [];
  sent = [];
  isReachable = true;
  create();
});

function run(outputs: readonly TurnClientOutput[]): void {
  for (const output of outputs) {
    if (output.type === 'event') {
      events.push(output.event);
      continue;
    }
    const answer = isReachable ? server.answer(output.bytes) : undefined;
    if (answer === undefined) sent.push(output.bytes);
    else run(client.receive(now, answer));
  }
}

/** Lets time pass, timer by timer. */
function pass(ms: number): void {
  const end = now + ms;
  for (let due = client.nextTimeout; due !== undefined && due <= end; due = client.nextTimeout) {
    now = due;
    run(client.handleTimeout(now));
  }
  now = end;
}

const types = (): string[] => events.map(({ type }) => type);
const failure = () => events.find((event) => event.type === 'failed');

function allocate(options: Partial<TurnClientOptions> = {}): void {
  create(options);
  run(client.allocate(now));
  expect(client.state).toBe('allocated');
  events = [];
  server.seen.length = 0;
}

describe('an allocation', () => {
  it('is asked for, challenged, asked for with credentials, and had', () => {
    run(client.allocate(now));
    expect(server.seen).toEqual([
      { what: 'allocate', authenticated: false, lifetimeMs: 600_000 },
      { what: 'allocate', authenticated: true, lifetimeMs: 600_000 },
    ]);
    expect(events).toEqual([{ type: 'allocated', relayed: RELAYED, mapped: MAPPED, lifetimeMs: 600_000 }]);
    expect(client.relayed).toEqual(RELAYED);
  });

  it('is asked for once', () => {
    run(client.allocate(now));
    expect(client.allocate(now)).toEqual([]);
  });

  it('is repeated over UDP until the server is called silent', () => {
    isReachable = false;
    run(client.allocate(now));
    pass(39_499);
    expect(sent).toHaveLength(7);
    expect(new Set(sent.map((bytes) => bytes.join()))).toHaveProperty('size', 1);
    expect(events).toEqual([]);
    pass(1);
    expect(failure()).toMatchObject({ request: 'allocate', fault: { code: 'turn.silent' } });
    expect(types()).toEqual(['failed', 'closed']);
    expect(client.nextTimeout).toBeUndefined();
  });

  it('is not repeated over a connection', () => {
    create({ transport: 'tls' });
    isReachable = false;
    run(client.allocate(now));
    pass(39_500);
    expect(sent).toHaveLength(1);
    expect(types()).toEqual(['failed', 'closed']);
  });

  it.each([
    [400, 'turn.bad_request'],
    [403, 'turn.unsupported'],
    [437, 'turn.allocation_mismatch'],
    [440, 'turn.unsupported'],
    [441, 'turn.auth_failed'],
    [486, 'turn.quota_reached'],
    [508, 'turn.relay_full'],
    [500, 'turn.unsupported'],
  ] as const)('that is refused with %d is named %s', (status, code) => {
    server.refuseWith.push(401, status);
    run(client.allocate(now));
    expect(failure()).toEqual({
      type: 'failed',
      request: 'allocate',
      status,
      fault: { code, detail: `allocate: ${status} as the test says` },
    });
    expect(client.state).toBe('closed');
  });

  it('with a wrong password fails at the second 401, once', () => {
    create({ credentials: { ...credentials, password: 'forged' } });
    run(client.allocate(now));
    expect(server.seen).toHaveLength(2);
    expect(failure()).toMatchObject({ status: 401, fault: { code: 'turn.auth_failed' } });
  });

  it('with credentials that say they have expired is told from a wrong password', () => {
    now = START + 3_600_000;
    server.refuseWith.push(401, 401);
    run(client.allocate(now));
    expect(failure()).toMatchObject({ status: 401, fault: { code: 'turn.credentials_expired' } });
  });

  it('is not believed to come from who does not know the password', () => {
    server.isImpostor = true;
    run(client.allocate(now));
    expect(types()).toEqual([]);
    pass(39_500);
    expect(failure()).toMatchObject({ fault: { code: 'turn.silent' } });
  });

  it('is given up when nonces go stale without end', () => {
    server.refuseWith.push(401, 438, 438, 438);
    run(client.allocate(now));
    expect(server.seen).toHaveLength(4);
    expect(failure()).toMatchObject({ status: 438, fault: { code: 'turn.stale_nonce' } });
  });

  it('asks for the family that is wanted', () => {
    create({ family: 6 });
    isReachable = false;
    run(client.allocate(now));
    const request = parseStun(sent[0] ?? new Uint8Array());
    expect(request.ok && request.value.attributes.find(({ type }) => type === 0x17)?.value).toEqual(
      fromHex('02000000'),
    );
  });
});

describe('while it lasts', () => {
  it('is refreshed a minute before its end', () => {
    allocate();
    pass(539_999);
    expect(server.seen).toEqual([]);
    pass(1);
    expect(server.seen).toEqual([{ what: 'refresh', authenticated: true, lifetimeMs: 600_000 }]);
    expect(events).toEqual([{ type: 'refreshed', lifetimeMs: 600_000 }]);
    pass(540_000);
    expect(server.seen).toHaveLength(2);
  });

  it('is refreshed at half of a short life, as long as the server gives it', () => {
    server.lifetimeMs = 40_000;
    allocate();
    pass(60_000);
    expect(types()).toEqual(['refreshed', 'refreshed', 'refreshed']);
  });

  it('takes a fresh nonce when its own went stale', () => {
    allocate();
    server.nonce = 'nonce-2';
    run(client.refresh(now));
    expect(server.seen).toHaveLength(2);
    expect(types()).toEqual(['refreshed']);
  });

  it('is over when the server knows nothing of it', () => {
    allocate();
    server.refuseWith.push(437);
    run(client.refresh(now));
    expect(types()).toEqual(['failed', 'closed']);
  });

  it('serves until its end when a refresh is refused, and is over then', () => {
    allocate();
    server.refuseWith.push(401);
    pass(540_000);
    expect(failure()).toMatchObject({ request: 'refresh', fault: { code: 'turn.auth_failed' } });
    expect(client.state).toBe('allocated');
    pass(60_000);
    expect(types()).toEqual(['failed', 'closed']);
    expect(client.nextTimeout).toBeUndefined();
  });

  it('renews permissions and channels every four minutes', () => {
    allocate();
    run(client.permit(now, PEER.address));
    run(client.bindChannel(now, PEER6));
    expect(types()).toEqual(['permitted', 'bound']);
    server.seen.length = 0;
    pass(480_000);
    const permit = { what: 'permit', authenticated: true, peer: '192.0.2.9' };
    const bind = { what: 'bind', authenticated: true, peer: '2001:db8::9 40000', channel: 0x4000 };
    expect(server.seen).toEqual([permit, bind, permit, bind]);
  });

  it('stops renewing what was refused', () => {
    allocate();
    run(client.permit(now, PEER.address));
    server.refuseWith.push(403);
    pass(240_000);
    server.seen.length = 0;
    expect(failure()).toMatchObject({ fault: { code: 'turn.peer_forbidden' }, peer: PEER.address, status: 403 });
    pass(240_000);
    expect(server.seen).toEqual([]);
  });

  it('is released', () => {
    allocate();
    run(client.permit(now, PEER.address));
    run(client.close(now));
    expect(server.seen.at(-1)).toEqual({ what: 'refresh', authenticated: true, lifetimeMs: 0 });
    expect(types()).toEqual(['permitted', 'closed']);
    expect(client.close(now)).toEqual([]);
    pass(1_000_000);
    expect(server.seen).toHaveLength(2);
  });

  it('is released without an answer in the end', () => {
    allocate();
    isReachable = false;
    run(client.close(now));
    pass(39_500);
    expect(types()).toEqual(['closed']);
  });

  it('needs no release before it is had', () => {
    isReachable = false;
    run(client.allocate(now));
    run(client.close(now));
    expect(types()).toEqual(['closed']);
  });
});

describe('data', () => {
  it('goes by Send indications to a peer without channel, and comes by Data indications', () => {
    allocate();
    const bytes = client.dataTo(PEER, payload);
    const message = parseStun(bytes ?? new Uint8Array());
    expect(message).toMatchObject({ ok: true, value: { class: 'indication', method: 6 } });
    run(client.receive(now, server.data(PEER6, payload)));
    expect(events).toEqual([{ type: 'data', peer: PEER6, payload }]);
  });

  it('goes and comes by ChannelData once a channel is bound', () => {
    allocate();
    run(client.bindChannel(now, PEER));
    expect(events).toEqual([{ type: 'bound', peer: PEER, channel: 0x4000 }]);
    expect(client.dataTo(PEER, payload)).toEqual(fromHex('4000 0005 0102030405'));
    run(client.receive(now, fromHex('4000 0002 aabb')));
    expect(events.at(-1)).toEqual({ type: 'data', peer: PEER, payload: fromHex('aabb') });
  });

  it('is padded over a connection', () => {
    allocate({ transport: 'tcp' });
    run(client.bindChannel(now, PEER));
    expect(client.dataTo(PEER, payload)).toEqual(fromHex('4000 0005 0102030405 000000'));
    run(client.receive(now, fromHex('4000 0001 aa 000000')));
    expect(events.at(-1)).toEqual({ type: 'data', peer: PEER, payload: fromHex('aa') });
  });

  it('keeps one channel for one peer, and gives another to the next', () => {
    allocate();
    run(client.bindChannel(now, PEER));
    run(client.bindChannel(now, PEER));
    run(client.bindChannel(now, PEER6));
    expect(events.map((event) => event.type === 'bound' && event.channel)).toEqual([0x4000, 0x4000, 0x4001]);
  });

  it('cannot go without an allocation, or to what is no address', () => {
    expect(client.dataTo(PEER, payload)).toBeUndefined();
    expect(client.permit(now, PEER.address)).toEqual([]);
    expect(client.bindChannel(now, PEER)).toEqual([]);
    expect(client.refresh(now)).toEqual([]);
    allocate();
    expect(client.dataTo({ address: 'peer.example', port: 1 }, payload)).toBeUndefined();
  });

  it.each([
    ['an unbound channel', '4abc 0002 aabb'],
    ['ChannelData cut short', '4000 0009 aabb'],
    ['a header cut short', '4000'],
    ['nothing', ''],
    ['noise', 'ffffffff'],
  ])('is not made of %s', (_, hex) => {
    allocate();
    run(client.bindChannel(now, PEER));
    events = [];
    run(client.receive(now, fromHex(hex)));
    expect(events).toEqual([]);
  });

  it('is not made of noise, which ends nothing', () => {
    allocate();
    run(client.bindChannel(now, PEER));
    const message = fc.uint8Array({ maxLength: 64 });
    const stun = message.map((rest) => {
      const header = fromHex('0017 0000 2112a442 000000000000000000000000');
      header[3] = rest.length & ~3;
      return concat(header, rest.subarray(0, rest.length & ~3));
    });
    fc.assert(
      fc.property(fc.oneof(message, stun), (bytes) => {
        run(client.receive(now, bytes));
        expect(client.state).toBe('allocated');
      }),
      { seed: 8656, numRuns: 2000 },
    );
  });

  it('is not made of requests, or of answers to what was not asked', () => {
    allocate();
    const transactionId = crypto.randomBytes(12);
    for (const kind of ['request', 'success', 'error', 'indication'] as const) {
      run(client.receive(now, printStun({ class: kind, method: METHOD_BINDING, transactionId }, [])));
    }
    expect(events).toEqual([]);
  });
});
