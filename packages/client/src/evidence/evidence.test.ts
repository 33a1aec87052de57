import { LIMITS } from '@earshot/signaling';
import type { PrivacyLevel } from '@earshot/telemetry';
import { expect, it } from 'vitest';
import { FakeBrowser } from '../testing/fake-browser.js';
import { FakePeer } from '../testing/fake-media.js';
import { Evidence, type EvidenceBatch } from './evidence.js';
import { watchPeer } from './peer.js';

interface Scene {
  readonly browser: FakeBrowser;
  readonly peer: FakePeer;
  readonly evidence: Evidence;
  readonly batches: EvidenceBatch[];
  line: boolean;
}

function scene(privacy: PrivacyLevel = 'full'): Scene {
  const browser = new FakeBrowser();
  const peer = new FakePeer({});
  const batches: EvidenceBatch[] = [];
  const line = { isOpen: () => given.line, send: (batch: EvidenceBatch) => void batches.push(batch) };
  const evidence = new Evidence(browser, browser.now(), privacy, line);
  watchPeer(peer, evidence.note);
  const given: Scene = { browser, peer, evidence, batches, line: true };
  return given;
}

const HOST = 'candidate:1 1 udp 2113937151 198.51.100.9 47521 typ host generation 0 ufrag 0tLi network-cost 999';
const typesOf = (batch: EvidenceBatch | undefined): readonly string[] => batch?.events.map(({ type }) => type) ?? [];

it('tells nothing before the gateway knows the call, then what happened together in one message', async () => {
  const { browser, peer, evidence, batches } = scene();
  evidence.note({ type: 'ice.attempt', policy: 'all', reason: 'start' });
  await browser.run(40);
  peer.gathers('gathering');
  peer.finds({ candidate: HOST, url: '' });
  await browser.run(1_000);
  expect(batches).toEqual([]);
  evidence.open();
  await browser.run(200);
  peer.misses({ url: 'stun:stun.example.com', errorCode: 701, errorText: 'no answer', address: '192.0.2.x' });
  peer.misses({ url: 'turn:a', errorCode: 701, errorText: '', address: null });
  await browser.run(100);
  expect(batches).toEqual([
    {
      events: [
        { type: 'ice.attempt', atMs: 0, policy: 'all', reason: 'start' },
        { type: 'ice.gathering', atMs: 40, state: 'gathering' },
        {
          type: 'ice.candidate',
          atMs: 40,
          candidate: { type: 'host', protocol: 'udp', address: '198.51.100.9', port: 47_521 },
        },
        { type: 'ice.candidate_error', atMs: 1_240, url: 'turn:a', errorCode: 701 },
      ],
      samples: [],
    },
  ]);
  peer.become('connected');
  peer.gathers('complete');
  await browser.run(1_000);
  expect(typesOf(batches[1])).toEqual(['ice.connection', 'ice.gathering']);
});

it('tells at once what a verdict waits for, and what the page may not live to say', async () => {
  const { browser, peer, evidence, batches } = scene();
  evidence.open();
  await browser.run(250);
  evidence.note({ type: 'client.lifecycle', state: 'visible' });
  expect(batches).toHaveLength(0);
  peer.become('failed');
  expect(batches.map(typesOf)).toEqual([['client.lifecycle', 'ice.connection']]);
  evidence.note({ type: 'client.lifecycle', state: 'hidden' });
  evidence.note({ type: 'mic.failed', code: 'mic.not_found', name: 'NotFoundError' });
  evidence.note({ type: 'playout.state', state: 'failed', code: 'playout.autoplay_blocked' });
  expect(batches).toHaveLength(4);
});

it('sends each sample soon, with the events of its time', async () => {
  const { browser, evidence, batches } = scene();
  evidence.open();
  await browser.run(250);
  for (let second = 0; second < 10; second += 1) {
    evidence.add({ atMs: second * 1_000, ms: 1_000 });
    evidence.note({ type: 'client.stalled', lateMs: second });
    await browser.run(300);
    expect(batches.flatMap(({ samples }) => samples)).toHaveLength(second + 1);
    await browser.run(700);
  }
  expect(batches.length).toBe(10);
});

it('keeps each message and the whole call within the limits, with room for what matters at the end', async () => {
  const { browser, peer, evidence, batches } = scene();
  evidence.open();
  for (let turn = 0; turn < LIMITS.evidenceOfCall; turn += 1) peer.finds({ candidate: HOST });
  peer.become('failed');
  evidence.flush();
  expect(batches.every(({ events }) => events.length <= LIMITS.evidence)).toBe(true);
  const all = (): EvidenceBatch['events'] => batches.flatMap(({ events }) => events);
  expect(all()).toHaveLength(LIMITS.evidenceOfCall / 2 + 1);
  expect(all().at(-1)).toMatchObject({ type: 'ice.connection', state: 'failed' });
  for (let turn = 0; turn < LIMITS.evidenceOfCall; turn += 1) peer.become('disconnected');
  await browser.run(5_000);
  expect(all()).toHaveLength(LIMITS.evidenceOfCall);
});

it('waits while the line is down, sheds the oldest samples where too many wait, and says how many', async () => {
  const given = scene();
  const { browser, evidence, batches } = given;
  evidence.open();
  await browser.run(250);
  given.line = false;
  evidence.note({ type: 'ice.connection', atMs: 0, state: 'failed' } as never);
  for (let second = 0; second < 300; second += 1) {
    evidence.add({ atMs: second, ms: 1_000 });
    await browser.run(1_000);
  }
  expect(batches).toEqual([]);
  given.line = true;
  evidence.flush();
  const samples = batches.flatMap((batch) => batch.samples);
  expect(samples.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 240 }, (_, index) => index + 60));
  expect(batches.every((batch) => batch.samples.length <= LIMITS.samples)).toBe(true);
  expect(batches.flatMap(({ events }) => events)).toMatchObject([
    { type: 'ice.connection' },
    { type: 'client.shed', samples: 60 },
  ]);
  // What was shed is said once.
  evidence.flush();
  expect(batches).toHaveLength(15);
});

it('tells the rest at the end, and nothing after it', async () => {
  const { browser, peer, evidence, batches } = scene();
  evidence.open();
  await browser.run(250);
  evidence.add({ atMs: 1, ms: 1 });
  evidence.flush();
  evidence.stop();
  peer.become('closed');
  evidence.add({ atMs: 2, ms: 1 });
  evidence.flush();
  await browser.run(5_000);
  expect(batches).toEqual([{ events: [], samples: [{ atMs: 1, ms: 1 }] }]);
  expect(browser.pendingTimers).toBe(0);
});

it('counts a clock that was set back as one that stands', () => {
  const { browser, evidence } = scene();
  browser.clock -= 60_000;
  evidence.note({ type: 'client.lifecycle', state: 'visible' });
  expect(evidence.events).toMatchObject([{ atMs: 0 }]);
});

it('keeps of addresses and devices what the page allows', () => {
  const given = scene('short');
  given.peer.finds({ candidate: HOST });
  given.evidence.note({ type: 'mic.opened', label: 'Headset of Alice', sampleRate: 48_000 });
  expect(given.evidence.events).toMatchObject([{ candidate: { address: '198.51.100.0/24' } }, { sampleRate: 48_000 }]);
  expect(JSON.stringify(given.evidence.events)).not.toContain('Alice');
  const hidden = scene('hidden');
  hidden.peer.finds({ candidate: HOST });
  expect(hidden.evidence.events).toMatchObject([{ candidate: { address: 'public' } }]);
});
