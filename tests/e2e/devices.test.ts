import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';
import { type SoundServer, startSoundServer } from '../harness/sound-server.js';
import { toneMs } from '../harness/tones.js';

const WEBCAM_HZ = 500;
const HEADSET_HZ = 900;

/** Keeps count of microphones and timers of a page. */
const COUNT = `(() => {
  globalThis.opened = [];
  const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await own(constraints);
    globalThis.opened.push(...stream.getTracks());
    return stream;
  };
  globalThis.timers = new Set();
  const { setTimeout, clearTimeout } = globalThis;
  globalThis.setTimeout = (run, delay, ...rest) => {
    const timer = setTimeout(() => {
      globalThis.timers.delete(timer);
      run(...rest);
    }, delay);
    globalThis.timers.add(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    globalThis.timers.delete(timer);
    clearTimeout(timer);
  };
})()`;

/** A person at a computer with real devices, who hears on the echo line what the far end hears. */
class Person {
  readonly phone: Softphone;
  readonly #page: Page;

  constructor(page: Page, phone: Softphone) {
    this.#page = page;
    this.phone = phone;
  }

  static async open(browser: Chromium, url: string): Promise<Person> {
    const page = await browser.newPage();
    return new Person(page, await Softphone.open(page, url));
  }

  evaluate<Result>(expression: string): Promise<Result> {
    return this.#page.evaluate(expression) as Promise<Result>;
  }

  /** Steady tones are noise, which is what browsers take away. */
  async call(): Promise<void> {
    await this.evaluate(`(() => {
      globalThis.told = [];
      const plain = { noiseSuppression: false, echoCancellation: false, autoGainControl: false };
      const call = globalThis.earshot.phone.call('echo', { microphone: plain });
      call.on('error', ({ code }) => globalThis.told.push('error ' + code));
      call.on('microphone', ({ reason, code }) => globalThis.told.push(['microphone', reason, code].filter(Boolean).join(' ')));
      globalThis.ownCall = call;
    })()`);
    await until(
      'connected',
      async () => ((await this.evaluate('ownCall.state')) === 'connected' ? true : undefined),
      15_000,
    );
  }

  told(): Promise<readonly string[]> {
    return this.evaluate('globalThis.told');
  }

  /** Chooses by a part of the name. */
  async chooses(label: string): Promise<void> {
    await this.evaluate(`(async () => {
      const { devices } = globalThis.earshot.phone;
      await devices.refresh();
      const device = devices.microphones.find(({ label }) => label.includes(${JSON.stringify(label)}));
      await devices.useMicrophone(device.id);
    })()`);
  }

  comesBack(): Promise<unknown> {
    return this.evaluate(`globalThis.dispatchEvent(new Event('focus'))`);
  }

  liveTracks(): Promise<number> {
    return this.evaluate(
      `globalThis.earshotPeers.flatMap((peer) => peer.getSenders()).filter(({ track }) => track?.readyState === 'live').length`,
    );
  }

  uses(): Promise<string> {
    return this.evaluate(`ownCall.microphoneStream.getAudioTracks()[0].label`);
  }

  /** In ms from now. */
  async hears(frequencyHz: number): Promise<number> {
    const from = Date.now();
    const heard = async (): Promise<true | undefined> =>
      toneMs(await this.phone.record(0.4), frequencyHz) >= 200 ? true : undefined;
    await until(`${frequencyHz} Hz`, heard, 15_000);
    return Date.now() - from;
  }
}

