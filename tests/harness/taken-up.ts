import type { Baresip } from './baresip.js';
import { callInPage, type EvaluatingPage } from './page-audio.js';
import { until } from './process.js';
import { toneMs } from './tones.js';
import type { Pcm } from './wav.js';

/** Of a page that was loaded a moment ago: how long after its load event the far end was heard in it, in ms. */
async function heardInPage({ level, limitMs }: { level: number; limitMs: number }): Promise<number> {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const loadedAt = navigation?.loadEventEnd ?? 0;
  for (;;) {
    for (const peer of globalThis.earshotPeers) {
      for (const stats of (await peer.getStats()).values()) {
        if (stats.type === 'inbound-rtp' && Number(stats.audioLevel) >= level) return performance.now() - loadedAt;
      }
    }
    if (performance.now() - loadedAt > limitMs) throw new Error('the far end is not heard');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Louder than comfort noise, softer than any tone of a peer. */
const TONE_LEVEL = 0.01;

export const heardAfterLoad = (page: EvaluatingPage, limitMs = 15_000): Promise<number> =>
  callInPage(page, heardInPage, { level: TONE_LEVEL, limitMs });

/** The clock of this process at the load event of the page: both are of one machine. */
export const loadedAt = async (page: EvaluatingPage): Promise<number> =>
  Number(await page.evaluate(`performance.timeOrigin + performance.getEntriesByType('navigation')[0].loadEventEnd`));

const tail = ({ samples, sampleRate }: Pcm, ms: number): Pcm => ({
  sampleRate,
  samples: samples.subarray(Math.max(0, samples.length - Math.round((sampleRate * ms) / 1000))),
});

/** Waits until the phone hears the tone at the end of what it recorded after `from` samples; gives the time. */
export const heardByPhone = (phone: Baresip, frequencyHz: number, from: number): Promise<number> =>
  until(`${frequencyHz} Hz at baresip`, () => {
    const heard = phone.heard();
    if (heard === undefined) return undefined;
    const later = { ...heard, samples: heard.samples.subarray(from) };
    return toneMs(tail(later, 300), frequencyHz) >= 100 ? Date.now() : undefined;
  });

/** How much the phone has recorded, in samples. */
export const recordedBy = (phone: Baresip): number => phone.heard()?.samples.length ?? 0;
