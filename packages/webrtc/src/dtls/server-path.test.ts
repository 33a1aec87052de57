import { nodeCrypto } from '@earshot/crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { DtlsServer } from './server.js';
import { DtlsClient } from './testing/dtls-client.js';
import { postQuantumHello } from './testing/hellos.js';
import { createIdentities, type Identities } from './testing/identities.js';
import { type PathOptions, type PathReport, runHandshake } from './testing/virtual-path.js';

let identities: Identities;

beforeAll(async () => {
  identities = await createIdentities();
});

/** What is left of 1280 bytes after the headers of IPv6 and UDP, and a Data indication of TURN to an IPv6 peer. */
const SMALLEST_PATH = 1280 - 40 - 8 - (20 + 24 + 4);

interface Browser {
  /** Its first retransmission, by the round trip in ms. */
  readonly timeoutMs: (roundTripMs: number) => number;
}
const CHROMIUM: Browser = { timeoutMs: (roundTripMs) => Math.max(50, 2 * roundTripMs) };
const FIREFOX: Browser = { timeoutMs: () => 50 };

function run(browser: Browser, roundTripMs: number, options: PathOptions = {}): PathReport {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server });
  server.setRemoteFingerprints(0, identities.fingerprints);
  const client = new DtlsClient({
    crypto: nodeCrypto,
    certificate: identities.client,
    timeoutMs: browser.timeoutMs(roundTripMs),
    misbehaviour: { hello: postQuantumHello },
  });
  const oneWay = roundTripMs / 2;
  return runHandshake(client, server, { delayMs: [oneWay, oneWay], roundTripMs, ...options });
}

const connectedAt = ({ events }: PathReport): number =>
  events.find((event) => event.type === 'connected')?.at ?? Number.POSITIVE_INFINITY;

const flightsOut = ({ events }: PathReport): number[] =>
  events.flatMap((event) => (event.type === 'flight' && event.direction === 'out' ? [event.flight] : []));

describe('the flights of the server', () => {
  it('are one datagram each, and fit the smallest path that IPv6 knows, through a relay too', () => {
    const report = run(CHROMIUM, 40);
    expect(report.toClient).toHaveLength(2);
    for (const { length } of report.toClient) expect(length).toBeLessThanOrEqual(SMALLEST_PATH);
  });

  it('get through where nothing above 576 bytes does, in small fragments', () => {
    const server = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server });
    server.setRemoteFingerprints(0, identities.fingerprints);
    const client = new DtlsClient({ crypto: nodeCrypto, certificate: identities.client, mtu: 548, timeoutMs: 100 });
    const report = runHandshake(client, server, { largest: 548, delayMs: [20, 20], roundTripMs: 40 });
    expect(connectedAt(report)).toBeLessThan(1000);
  });

  it('say by parts alone that the large datagrams of a browser are lost', () => {
    const report = run(CHROMIUM, 40, { largest: 1000, untilMs: 10_000 });
    expect(report.events).toEqual([{ type: 'partial-flight', flight: 1, bytes: expect.any(Number), at: 20 }]);
  });
});

describe('over a long path', () => {
  it.each([
    ['Chromium', 20, CHROMIUM],
    ['Chromium', 300, CHROMIUM],
    ['Chromium', 700, CHROMIUM],
    ['Firefox', 20, FIREFOX],
    ['Firefox', 300, FIREFOX],
    ['Firefox', 700, FIREFOX],
  ])('nothing is sent twice to %s, whose round trip is %d ms', (_, roundTripMs, browser) => {
    const report = run(browser, roundTripMs);
    // The hello goes out at 0 and arrives after half a round trip; flight 5 does one round trip later.
    expect(connectedAt(report)).toBe(1.5 * roundTripMs);
    expect(flightsOut(report)).toEqual([4, 6]);
  });

  it('the clock of the server alone repeats nothing before the answer can be there, as far as it knows no path', () => {
    const report = run(CHROMIUM, 380, {});
    const blind = run(CHROMIUM, 380, { roundTripMs: 2000 });
    for (const each of [report, blind]) expect(flightsOut(each)).toEqual([4, 6]);
  });
});

describe('over 10% loss', () => {
  it.each([
    ['Chromium', 40, CHROMIUM, 70, 500],
    ['Chromium', 300, CHROMIUM, 500, 3000],
    ['Firefox', 40, FIREFOX, 70, 500],
    ['Firefox', 300, FIREFOX, 500, 3000],
  ])('the keys are there soon: %s, %d ms round trip', (_, roundTripMs, browser, median, almostAll) => {
    const times = Array.from({ length: 300 }, (_each, index) =>
      connectedAt(run(browser, roundTripMs, { seed: index + 1, loss: 0.1 })),
    ).sort((a, b) => a - b);
    expect(times[150]).toBeLessThanOrEqual(median);
    expect(times[296]).toBeLessThanOrEqual(almostAll);
    expect(times.at(-1)).toBeLessThan(10_000);
  });
});
