import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceInfo } from '../browser.js';
import type { Call } from '../call.js';
import { asStream, FakeStream, FakeTrack } from '../testing/fake-media.js';
import { PhoneScene } from '../testing/scene.js';

const device = (kind: DeviceInfo['kind'], deviceId: string, label: string): DeviceInfo => ({
  kind,
  deviceId,
  label,
  groupId: label,
});
const WEBCAM = device('audioinput', 'webcam', 'Webcam');
const HEADSET = device('audioinput', 'headset', 'Headset');
const EARS = device('audiooutput', 'ears', 'Headset');
const defaultIs = (label: string): DeviceInfo => ({ ...device('audioinput', 'default', `Default - ${label}`) });

/** A page on a computer with devices that come and go. */
class Desk {
  readonly scene: PhoneScene;
  /** What was asked of the browser: the device by name, with `!` where it must be that one. */
  readonly asked: string[] = [];
  readonly tracks: FakeTrack[] = [];
  /** Of the next question. */
  failure: DOMException | undefined;

  constructor(scene: PhoneScene) {
    this.scene = scene;
    const { browser } = scene;
    browser.microphone = async ({ audio }) => {
      const wish = typeof audio === 'object' ? (audio.deviceId ?? '') : '';
      const exact = typeof wish === 'object' && 'exact' in wish ? String(wish.exact) : undefined;
      const wanted = exact ?? String(wish);
      this.asked.push(exact === undefined ? wanted : `${exact}!`);
      if (this.failure !== undefined) throw this.failure;
      const inputs = browser.listed.filter(({ kind }) => kind === 'audioinput');
      const found = inputs.find(({ deviceId }) => deviceId === wanted);
      if (exact !== undefined && found === undefined) throw new DOMException('', 'OverconstrainedError');
      const used = found ?? inputs[0];
      if (used === undefined) throw new DOMException('Requested device not found', 'NotFoundError');
      const track = Object.assign(new FakeTrack(), { label: used.label, deviceId: used.deviceId });
      this.tracks.push(track);
      return asStream(new FakeStream([track]));
    };
  }

  async plugged(...listed: readonly DeviceInfo[]): Promise<void> {
    this.scene.browser.listed = listed;
    this.scene.browser.devicesChange();
    await this.scene.browser.run(10);
  }

  /** What the call sends. */
  sends(index = -1): FakeTrack {
    return this.scene.browser.peers.at(index)?.getTransceivers()[0]?.sender.track as unknown as FakeTrack;
  }
}

function errorsOf(call: Call): string[] {
  const errors: string[] = [];
  call.on('error', ({ code }) => errors.push(code));
  return errors;
}

let desk: Desk;
let scene: PhoneScene;
beforeEach(async () => {
  scene = await PhoneScene.connected();
  desk = new Desk(scene);
  await desk.plugged(defaultIs('Webcam'), WEBCAM, HEADSET);
});

describe('one microphone for the page', () => {
  it('is asked for once by calls that overlap, each with a track of its own', async () => {
    const first = await scene.call('one');
    const second = await scene.call('two');
    expect(desk.asked).toHaveLength(1);
    expect(desk.sends(-2)).not.toBe(desk.sends(-1));
    first.mute();
    expect([desk.sends(-2).enabled, desk.sends(-1).enabled]).toEqual([false, true]);
    first.hangUp();
    await scene.browser.run(500);
    expect([desk.sends(-2).stopped, desk.sends(-1).stopped]).toEqual([true, false]);
    second.hangUp();
    await scene.browser.run(500);
    expect(desk.sends(-1).stopped).toBe(true);
  });

  it('is asked for once by calls that begin together', async () => {
    const [one, two] = [scene.phone.call('one'), scene.phone.call('two')];
    await scene.browser.run(100);
    expect(desk.asked).toHaveLength(1);
    one.hangUp();
    await scene.browser.run(500);
    expect(two.microphoneStream?.getAudioTracks()[0]?.readyState).toBe('live');
  });

  it('gives the next call a live one, muted or not as that call is', async () => {
    const first = await scene.call('one');
    first.mute();
    await scene.call('two');
    expect(desk.sends(-1).enabled).toBe(true);
  });
});

