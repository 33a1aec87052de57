import { nodeCrypto } from '@earshot/crypto';
import type { IceSettings, ServerMessage } from '@earshot/signaling';
import { parseServerFrame } from '@earshot/signaling/schema';
import { readTurnUsername, turnPassword } from '@earshot/turn';
import { beforeEach, expect, it } from 'vitest';
import { checkConfig } from '../config/load.js';
import { readHost } from './approach.js';
import { type IceSession, SessionIce } from './session-ice.js';

const NOW = 1_800_000_000_000;
/** How far the time of day is ahead of the clock that is never set. */
const AHEAD = 7_200_000;
let now: number;
let secret: string;
let down: string[];

class Page implements IceSession {
  readonly tag: string;
  readonly approach = { host: readHost('gateway.example:8080'), secure: false };
  attached = true;
  readonly said: Extract<ServerMessage, { type: 'session.ice' }>[] = [];
  constructor(tag: string) {
    this.tag = tag;
  }
  send(message: ServerMessage): void {
    if (message.type === 'session.ice') this.said.push(message);
  }
}

function service(settings: object = {}, relay = true): SessionIce {
  const config = checkConfig({ ...settings });
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return new SessionIce({
    config: config.value,
    embedded: () => (relay ? { ports: { udp: 1, tcp: 1 }, secret } : undefined),
    isUp: (url) => !down.includes(url),
    now: () => now,
    timeOfDay: () => now + AHEAD,
  });
}

const external = (name: string, more: object = {}) => ({
  urls: [`turn:${name}.example:3478?transport=udp`],
  secret: 'a secret of coturn',
  ...more,
});

beforeEach(() => {
  now = NOW;
  secret = 'the first secret';
  down = [];
});

const isSigned = ({ servers }: IceSettings, by: string, index = 0): boolean => {
  const { username = '', credential } = servers[index] ?? {};
  return turnPassword(nodeCrypto, by, username) === credential;
};

it('gives a session credentials of its own for the embedded relay', () => {
  const ice = service({ media: { icePolicy: 'relay' }, turn: { credentialSeconds: 600 } }).settingsFor(
    new Page('tag-1'),
  );
  expect(ice).toMatchObject({ policy: 'relay', policies: [], expiresInMs: 600_000 });
  expect(ice.servers).toMatchObject([{ urls: ['turn:gateway.example:1?transport=udp', expect.anything()] }]);
  expect(isSigned(ice, secret)).toBe(true);
  const read = readTurnUsername(ice.servers[0]?.username ?? '', now);
  expect(read).toEqual({ ok: true, value: { expiresAt: NOW + 600_000, tag: 'tag-1' } });
});

it('goes by the time of day where a relay is elsewhere, and knows fixed credentials', () => {
  const fixed = { urls: ['turn:fixed.example'], username: 'u', credential: 'c' };
  const settings = { turn: { enabled: false, credentialSeconds: 600, servers: [external('a'), fixed] } };
  const ice = service(settings, false).settingsFor(new Page('tag-2'));
  expect(ice.servers[1]).toEqual(fixed);
  expect(ice.servers[0]?.username).toBe(`${(NOW + AHEAD + 600_000) / 1000}:tag-2`);
  expect(isSigned(ice, 'a secret of coturn')).toBe(true);
  const forever = service({ turn: { enabled: false, servers: [fixed] } }, false).settingsFor(new Page('tag-3'));
  expect(forever).not.toHaveProperty('expiresInMs');
});

it('fits into a frame however many servers there are', () => {
  const servers = Array.from({ length: 20 }, (_, index) => external(`s${index}`));
  const ice = service({ turn: { servers } }).settingsFor(new Page('t'));
  expect(ice.servers).toHaveLength(8);
  const frame = JSON.stringify({ type: 'message', seq: 1, ack: 0, message: { type: 'session.ice', ice } });
  expect(parseServerFrame(frame).ok).toBe(true);
});

it('renews credentials at half of their life, again and again', () => {
  const ice = service({ turn: { credentialSeconds: 600 } });
  const page = new Page('t');
  ice.settingsFor(page);
  const expiries: (string | undefined)[] = [];
  for (let second = 1; second <= 900; second += 1) {
    now += 1_000;
    ice.renewDue();
    for (const { ice: fresh } of page.said.splice(0)) expiries.push(`${second} ${fresh.servers[0]?.username}`);
  }
  expect(expiries).toEqual([300, 600, 900].map((at) => `${at} ${NOW / 1000 + at + 600}:t`));
});

it('leaves sessions without a connection to their next welcome, and forgets those that ended', () => {
  const ice = service({ turn: { credentialSeconds: 600 } });
  const [away, gone] = [new Page('a'), new Page('b')];
  ice.settingsFor(away);
  ice.settingsFor(gone);
  away.attached = false;
  ice.forget(gone);
  now += 400_000;
  ice.renewDue();
  expect([away.said, gone.said]).toEqual([[], []]);
  expect(ice.settingsFor(away).servers[0]?.username).toBe(`${NOW / 1000 + 1000}:a`);
  away.attached = true;
  ice.renewDue();
  expect(away.said).toEqual([]);
});

it('tells everybody at once when what they have is refused from now on, also those who are away', () => {
  const ice = service();
  const [page, away] = [new Page('a'), new Page('b')];
  for (const session of [page, away]) ice.settingsFor(session);
  away.attached = false;
  secret = 'the second secret';
  ice.renewAll(true);
  for (const { said } of [page, away]) {
    expect(said).toMatchObject([{ replaces: true }]);
    expect(isSigned(said[0]?.ice ?? { servers: [], policy: 'all', policies: [] }, secret)).toBe(true);
  }
  ice.renewAll(false);
  expect([page.said.length, away.said.length]).toEqual([2, 1]);
  expect(page.said[1]).not.toHaveProperty('replaces');
});

it('tells those whose servers have changed, and no others', () => {
  const ice = service({ turn: { servers: [external('a'), external('b')] } });
  const [page, late] = [new Page('a'), new Page('b')];
  ice.settingsFor(page);
  down = ['turn:a.example:3478?transport=udp'];
  ice.settingsFor(late);
  ice.serversChanged();
  ice.serversChanged();
  expect([page.said.length, late.said.length]).toEqual([1, 0]);
  expect(page.said[0]?.ice.servers.map(({ urls }) => urls[0])).toEqual([
    'turn:gateway.example:1?transport=udp',
    'turn:b.example:3478?transport=udp',
  ]);
});

it('counts what it gave', () => {
  const ice = service();
  ice.settingsFor(new Page('a'));
  ice.renewAll(false);
  expect(ice.issued).toBe(2);
});
