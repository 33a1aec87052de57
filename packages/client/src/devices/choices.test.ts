import { describe, expect, it } from 'vitest';
import type { DeviceInfo } from '../browser.js';
import { defaultOf, devicesFor, readChoices, resolveChoice } from './choices.js';

const input = (deviceId: string, label = deviceId, groupId = 'group'): DeviceInfo => ({
  kind: 'audioinput',
  deviceId,
  label,
  groupId,
});
const HEADSET = { id: 'a1', label: 'Headset' };

describe('a choice', () => {
  it.each([
    ['nothing chosen', undefined, [input('a1')], ''],
    ['there', HEADSET, [input('b2'), input('a1')], 'a1'],
    ['there by another id', HEADSET, [input('default'), input('c3', 'Headset')], 'c3'],
    ['gone', HEADSET, [input('b2', 'Webcam')], ''],
    ['not to be known yet', HEADSET, [input('', '')], 'a1'],
    ['a nameless one, gone', { id: 'a1', label: '' }, [input('b2', '')], ''],
  ] as const)('is followed: %s', (_case, choice, offered, id) => {
    expect(resolveChoice(choice, 'microphone', offered)).toBe(id);
  });

  it.each([[undefined], ['not JSON'], ['null'], ['"text"'], ['7']])('is none where %s was kept', (kept) => {
    expect(readChoices(kept).microphone).toBeUndefined();
  });

  it('is read as it was kept', () => {
    expect(readChoices(JSON.stringify({ ringer: HEADSET }))).toEqual({ ringer: HEADSET });
  });
});

it('microphones are inputs, speakers and ringers outputs', () => {
  const all: DeviceInfo[] = [input('a'), { ...input('b'), kind: 'audiooutput' }, { ...input('c'), kind: 'videoinput' }];
  const ids = (['microphone', 'speaker', 'ringer'] as const).map((use) => devicesFor(use, all).map((d) => d.deviceId));
  expect(ids).toEqual([['a'], ['b'], ['b']]);
});

it('what stands behind the default is known where it has an entry and a name', () => {
  expect(defaultOf([input('default', 'Default - Webcam', 'g1')])).toBe('Default - Webcam');
  expect(defaultOf([input('default', '')])).toBeFalsy();
  expect(defaultOf([input('a1')])).toBeUndefined();
  expect(defaultOf([{ ...input('default', 'Default - Speaker'), kind: 'audiooutput' }])).toBeUndefined();
});