describe('a microphone that is pulled out', () => {
  it.each(['ended', 'devicechange'] as const)('is replaced by itself, told by %s alone', async (sign) => {
    const call = await scene.call();
    const errors = errorsOf(call);
    const switches: object[] = [];
    call.on('microphone', (why) => switches.push(why));
    call.mute();
    const before = desk.sends();
    if (sign === 'ended') before.becomes('ended');
    else await desk.plugged(HEADSET);
    await scene.browser.run(50);
    expect(desk.sends()).not.toBe(before);
    expect([desk.sends().enabled, before.stopped, errors]).toEqual([false, true, []]);
    expect(switches).toEqual([{ reason: 'recovered', code: 'mic.track_ended' }]);
    await scene.talk(1_000);
    expect(scene.said('mic.switched')).toEqual([
      { reason: 'recovered', code: 'mic.track_ended', label: desk.sends().label },
    ]);
    expect(scene.said('mic.track')).not.toContainEqual({ state: 'replaced' });
    call.hangUp();
    await scene.browser.run(500);
    expect(desk.sends().stopped).toBe(true);
  });

  it('is named where there is no other, tried again, and taken as soon as it is back', async () => {
    const call = await scene.call();
    const errors = errorsOf(call);
    const asked = desk.asked.length;
    await desk.plugged();
    desk.sends().becomes('ended');
    await scene.browser.run(60_000);
    expect(errors).toEqual(['mic.track_ended']);
    expect(desk.asked.length - asked).toBe(5);
    await desk.plugged(WEBCAM);
    expect(desk.sends()).toMatchObject({ label: 'Webcam', readyState: 'live' });
    expect(errors).toHaveLength(1);
  });

  it('is named though the browser never answers, and nothing is left waiting when the call ends', async () => {
    const call = await scene.call();
    const errors = errorsOf(call);
    scene.browser.microphone = () => new Promise(() => undefined);
    desk.sends().becomes('ended');
    await scene.browser.run(1_900);
    expect(errors).toEqual([]);
    await scene.browser.run(200);
    expect(errors).toEqual(['mic.track_ended']);
  });

  it('is let go of where it comes after the call', async () => {
    const call = await scene.call();
    let answer: (stream: MediaStream) => void = () => undefined;
    scene.browser.microphone = () => new Promise((resolve) => (answer = resolve));
    desk.sends().becomes('ended');
    call.hangUp();
    await scene.browser.run(500);
    const late = new FakeStream();
    answer(asStream(late));
    await scene.browser.run(10);
    expect(late.tracks[0]?.stopped).toBe(true);
  });
});

describe('a microphone that is dead though its track is live', () => {
  it('is opened anew, and named where that does not help', async () => {
    const call = await scene.call();
    const errors = errorsOf(call);
    await scene.talk(2_000);
    const asked = desk.asked.length;
    await scene.talk(3_500, (counts) => {
      counts.seconds = 2;
      counts.energy = 0.02;
    });
    expect(desk.asked.length - asked).toBe(1);
    expect(errors).toEqual([]);
    await scene.talk(5_500, (counts) => {
      counts.seconds = 2;
      counts.energy = 0.02;
    });
    expect(errors).toEqual(['mic.interrupted']);
    expect(desk.asked.length - asked).toBe(2);
  });

  it('is not looked for while the person is muted', async () => {
    const call = await scene.call();
    call.mute();
    const errors = errorsOf(call);
    await scene.talk(30_000, (counts) => {
      counts.micEnergy = 0;
    });
    expect([errors, desk.asked.length]).toEqual([[], 1]);
  });
});

