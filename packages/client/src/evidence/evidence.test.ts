import { LIMITS } from '@earshot/signaling';
import { parseClientFrame } from '@earshot/signaling/schema';
import type { BrowserEvent } from '@earshot/telemetry';
import { expect, it } from 'vitest';
import { FakeBrowser } from '../testing/fake-browser.js';
import { FakePeer } from '../testing/fake-media.js';
import { Evidence, readCandidate } from './evidence.js';

interface Scene {
  readonly browser: FakeBrowser;
  readonly peer: FakePeer;
  readonly evidence: Evidence;
  readonly batches: (readonly BrowserEvent[])[];
}

function scene(): Scene {
  const browser = new FakeBrowser();
  const peer = new FakePeer({});
  const batches: (readonly BrowserEvent[])[] = [];
  const evidence = new Evidence(browser, browser.now(), (events) => batches.push(events));
  evidence.watch(peer);
  return { browser, peer, evidence, batches };
}

const HOST = 'candidate:1 1 udp 2113937151 f3b1.local 47521 typ host generation 0 ufrag 0tLi network-cost 999';
const RELAY = 'candidate:2 1 udp 50340351 192.0.2.2 23541 typ relay raddr 192.0.2.9 rport 57975 generation 0';
const TLS = 'turns:relay.example.com:443?transport=tcp';

it('tells nothing before the gateway knows the call, then what happened together in one message', async () => {
  const { browser, peer, evidence, batches } = scene();
  evidence.note({ type: 'ice.attempt', policy: 'all', reason: 'start' });
  await browser.run(40);
  peer.gathers('gathering');
  peer.finds({ candidate: HOST, url: '' });
  await browser.run(1_000);
  expect(batches).toEqual([]);
  evidence.open();
  await browser.run(100);
  peer.finds({ candidate: RELAY, url: TLS });
  await browser.run(200);
  expect(batches).toEqual([
    [
      { type: 'ice.attempt', atMs: 0, policy: 'all', reason: 'start' },
      { type: 'ice.gathering', atMs: 40, state: 'gathering' },
      {
        type: 'ice.candidate',
        atMs: 40,
        candidate: { type: 'host', protocol: 'udp', address: 'f3b1.local', port: 47_521 },
      },
      {
        type: 'ice.candidate',
        atMs: 1_140,
        candidate: {
          type: 'relay',
          protocol: 'udp',
          address: '192.0.2.2',
          port: 23_541,
          relayProtocol: 'tls',
          url: TLS,
        },
      },
    ],
  ]);
  peer.become('connected');
  peer.gathers('complete');
  await browser.run(1_000);
  expect(batches[1]?.map(({ type }) => type)).toEqual(['ice.connection', 'ice.gathering']);
});

it('keeps what relays answered, as a message may carry it', async () => {
  const { browser, peer, evidence, batches } = scene();
  peer.misses({ url: 'stun:stun.example.com', errorCode: 701, errorText: 'no answer', address: '192.0.2.x' });
  peer.misses({ url: 'turn:a', errorCode: 401, errorText: `bad\r\n${'x'.repeat(300)}`, address: '192.0.2.x' });
  peer.misses({ url: 'turn:a', errorCode: 701, errorText: '', address: null });
  evidence.open();
  await browser.run(250);
  const [events] = batches;
  expect(events).toMatchObject([{ errorCode: 401, address: '192.0.2.x' }, { errorCode: 701 }]);
  const message = { type: 'call.evidence', callId: 'ab'.repeat(16), events };
  expect(parseClientFrame(JSON.stringify({ type: 'message', seq: 1, ack: 0, message }))).toMatchObject({ ok: true });
});

it('keeps each message and the whole call within the limits, with room for what matters at the end', async () => {
  const { browser, peer, evidence, batches } = scene();
  evidence.open();
  for (let turn = 0; turn < LIMITS.evidenceOfCall; turn += 1) peer.finds({ candidate: HOST });
  peer.become('failed');
  evidence.flush();
  expect(batches.every((batch) => batch.length <= LIMITS.evidence)).toBe(true);
  expect(batches.flat()).toHaveLength(LIMITS.evidenceOfCall / 2 + 1);
  expect(batches.flat().at(-1)).toMatchObject({ type: 'ice.connection', state: 'failed' });
  for (let turn = 0; turn < LIMITS.evidenceOfCall; turn += 1) peer.become('disconnected');
  await browser.run(5_000);
  expect(batches.flat()).toHaveLength(LIMITS.evidenceOfCall);
});

it('tells the rest at the end, and nothing after it', async () => {
  const { browser, peer, evidence, batches } = scene();
  evidence.open();
  await browser.run(250);
  peer.become('failed');
  evidence.flush();
  evidence.stop();
  peer.become('closed');
  await browser.run(5_000);
  expect(batches.flat()).toMatchObject([{ state: 'failed' }]);
  expect(browser.pendingTimers).toBe(0);
});

it('reads candidates of every browser, and skips their end and RTCP', () => {
  expect(readCandidate('candidate:4 1 TCP 2105458943 fd00::2 9 typ host tcptype active', '')).toEqual({
    type: 'host',
    protocol: 'tcp',
    address: 'fd00::2',
    port: 9,
  });
  expect(readCandidate('candidate:0 2 UDP 2122187006 192.0.2.2 47455 typ host', '')).toBe(undefined);
  expect(readCandidate('', '')).toBe(undefined);
  expect(readCandidate('candidate:nonsense', '')).toBe(undefined);
});
