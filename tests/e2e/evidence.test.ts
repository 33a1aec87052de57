import { execFileSync } from 'node:child_process';
import { type CallTimeline, explainAll, type Reach, type TimelineEntry } from '@earshot/telemetry';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { hostAddress, lacks, programPath } from '../harness/peers.js';
import { freePort, until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

interface Details {
  readonly timeline: CallTimeline;
  readonly reach: readonly Reach[];
}

const callIdOf = async ({ page }: Softphone): Promise<string> =>
  String(await page.evaluate('globalThis.earshot.call.id'));

async function ask<Answer>(gateway: Gateway, path: string): Promise<Answer> {
  const answer = await fetch(`${gateway.adminUrl}${path}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** What is known of a call, once `ready` says that it is enough. */
const details = (gateway: Gateway, id: string, what: string, ready: (details: Details) => boolean): Promise<Details> =>
  until(what, async () => {
    const { timeline } = await ask<{ readonly timeline: CallTimeline }>(gateway, `/api/calls/${id}`);
    const found = { timeline, reach: explainAll(timeline) };
    return ready(found) ? found : undefined;
  });

const typesOf = ({ timeline }: Details, source: TimelineEntry['source']): ReadonlySet<string> =>
  new Set(timeline.entries.filter((entry) => entry.source === source).map(({ event }) => event.type));

/** Samples of the text format by name and labels. */
async function metrics(gateway: Gateway): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const [, name, value] = /^(\S+(?: \S+)*) (\S+)$/.exec(line) ?? [];
      if (name === undefined || Number.isNaN(Number(value))) throw new Error(`no sample: ${line}`);
      return [name, Number(value)];
    }),
  );
}

/** Runs before the page: relays are asked with a password that none of them knows. */
const WRONG_CREDENTIALS = `(() => {
  const Own = globalThis.RTCPeerConnection;
  const spoil = (configuration) => ({
    ...configuration,
    iceServers: configuration?.iceServers?.map((server) => ({ ...server, credential: 'of nobody' })),
  });
  globalThis.RTCPeerConnection = class extends Own {
    constructor(configuration) { super(spoil(configuration)); }
    setConfiguration(configuration) { super.setConfiguration(spoil(configuration)); }
  };
})()`;

describe.skipIf(lacks('chromium', 'nft'))('the evidence of a call', () => {
  let browser: Chromium;
  let gateway: Gateway | undefined;
  let unblock: (() => void) | undefined;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    unblock?.();
    unblock = undefined;
    await gateway?.stop();
  });
  afterAll(() => browser.close());

  it('that goes directly names candidates, checks and the path, and counts it', async () => {
    const server = await startGateway();
    gateway = server;
    const softphone = await Softphone.open(await browser.newPage(), server.url);
    await softphone.call('echo');
    await softphone.reaches('connected');
    const id = await callIdOf(softphone);
    // A browser under load may tell of the pair in one message, and in the next that it is connected.
    const running = await details(
      server,
      id,
      'the pair in use and the connection',
      (found) =>
        typesOf(found, 'browser').has('ice.pair') &&
        found.timeline.entries.some(({ event }) => event.type === 'ice.connection' && event.state === 'connected'),
    );

    expect(running.reach).toMatchObject([
      { leg: 'caller', outcome: 'reached', policy: 'auto', path: { via: 'direct', transport: 'udp' }, findings: [] },
    ]);
    const fromBrowser = ['ice.attempt', 'ice.gathering', 'ice.candidate', 'ice.connection', 'ice.pair'];
    const fromGateway = ['ice.settings', 'ice.advertised', 'ice.check', 'ice.state', 'dtls.state', 'media.received'];
    expect([...typesOf(running, 'browser')]).toEqual(expect.arrayContaining(fromBrowser));
    expect([...typesOf(running, 'gateway')]).toEqual(expect.arrayContaining(fromGateway));
    const family = running.reach[0]?.path?.family;
    // What is one moment for both ends is placed at one, as far as the clock says.
    const { entries, clocks } = running.timeline;
    const [clock] = clocks;
    const connected = entries.findIndex(({ event }) => event.type === 'ice.connection' && event.state === 'connected');
    const firstCheck = entries.findIndex(({ event }) => event.type === 'ice.check' && event.outcome !== 'malformed');
    expect(clock?.withinMs).toBeLessThan(1_000);
    expect((entries[connected]?.at ?? 0) + (clock?.withinMs ?? 0)).toBeGreaterThanOrEqual(entries[firstCheck]?.at ?? 0);
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted((a, b) => a - b));

    const during = await metrics(server);
    expect(during.get('earshot_calls{state="connected"}')).toBe(1);
    expect(during.get('earshot_sessions')).toBe(1);
    expect(during.get('earshot_time_to_audio_seconds_count')).toBe(1);
    expect(during.get('earshot_ice_checks_total{outcome="nominating"}')).toBeGreaterThan(0);
    expect(during.get('earshot_relay_credentials_issued_total')).toBeGreaterThan(0);
    expect(await ask(server, '/healthz')).toMatchObject({ status: 'ok', parts: { calls: { count: 1 }, relay: {} } });

    await softphone.hangUp();
    await softphone.reaches('ended');
    // Counted once nothing more is to come.
    const path = `earshot_media_paths_total{via="direct",transport="udp",family="${family}"}`;
    await until('the path to be counted', async () => (await metrics(server)).get(path), 15_000);
    expect((await metrics(server)).get('earshot_calls_total{result="completed",code="none"}')).toBe(1);

    // The same for people, from the running server by its configuration alone.
    const text = await server.command('call', id);
    expect(text).toMatch(/^caller: Media went directly over UDP \(IPv[46]\)\.$/m);
    expect(text).toMatch(/^ *\d+ +-?[\d.]+ {2}gateway {3}.*from \S+: nominating$/m);
    expect(await server.command('calls')).toContain(`completed  direct udp ${family}`);
  });

  it('that must go through the relay is joined by what the relay saw', async () => {
    const server = await startGateway({ media: { port: 0, workers: 1, icePolicy: 'relay' } });
    gateway = server;
    const softphone = await Softphone.open(await browser.newPage(), server.url);
    await softphone.call('echo');
    await softphone.reaches('connected');
    const id = await callIdOf(softphone);
    const running = await details(
      server,
      id,
      'the pair through the relay',
      ({ reach }) => reach[0]?.path?.server !== undefined,
    );
    // Chromium takes the relay that answers first: by UDP, but for a machine that is busy.
    const transport = running.reach[0]?.path?.transport ?? '';
    expect(['udp', 'tcp']).toContain(transport);
    const findings = transport === 'udp' ? [] : [{ code: 'ice.relay_tcp', weight: 'degraded' }];
    expect(running.reach).toMatchObject([{ outcome: 'reached', policy: 'relay', findings }]);
    const over = `over ${transport.toUpperCase()}`;
    expect(running.reach[0]?.summary).toMatch(
      new RegExp(`^Media went through the relay turn:\\S+ ${over} .* relays only`),
    );
    expect(typesOf(running, 'relay')).toContain('turn.allocated');
    expect(typesOf(running, 'relay')).toContain('turn.relaying');
    // The relay's thread says its figures about once a second.
    for (const name of [
      `earshot_relay_allocations{transport="${transport}"}`,
      'earshot_relay_packets_total{direction="up"}',
    ]) {
      const isCounted = async () => ((await metrics(server)).get(name) ?? 0) > 0 || undefined;
      await until(name, isCounted, 10_000);
    }
    await softphone.hangUp();
    const ended = await details(server, id, 'the end of the allocation', (found) =>
      typesOf(found, 'relay').has('turn.closed'),
    );
    expect(ended.timeline.endedAt).toBeDefined();
  });

  /** A call that finds no path, since UDP does not reach these ports and no relay knows the password. */
  async function failing(blocked: readonly ('media' | 'turn')[], audioSeconds: number): Promise<Details> {
    const ports = { media: await freePort(hostAddress()), turn: await freePort(hostAddress()) };
    gateway = await startGateway({
      media: { port: ports.media, workers: 1 },
      turn: { port: ports.turn, tlsPort: 0, relayPorts: [0, 0] },
      calls: { audioSeconds },
    });
    unblock = blockUdp(blocked.map((name) => ports[name]));
    const page: Page = await browser.newPage();
    await page.addInitScript(WRONG_CREDENTIALS);
    const softphone = await Softphone.open(page, gateway.url);
    await softphone.call('echo');
    await softphone.reaches('answered');
    const id = await callIdOf(softphone);
    await softphone.reaches('ended', 30_000);
    return await details(gateway, id, 'the verdict', ({ reach }) => reach[0]?.outcome === 'failed');
  }

  const codesOf = ({ reach }: Details): string[] => reach.flatMap(({ findings }) => findings.map(({ code }) => code));
  const waysOf = ({ reach }: Details): string[] =>
    reach.flatMap(({ tried }) =>
      tried.map(({ via, transport, outcome, code }) => [via, transport, outcome, code].filter(Boolean).join(' ')),
    );

  it('that finds no path says what was tried, what was refused, and why', async () => {
    const found = await failing(['media'], 6);
    expect(codesOf(found)).toEqual(['ice.nat_needs_relay', 'turn.auth_failed', 'turn.auth_failed']);
    expect(waysOf(found)).toEqual([
      'direct udp unheard',
      'relay udp refused turn.auth_failed',
      'relay tcp refused turn.auth_failed',
    ]);
    // Each refusal is known from both ends, and both are referred to.
    for (const { code, entries } of found.reach.flatMap(({ findings }) => findings)) {
      if (code !== 'turn.auth_failed') continue;
      expect(new Set(entries.map((entry) => found.timeline.entries[entry]?.source))).toEqual(
        new Set(['browser', 'relay']),
      );
    }
    const text = await gateway?.command('call', found.timeline.callId);
    expect(text).toMatch(
      /^caller: There was no media path\. UDP leaves the network, but none of it reached the media ports/m,
    );
    expect(text).toMatch(/^ {2}tried {4}relay over TCP turn:\S+: refused \(turn\.auth_failed\)/m);
    const counted = gateway && (await metrics(gateway));
    expect(counted?.get('earshot_relay_refusals_total{code="turn.auth_failed"}')).toBeGreaterThan(0);
  });

  it('that has no UDP at all tells the relay that is silent from the one that refuses', async () => {
    // Browsers say nothing of a relay for 8 s; one that refuses is known from its own log until then.
    const found = await failing(['media', 'turn'], 12);
    expect(codesOf(found)).toEqual(['ice.udp_blocked', 'turn.silent', 'turn.auth_failed']);
    expect(waysOf(found)).toEqual([
      'direct udp unheard',
      'relay udp silent turn.silent',
      'relay tcp refused turn.auth_failed',
    ]);
  });
});

/** Nothing by UDP to these ports from now on; undone by what is returned. */
function blockUdp(ports: readonly number[]): () => void {
  const nft = programPath('nft');
  const table = `earshot_evidence_${process.pid}`;
  execFileSync(nft, ['add', 'table', 'inet', table]);
  execFileSync(nft, ['add', 'chain', 'inet', table, 'input', '{ type filter hook input priority 0; }']);
  execFileSync(nft, ['add', 'rule', 'inet', table, 'input', 'udp', 'dport', `{ ${ports.join(', ')} }`, 'drop']);
  return () => void execFileSync(nft, ['delete', 'table', 'inet', table]);
}