describe('a chosen microphone', () => {
  it('is used in the call that runs, and by the next page', async () => {
    await scene.call();
    const before = desk.sends();
    await scene.phone.devices.useMicrophone('headset');
    expect([desk.sends().label, before.stopped]).toEqual(['Headset', true]);
    await scene.talk(1_000);
    expect(scene.said('mic.switched')).toEqual([{ reason: 'asked', label: 'Headset' }]);
    expect([...scene.browser.memory.values()].map((text) => JSON.parse(text))).toEqual([
      { microphone: { id: 'headset', label: 'Headset' } },
    ]);
    const { memory } = scene.browser;
    scene = await PhoneScene.connected();
    desk = new Desk(scene);
    for (const [key, text] of memory) scene.browser.remember(key, text);
    await desk.plugged(WEBCAM, HEADSET);
    await scene.call();
    expect(desk.asked).toEqual(['headset']);
  });

  it('stays as it was where the other one cannot be had', async () => {
    await scene.call();
    const before = desk.sends();
    await expect(scene.phone.devices.useMicrophone('gone')).rejects.toMatchObject({ code: 'mic.stale_device' });
    expect(desk.sends()).toBe(before);
    expect(before.readyState).toBe('live');
    expect(scene.phone.devices.chosen('microphone')).toBeUndefined();
  });

  it('is opened where the browser opens one at a time', async () => {
    await scene.call();
    const { microphone } = scene.browser;
    scene.browser.microphone = (constraints) =>
      desk.tracks.some(({ readyState }) => readyState === 'live')
        ? Promise.reject(new DOMException('Could not start audio source', 'NotReadableError'))
        : microphone(constraints);
    await scene.phone.devices.useMicrophone('headset');
    expect(desk.sends().label).toBe('Headset');
  });

  it('is left when it goes, and taken again when it is back', async () => {
    await scene.phone.devices.useMicrophone('headset');
    const call = await scene.call();
    const { devices } = scene.phone;
    await desk.plugged(defaultIs('Webcam'), WEBCAM);
    expect(desk.sends().deviceId).toBe('default');
    expect([devices.inUse('microphone'), devices.chosen('microphone')?.label]).toEqual(['', 'Headset']);
    await desk.plugged(defaultIs('Webcam'), WEBCAM, HEADSET);
    expect(desk.sends().deviceId).toBe('headset');
    expect(scene.phone.devices.inUse('microphone')).toBe('headset');
    call.hangUp();
  });

  it('gives way to the newest choice', async () => {
    await scene.call();
    const { devices } = scene.phone;
    await Promise.all([devices.useMicrophone('headset'), devices.useMicrophone('webcam')]);
    expect(desk.sends().label).toBe('Webcam');
    expect(desk.tracks.filter(({ readyState }) => readyState === 'live')).toHaveLength(1);
  });

  it('is not undone by an older one that comes late', async () => {
    await scene.call();
    const { devices } = scene.phone;
    const { microphone } = scene.browser;
    let answer: () => void = () => undefined;
    scene.browser.microphone = async (constraints) => {
      const stream = await microphone(constraints);
      if (JSON.stringify(constraints).includes('headset')) await new Promise<void>((resolve) => (answer = resolve));
      return stream;
    };
    const older = devices.useMicrophone('headset');
    await devices.useMicrophone('webcam');
    answer();
    await older;
    expect([desk.sends().label, devices.chosen('microphone')?.label]).toEqual(['Webcam', 'Webcam']);
    expect(desk.tracks.filter(({ readyState }) => readyState === 'live')).toHaveLength(1);
  });

  it('is opened where the track before ends for it, as on iOS', async () => {
    const call = await scene.call();
    const switches: object[] = [];
    call.on('microphone', (why) => switches.push(why));
    const { microphone } = scene.browser;
    scene.browser.microphone = (constraints) => {
      desk.tracks.at(-1)?.becomes('ended');
      return microphone(constraints);
    };
    await scene.phone.devices.useMicrophone('headset');
    await scene.browser.run(100);
    expect([desk.sends().label, switches, desk.asked.length]).toEqual(['Headset', [{ reason: 'asked' }], 2]);
  });

  it('is told, and another one used, where a call must have one that is gone', async () => {
    const call = scene.phone.call('echo', { microphone: { deviceId: { exact: 'gone' } } });
    const errors = errorsOf(call);
    await scene.browser.run(100);
    expect(desk.asked).toEqual(['gone!', '']);
    expect([errors, call.state]).toEqual([['mic.stale_device'], 'calling']);
    expect(scene.said('mic.failed')).toEqual([]);
  });
});

