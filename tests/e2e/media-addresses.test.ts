import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../harness/chromium.js';
import { type Gateway, type LogRecord, startGateway } from '../harness/gateway.js';
import { lacks, programPath } from '../harness/peers.js';
import { temporaryFolder, until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';
import { connect } from '../networks/links.js';
import { ip, type Namespace, startNamespace, whyNoNamespaces } from '../networks/namespace.js';

const BROWSER_HZ = 740;
const PAGE = '203.0.113.10';
const MEDIA = ['203.0.113.11', '203.0.113.12'];
const CLIENT = '203.0.113.100';
const HTTP_PORT = 8080;
const RECOVERY_MS = 35_000;
const TEST_MS = 120_000;

/** Writes a program that runs Chromium in a namespace. */
function chromiumWithin(namespace: Namespace, folder: string): string {
  const path = join(folder, 'chromium');
  const [command, args] = namespace.within(programPath('chromium'), []);
  writeFileSync(path, `#!/bin/sh\nexec ${[command, ...args].join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The address of the gateway that the newest path of a call goes by. */
function localOf(gateway: Gateway): string | undefined {
  const paths = gateway.records().filter(({ type, state }) => type === 'leg.ice' && state === 'connected');
  return (paths.at(-1) as (LogRecord & { readonly local?: { readonly address: string } }) | undefined)?.local?.address;
}

const changes = (gateway: Gateway): number =>
  gateway.records().filter(({ msg }) => msg === 'media addresses changed').length;

describe.skipIf(whyNoNamespaces() !== undefined || lacks('chromium'))('an address of the gateway', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  it('may vanish in mid-call, and come back: the call goes on by another, later calls by any', {
    timeout: TEST_MS,
  }, async () => {
    const [machine, client] = [await startNamespace('gateway'), await startNamespace('client')];
    closers.push(() => machine.stop());
    closers.push(() => client.stop());
    await connect({ namespace: machine, device: 'wan' }, { namespace: client, device: 'wan' });
    await ip(
      machine,
      [PAGE, ...MEDIA].map((address) => `address add ${address}/24 dev wan`),
    );
    await ip(client, [`address add ${CLIENT}/24 dev wan`]);
    const folder = temporaryFolder('media-addresses');
    closers.push(() => folder.remove());

    const settings = { http: { port: HTTP_PORT }, media: { advertisedAddresses: MEDIA }, turn: { enabled: false } };
    const gateway = await startGateway(settings, machine.within);
    closers.push(() => gateway.stop());
    const url = `http://${PAGE}:${HTTP_PORT}`;
    const chromium = await launchChromium({
      microphone: BROWSER_HZ,
      executablePath: chromiumWithin(client, folder.path),
      args: [`--unsafely-treat-insecure-origin-as-secure=${url}`],
    });
    closers.push(() => chromium.close());

    const softphone = await Softphone.open(await chromium.newPage(), url);
    await softphone.call('echo');
    await softphone.reaches('connected');
    await softphone.hears(BROWSER_HZ);
    const gone = localOf(gateway);
    expect(MEDIA).toContain(gone);
    await ip(machine, [`address delete ${gone}/24 dev wan`]);
    await until('another path', async () => (localOf(gateway) === gone ? undefined : true), RECOVERY_MS);
    await softphone.hears(BROWSER_HZ);
    expect(MEDIA).toContain(localOf(gateway));
    expect(changes(gateway)).toBe(1);
    await softphone.reaches('connected');
    await softphone.hangUp();
    await softphone.reaches('ended');

    await ip(machine, [`address add ${gone}/24 dev wan`]);
    await until('the address again', async () => (changes(gateway) === 2 ? true : undefined));
    const second = await Softphone.open(await chromium.newPage(), url);
    await second.call('echo');
    await second.reaches('connected');
    const offered = await second.page.evaluate(`globalThis.earshotPeers.at(-1).remoteDescription.sdp`);
    for (const address of MEDIA) expect(offered).toContain(address);
    await second.hears(BROWSER_HZ);
    await second.hangUp();
  });
});
