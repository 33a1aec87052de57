import { afterEach, describe, expect, it } from 'vitest';
import { FIREFOX_MICROPHONE_HZ, type Firefox, launchFirefox } from '../harness/firefox.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

/** Which credentials of the gateway's are in use, and which port of the browser's. */
const READ = `(async () => {
  const peer = globalThis.earshotPeers.at(-1);
  const all = [...(await peer.getStats()).values()];
  const pair = all.find(({ type, selected }) => type === 'candidate-pair' && selected);
  const local = all.find(({ id }) => id === pair?.localCandidateId);
  const ufrag = /a=ice-ufrag:(\\S+)/.exec(peer.remoteDescription.sdp)?.[1];
  return { port: local?.port ?? 0, ufrag, signaling: peer.signalingState };
})()`;

describe.skipIf(lacks('firefox-esr', 'pulseaudio'))('an ICE restart of Firefox', () => {
  let browser: Firefox | undefined;
  let gateway: Gateway | undefined;
  afterEach(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  it('needs no answer, and is heard all the same', async () => {
    gateway = await startGateway();
    browser = await launchFirefox();
    const softphone = await Softphone.open(await browser.newPage(), gateway.url);
    const read = async (): Promise<{ port: number; ufrag: string; signaling: string }> =>
      (await softphone.page.evaluate(READ)) as { port: number; ufrag: string; signaling: string };
    await softphone.call('echo');
    await softphone.reaches('connected');
    const before = await read();
    await softphone.page.evaluate('globalThis.earshot.call.restartIce()');
    // Nothing was awaited of the gateway.
    const after = await read();
    expect(after.signaling).toBe('stable');
    expect(after.ufrag).not.toBe(before.ufrag);
    await until('another port', async () => ((await read()).port !== before.port ? true : undefined));
    await softphone.hears(FIREFOX_MICROPHONE_HZ);
  });
});