describe('the default of the system', () => {
  it('is followed when it changes', async () => {
    const call = await scene.call();
    const switches: object[] = [];
    call.on('microphone', (why) => switches.push(why));
    await desk.plugged(defaultIs('Headset'), WEBCAM, HEADSET);
    expect(desk.sends().label).toBe('Default - Headset');
    expect(switches).toEqual([{ reason: 'default_changed' }]);
  });

  it('is not followed by those who chose a device', async () => {
    await scene.phone.devices.useMicrophone('webcam');
    await scene.call();
    const before = desk.sends();
    await desk.plugged(defaultIs('Headset'), WEBCAM, HEADSET);
    expect(desk.sends()).toBe(before);
  });

  it('has not changed when it is told for the first time', async () => {
    const fresh = await PhoneScene.connected();
    const other = new Desk(fresh);
    await other.plugged(device('audioinput', '', ''));
    await fresh.call();
    await other.plugged(defaultIs('Webcam'), WEBCAM);
    expect(other.asked).toHaveLength(1);
  });
});

describe('a chosen speaker', () => {
  beforeEach(async () => {
    await desk.plugged(WEBCAM, EARS);
  });

  it('is used by the calls that run and those that follow, until it goes, which is told', async () => {
    const call = await scene.call();
    const [speaker] = scene.browser.speakers;
    if (speaker === undefined) throw new Error('no speaker');
    speaker.devices = ['', 'ears'];
    scene.phone.devices.useSpeaker('ears');
    await scene.browser.run(10);
    expect(speaker.deviceId).toBe('ears');
    const errors = errorsOf(call);
    await desk.plugged(WEBCAM);
    expect([speaker.deviceId, errors]).toEqual(['', ['playout.sink_failed']]);
    await desk.plugged(WEBCAM, EARS);
    expect([speaker.deviceId, errors.length]).toEqual(['ears', 1]);
    call.hangUp();
    await scene.browser.run(500);
    await scene.call('two');
    expect(speaker.deviceId).toBe('ears');
  });

  it('is not that of a call that chose for itself', async () => {
    const call = await scene.call();
    const [speaker] = scene.browser.speakers;
    if (speaker === undefined) throw new Error('no speaker');
    speaker.devices = ['', 'ears', 'room'];
    await call.useSpeaker('room');
    scene.phone.devices.useSpeaker('ears');
    await scene.browser.run(10);
    expect(speaker.deviceId).toBe('room');
  });

  it('is another one than where it rings', () => {
    const { devices } = scene.phone;
    const rings: string[] = [];
    const stop = devices.follow('ringer', (deviceId) => rings.push(deviceId));
    devices.useSpeaker('ears');
    devices.useRinger('ears');
    devices.useRinger('');
    stop();
    devices.useRinger('ears');
    expect(rings).toEqual(['ears', '']);
  });
});

