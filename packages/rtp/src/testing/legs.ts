import type { AudioCodec, LegMedia } from '@earshot/base';

export const PCMU: AudioCodec = { name: 'PCMU', payloadType: 0, clockRate: 8000 };
export const PCMA: AudioCodec = { name: 'PCMA', payloadType: 8, clockRate: 8000 };
export const OPUS: AudioCodec = { name: 'opus', payloadType: 111, clockRate: 48000 };
export const EVENTS_8K = { payloadType: 101, clockRate: 8000 };
export const EVENTS_48K = { payloadType: 110, clockRate: 48000 };

export function leg(codecs: readonly AudioCodec[], more: Partial<LegMedia> = {}): LegMedia {
  const rate = codecs[0]?.clockRate;
  const telephoneEvents = [rate === 48000 ? EVENTS_48K : EVENTS_8K];
  return { codecs, telephoneEvents, direction: 'sendrecv', ptimeMs: 20, ...more };
}
