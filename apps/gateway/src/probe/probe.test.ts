import { describe, expect, it } from 'vitest';
import { findChromium, toResult } from './probe.js';

describe('what a probe has heard', () => {
  it('needs its own tone back from an echo', () => {
    const states = { calling: 5, connected: 400 };
    expect(toResult('echo', { states, audioMs: 350 }).heard).toEqual({ up: false, down: false });
    expect(toResult('echo', { states, audioMs: 350, toneMs: 380, codec: 'opus' })).toEqual({
      ok: true,
      line: 'echo',
      setupMs: 400,
      firstAudioMs: 380,
      heard: { up: true, down: true },
      codec: 'opus',
    });
  });

  it('takes the far end by its reports elsewhere, and never without "connected"', () => {
    expect(toResult('music', { states: { connected: 900 }, audioMs: 350 })).toMatchObject({
      ok: true,
      firstAudioMs: 350,
    });
    expect(toResult('deaf', { states: { answered: 300 }, audioMs: 350 })).toMatchObject({
      ok: false,
      heard: { up: false, down: true },
    });
    expect(toResult('busy', { states: { ended: 20 }, fault: 'sip.busy' })).toMatchObject({
      ok: false,
      fault: { code: 'sip.busy' },
    });
  });
});

it('says so when there is no Chromium', () => {
  expect(findChromium({ PATH: '/nonexistent' })).toMatchObject({ ok: false, error: { code: 'probe.browser_missing' } });
  expect(findChromium({ EARSHOT_CHROMIUM: '/nonexistent' })).toMatchObject({ ok: false });
  expect(findChromium({ EARSHOT_CHROMIUM: process.execPath })).toEqual({ ok: true, value: process.execPath });
});