describe('a stream that the page has already', () => {
  it('is used, muted and given back without touching it', async () => {
    const given = new FakeStream();
    const call = scene.phone.call('echo', { microphone: asStream(given) });
    await scene.browser.run(10);
    expect(desk.asked).toEqual([]);
    call.mute();
    call.hangUp();
    await scene.browser.run(500);
    expect(given.tracks[0]).toMatchObject({ enabled: true, stopped: false });
    expect(desk.sends().stopped).toBe(true);
  });

  it('ends as the page has it end: nobody opens a microphone instead', async () => {
    const call = scene.phone.call('echo', {
      microphone: asStream(new FakeStream([Object.assign(new FakeTrack(), { deviceId: 'drawn' })])),
    });
    const errors = errorsOf(call);
    await scene.browser.run(10);
    desk.sends().becomes('ended');
    await scene.browser.run(20_000);
    expect([errors, desk.asked]).toEqual([['mic.track_ended'], []]);
  });

  it('is looked after like any other where it is a microphone', async () => {
    const given = new FakeStream([Object.assign(new FakeTrack(), { deviceId: 'headset' })]);
    const call = scene.phone.call('echo', { microphone: asStream(given) });
    const errors = errorsOf(call);
    await scene.browser.run(10);
    await desk.plugged(WEBCAM);
    expect([desk.sends().label, errors]).toEqual(['Webcam', []]);
    expect(given.tracks[0]?.stopped).toBe(false);
  });

  it('ends the call where nothing is live in it', async () => {
    const ended = new FakeTrack();
    ended.stop();
    const call = scene.phone.call('echo', { microphone: asStream(new FakeStream([ended])) });
    await scene.browser.run(10);
    expect(call.end?.error?.code).toBe('mic.no_track');
  });
});

describe('the permission', () => {
  it('is known beforehand, and when somebody changed it', async () => {
    const { devices } = scene.phone;
    const told: Promise<object>[] = [];
    devices.on('change', () => told.push(devices.permission()));
    expect(await devices.permission()).toEqual({ state: 'prompt', code: undefined });
    scene.browser.context = { ...scene.browser.context, permission: 'denied' };
    scene.browser.devicesChange();
    await scene.browser.run(10);
    expect(await told.at(-1)).toEqual({ state: 'denied', code: 'mic.blocked_earlier' });
  });

  it('is told step by step', async () => {
    const { browser, phone } = scene;
    const steps: object[] = [];
    const ask = (): void => void phone.call('echo').on('permission', (step) => steps.push(step));
    let settle: (how: boolean) => void = () => undefined;
    const { microphone } = browser;
    browser.microphone = async (constraints) => {
      if (await new Promise<boolean>((resolve) => (settle = resolve))) return microphone(constraints);
      throw new DOMException('Permission dismissed', 'NotAllowedError');
    };
    ask();
    await browser.run(6_000);
    settle(false);
    await browser.run(10);
    const refused = { state: 'refused', code: 'mic.prompt_dismissed' };
    expect(steps).toEqual([{ state: 'asking' }, { state: 'waiting' }, refused]);
    ask();
    await browser.run(1_000);
    settle(false);
    await browser.run(10);
    expect(steps.slice(3)).toEqual([{ state: 'asking' }, refused]);
    browser.context = { ...browser.context, permission: 'granted' };
    ask();
    await browser.run(10);
    settle(true);
    await browser.run(10);
    expect(steps.slice(5)).toEqual([{ state: 'granted' }]);
  });
});

it('the hundredth call holds no more than the first', async () => {
  const { browser } = scene;
  const held = async (): Promise<object> => {
    const call = await scene.call();
    await scene.talk(300);
    const peers = browser.peers.filter(({ closed }) => !closed).length;
    const live = desk.tracks.filter(({ readyState }) => readyState === 'live').length;
    call.hangUp();
    await browser.run(1_000);
    return { peers, live, timers: browser.pendingTimers, speakers: browser.speakers.length };
  };
  await held();
  const first = await held();
  for (let count = 2; count < 99; count += 1) await held();
  expect(await held()).toEqual(first);
  expect(first).toMatchObject({ peers: 1, live: 1, speakers: 1 });
  expect(desk.tracks.every(({ stopped }) => stopped)).toBe(true);
  expect(browser.meters.every(({ closed }) => closed)).toBe(true);
  expect(browser.watchers.size).toBeLessThanOrEqual(1);
});