describe.skipIf(lacks('chromium', 'pulseaudio', 'pactl'))('with real devices in Chromium', () => {
  let gateway: Gateway;
  let sound: SoundServer | undefined;
  let browser: Chromium | undefined;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterEach(async () => {
    await browser?.close();
    await sound?.stop();
  });
  afterAll(() => gateway.stop());

  async function open(): Promise<{ readonly person: Person; readonly sound: SoundServer }> {
    const server = await startSoundServer();
    sound = server;
    await server.plug('webcam', WEBCAM_HZ);
    await server.plug('headset', HEADSET_HZ);
    await server.prefer('webcam');
    browser = await launchChromium({ microphone: 'none', env: server.env });
    const person = await Person.open(browser, gateway.url);
    await person.call();
    await person.hears(WEBCAM_HZ);
    return { person, sound: server };
  }

  it('the far end hears another microphone as soon as it is chosen, muted or not as before', async () => {
    const { person } = await open();
    await person.evaluate('ownCall.mute()');
    await person.chooses('headset');
    expect(await person.evaluate('ownCall.microphoneStream.getAudioTracks()[0].enabled')).toBe(false);
    await person.evaluate('ownCall.unmute()');
    const ms = await person.hears(HEADSET_HZ);
    console.info(`chosen: heard after ${ms} ms`);
    expect(await person.uses()).toBe('headset');
    expect(await person.told()).toEqual(['microphone asked']);
  });

  it('what is left is heard when a headset is pulled out in mid-call, and the headset when it is back', async () => {
    const { person, sound } = await open();
    await person.chooses('headset');
    await person.hears(HEADSET_HZ);
    await sound.unplug('headset');
    const ms = await person.hears(WEBCAM_HZ);
    console.info(`pulled out: the other microphone is heard after ${ms} ms`);
    expect(ms).toBeLessThan(8_000);
    // Where devices are virtual nobody tells the browser: a person who comes back to the page has it look.
    await person.comesBack();
    await until('another device', async () => ((await person.uses()) === 'headset' ? undefined : true));
    await sound.plug('headset', HEADSET_HZ);
    await person.comesBack();
    await person.hears(HEADSET_HZ);
    expect(await person.uses()).toBe('headset');
    expect((await person.told()).filter((line) => line.startsWith('error'))).toEqual([]);
  });
});

describe.skipIf(lacks('chromium'))('with the devices of Chromium itself', () => {
  const TONE_HZ = 740;
  let gateway: Gateway;
  let browser: Chromium;
  beforeAll(async () => {
    gateway = await startGateway();
    browser = await launchChromium({ microphone: TONE_HZ });
  });
  afterEach(() => Promise.all(browser.context.pages().map((page) => page.close())));
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
  });

  it('a microphone whose track ends is opened anew by itself', async () => {
    const person = await Person.open(browser, gateway.url);
    await person.call();
    await person.phone.hears(TONE_HZ);
    await person.evaluate(`(() => {
      const [track] = ownCall.microphoneStream.getAudioTracks();
      track.stop();
      track.dispatchEvent(new Event('ended'));
    })()`);
    const from = Date.now();
    await until('another track', async () => ((await person.told()).length > 0 ? true : undefined));
    console.info(`ended: another track is sent after ${Date.now() - from} ms`);
    await person.phone.hears(TONE_HZ);
    expect(await person.told()).toEqual(['microphone recovered mic.track_ended']);
    expect(await person.liveTracks()).toBe(1);
  });

  it('one that cannot be had again is named once, and taken as soon as it can', async () => {
    const person = await Person.open(browser, gateway.url);
    await person.call();
    await person.evaluate(`(() => {
      const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = (constraints) => globalThis.plugged
        ? own(constraints)
        : Promise.reject(new DOMException('Requested device not found', 'NotFoundError'));
      const [track] = ownCall.microphoneStream.getAudioTracks();
      track.stop();
      track.dispatchEvent(new Event('ended'));
    })()`);
    await until('a word', async () => ((await person.told()).length > 0 ? true : undefined));
    await person.evaluate(`globalThis.plugged = true; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))`);
    await person.phone.hears(TONE_HZ);
    expect(await person.told()).toEqual(['error mic.track_ended', 'microphone recovered mic.track_ended']);
  });

  it('the twentieth call holds no more than the first, and nothing is left when it is over', async () => {
    const person = await Person.open(browser, gateway.url);
    const held = (): Promise<object> =>
      person.evaluate(`({
        live: globalThis.opened.filter(({ readyState }) => readyState === 'live').length,
        peers: globalThis.earshotPeers.filter(({ connectionState }) => connectionState !== 'closed').length,
        elements: document.querySelectorAll('audio').length,
        timers: globalThis.timers.size,
      })`);
    await person.evaluate(COUNT);
    const during: object[] = [];
    const after: object[] = [];
    for (let count = 0; count < 20; count += 1) {
      await person.call();
      during.push(await held());
      await person.evaluate('ownCall.hangUp()');
      await until('everything let go', async () => {
        const { live, peers } = (await held()) as { live: number; peers: number };
        return live + peers === 0 ? true : undefined;
      });
      after.push(await held());
    }
    expect(during.at(-1)).toMatchObject({ live: 1, peers: 1, elements: 1 });
    expect(after.at(-1)).toMatchObject({ live: 0, peers: 0, elements: 0 });
    // Some run for a second or so, whoever waits for them.
    const first = (after[0] as { timers: number }).timers;
    await until('the timers of one call', async () =>
      ((await held()) as { timers: number }).timers <= first ? true : undefined,
    );
    await person.call();
    await person.phone.hears(TONE_HZ);
  });
});
