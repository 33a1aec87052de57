import { expect, it } from 'vitest';
import type { Speaker } from './browser.js';
import type { Call } from './call.js';
import { PhoneScene } from './testing/scene.js';

type Change = Parameters<NonNullable<Speaker['onChange']>>[0];

async function calling(scene: PhoneScene): Promise<{ call: Call; errors: string[]; change: (state: Change) => void }> {
  const call = await scene.call();
  const errors: string[] = [];
  call.on('error', ({ code }) => errors.push(code));
  return { call, errors, change: (state) => scene.browser.speakers[0]?.onChange?.(state) };
}

it('tells that the far end is played, and what is done to it', async () => {
  const scene = await PhoneScene.connected();
  const { change } = await calling(scene);
  // Browsers say "playing" themselves as well, and that the volume changed for every step of it.
  for (const state of ['playing', 'unmuted', 'muted', 'muted', 'unmuted', 'paused', 'playing', 'detached'] as const)
    change(state);
  await scene.talk(2_000);
  expect(scene.said('playout.state')).toEqual(
    ['playing', 'muted', 'unmuted', 'paused', 'playing', 'detached'].map((state) => ({ state })),
  );
});

it('tells at once that the browser holds sound back, and that a tap helped', async () => {
  const scene = await PhoneScene.connected();
  scene.browser.blockPlayout = true;
  const { call } = await calling(scene);
  const failed = { state: 'failed', code: 'playout.autoplay_blocked', name: 'NotAllowedError' };
  expect(scene.said('playout.state')).toEqual([failed]);
  for (const speaker of scene.browser.speakers) speaker.blocked = false;
  await call.resumePlayout();
  await scene.browser.run(1_000);
  expect(scene.said('playout.state')).toEqual([failed, { state: 'playing' }]);
});

it('plays where it is told to, and names a device that cannot be used', async () => {
  const scene = await PhoneScene.connected();
  const { call } = await calling(scene);
  const [speaker] = scene.browser.speakers;
  if (speaker === undefined) throw new Error('no speaker');
  speaker.devices = ['', 'headset'];
  await call.useSpeaker('headset');
  await expect(call.useSpeaker('gone')).rejects.toMatchObject({ code: 'playout.sink_failed' });
  expect(scene.said('playout.state').at(-1)).toEqual({
    state: 'failed',
    code: 'playout.sink_failed',
    name: 'NotFoundError',
  });
});

it('plays on the device of the system where the chosen one is gone before there is anything to hear', async () => {
  const scene = await PhoneScene.connected();
  const call = scene.phone.call('echo');
  await call.useSpeaker('gone');
  await scene.browser.run(1_500);
  const states = scene.said('playout.state').map((said) => Object.values(said)[0]);
  expect(states).toEqual(['failed', 'playing']);
  expect(scene.browser.speakers[0]?.playing).toBeDefined();
});

it('hears nothing of the speaker once the call let go of it', async () => {
  const scene = await PhoneScene.connected();
  const { call } = await calling(scene);
  const [speaker] = scene.browser.speakers;
  call.hangUp();
  expect(speaker?.onChange).toBeUndefined();
  await scene.call();
  speaker?.onChange?.('paused');
  await scene.browser.run(2_000);
  expect(scene.said('playout.state').slice(-2)).toEqual([{ state: 'playing' }, { state: 'paused' }]);
});
