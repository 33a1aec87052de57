import { afterEach, describe, it } from 'vitest';
import { FIREFOX_MICROPHONE_HZ, type Firefox, launchFirefox } from '../harness/firefox.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { Softphone } from '../harness/softphone.js';

describe.skipIf(lacks('firefox-esr', 'pulseaudio'))('Firefox', () => {
  let browser: Firefox | undefined;
  let gateway: Gateway | undefined;
  afterEach(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  it('hears itself on the echo line', async () => {
    gateway = await startGateway();
    browser = await launchFirefox();
    const softphone = await Softphone.open(await browser.newPage(), gateway.url);
    await softphone.call('echo');
    await softphone.reaches('connected');
    await softphone.hears(FIREFOX_MICROPHONE_HZ);
    await softphone.hangUp();
    await softphone.reaches('ended');
  });
});
