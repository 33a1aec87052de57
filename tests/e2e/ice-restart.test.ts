import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

const BROWSER_HZ = 740;
const RESTARTS = 3;

interface Transport {
  /** Of the local candidate in use; a restart brings another one. */
  readonly localPort: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsSent: number;
  readonly dtlsState: string;
  /** The gateway's view: what it received from the browser, and from the line. */
  readonly near?: { readonly packetsReceived: number; readonly packetsLost: number };
  readonly far?: { readonly packetsReceived: number; readonly packetsLost: number };
}

const READ_TRANSPORT = `(async () => {
  const report = await globalThis.earshotPeers.at(-1).getStats();
  const all = [...report.values()];
  const transport = all.find(({ type }) => type === 'transport');
  const pair = report.get(transport?.selectedCandidatePairId);
  const inbound = all.find(({ type }) => type === 'inbound-rtp');
  const outbound = all.find(({ type }) => type === 'outbound-rtp');
  return {
    localPort: report.get(pair?.localCandidateId)?.port ?? 0,
    packetsReceived: inbound?.packetsReceived ?? 0,
    packetsLost: inbound?.packetsLost ?? 0,
    packetsSent: outbound?.packetsSent ?? 0,
    dtlsState: transport?.dtlsState,
    ...globalThis.gatewayFigures,
  };
})()`;

const KEEP_FIGURES = `globalThis.earshot.call.on('stats', ({ far, near }) => { globalThis.gatewayFigures = { far, near }; })`;

describe.skipIf(lacks('chromium'))('an ICE restart in mid-call', () => {
  let browser: Chromium;
  let gateway: Gateway | undefined;
  beforeAll(async () => {
    browser = await launchChromium({ microphone: BROWSER_HZ });
  });
  afterEach(() => gateway?.stop());
  afterAll(() => browser.close());

  it.each([
    ['direct', 'all'],
    ['relayed', 'relay'],
  ])('of a %s call loses no packet and keeps DTLS', async (_way, policy) => {
    gateway = await startGateway({ calls: { codec: 'density' } });
    const softphone = await Softphone.open(await browser.newPage(), `${gateway.url}/?policy=${policy}`);
    const read = async (): Promise<Transport> => (await softphone.page.evaluate(READ_TRANSPORT)) as Transport;
    await softphone.call('echo');
    await softphone.reaches('connected');
    await softphone.page.evaluate(KEEP_FIGURES);
    const ports = [(await read()).localPort];
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      await softphone.page.evaluate('globalThis.earshot.call.restartIce()');
      const before = await read();
      const port = await until('another candidate pair', async () => {
        const { localPort } = await read();
        return localPort !== 0 && !ports.includes(localPort) ? localPort : undefined;
      });
      ports.push(port);
      // Half a second of media over the new pair.
      await until('media over the new pair', async () => {
        const { packetsReceived, packetsSent } = await read();
        return packetsReceived > before.packetsReceived + 25 && packetsSent > before.packetsSent + 25
          ? true
          : undefined;
      });
    }
    await softphone.hears(BROWSER_HZ);
    // The gateway tells its figures once a second: wait for some that cover every restart.
    const { packetsSent } = await read();
    const after = await until("the gateway's figures", async () => {
      const now = await read();
      return (now.near?.packetsReceived ?? 0) >= packetsSent ? now : undefined;
    });
    expect(new Set(ports).size).toBe(RESTARTS + 1);
    expect(after).toMatchObject({ packetsLost: 0, near: { packetsLost: 0 }, far: { packetsLost: 0 } });
    expect(after.dtlsState).toBe('connected');
    const handshakes = gateway.records().filter(({ type, state }) => type === 'leg.dtls' && state === 'connected');
    expect(handshakes).toHaveLength(1);
    expect(await softphone.states()).not.toContain('reconnecting');
    await softphone.hangUp();
  });
});
