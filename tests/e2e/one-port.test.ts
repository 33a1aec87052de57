import { connect } from 'node:tls';
import { formatAddress } from '@earshot/base';
import { askServer, openLink } from '@earshot/gateway';
import type { CallTimeline } from '@earshot/telemetry';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateFiles, TestAuthority } from '../harness/certificates.js';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { mediaPath, movedPath } from '../harness/media-path.js';
import { hostAddress, hostIpv6, lacks } from '../harness/peers.js';
import { temporaryFolder, until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

const BROWSER_HZ = 740;
/** The relay has an address of its own, so that the TLS port is all there is where the page is. */
const ELSEWHERE = '127.0.0.9';

/** The fingerprint of the certificate that a port shows. */
function shownCertificate(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostAddress(), port, ca, servername: 'localhost' }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

/** This machine's addresses: clients of either family come to one listener. */
const FAMILIES = [hostAddress(), hostIpv6()].filter((address) => address !== undefined);

describe.skipIf(lacks('chromium'))('one TLS port', () => {
  const folder = temporaryFolder('one-port');
  let authority: TestAuthority;
  let files: CertificateFiles;
  let browser: Chromium;
  let gateway: Gateway;
  let port: number;
  let softphone: Softphone;
  beforeAll(async () => {
    authority = await TestAuthority.create();
    browser = await launchChromium({ microphone: BROWSER_HZ, args: authority.chromiumArgs });
  });
  afterEach(() => gateway?.stop());
  afterAll(async () => {
    await browser.close();
    folder.remove();
  });

  /** A call that no UDP and no other port could carry. Gives its origin. */
  async function call(address = hostAddress()): Promise<string> {
    files = await authority.issueFiles(folder.path, { names: ['localhost', ...FAMILIES] });
    gateway = await startGateway({
      http: { port: 0, tls: { port: 0, ...files } },
      media: { port: 0, workers: 1, icePolicy: 'relay' },
      turn: { port: 0, tlsPort: 0, relayPorts: [0, 0], hosts: [ELSEWHERE] },
    });
    port = Number(new URL(gateway.secureUrl).port);
    const origin = `https://${formatAddress({ address, port })}`;
    softphone = await Softphone.open(await browser.newPage(), origin);
    await softphone.call('echo');
    await softphone.reaches('connected');
    return origin;
  }

  const isRelayed = { type: 'relay', relayProtocol: 'tls' };

  it.each(FAMILIES)('carries page, WebSocket and media at %s', async (address) => {
    const origin = await call(address);
    await softphone.hears(BROWSER_HZ);
    const url = `turns:${formatAddress({ address, port })}?transport=tcp`;
    expect(await mediaPath(softphone.page)).toMatchObject({ ...isRelayed, url });
    expect(await softphone.page.evaluate('[isSecureContext, location.protocol]')).toEqual([true, 'https:']);
    const opened = (await softphone.page.evaluate(
      `performance.getEntriesByType('resource').map(({ name }) => name)`,
    )) as string[];
    expect([...new Set(opened.map((name) => new URL(name).origin))]).toEqual([origin]);
    // Clients are known by the address they have, to themselves and to operators.
    const link = await openLink({ scheme: 'turns', host: address, port, transport: 'tls' }, { timeoutMs: 5_000 });
    if (!link.ok) throw new Error(link.error.code);
    expect(link.value.local.address).toBe(address);
    expect(await askServer(link.value)).toMatchObject({ ok: true, value: { mapped: link.value.local } });
    link.value.close();
    const id = String(await softphone.page.evaluate('globalThis.earshot.call.id'));
    const details = await fetch(`${gateway.adminUrl}/api/calls/${id}`);
    const { timeline } = (await details.json()) as { readonly timeline: CallTimeline };
    const clients = timeline.entries.flatMap(({ event }) => ('client' in event ? [event.client.address] : []));
    expect(new Set(clients)).toEqual(new Set([address]));
    // Reads its files again, where it used to end.
    process.kill(gateway.pid, 'SIGHUP');
    await until('that it heard', () => gateway.records().find(({ msg }) => msg.startsWith('reading configuration')));
    await softphone.hangUp();
    await softphone.reaches('ended');
  });

  it('takes up a new certificate in mid-call, and the call can move with it', async () => {
    await call();
    const before = await mediaPath(softphone.page);
    const shown = await shownCertificate(port, authority.certificate);
    await authority.issueFiles(folder.path);
    await until('the new certificate', () => gateway.records().find(({ msg }) => msg === 'new certificate in use'));
    expect(await shownCertificate(port, authority.certificate)).not.toBe(shown);
    await softphone.hears(BROWSER_HZ);
    expect((await mediaPath(softphone.page)).port).toBe(before.port);
    await softphone.page.evaluate('globalThis.earshot.call.restartIce()');
    expect(await movedPath(softphone.page, [before.port])).toMatchObject(isRelayed);
    await softphone.hears(BROWSER_HZ);
    expect(await softphone.states()).not.toContain('reconnecting');
  });
});
