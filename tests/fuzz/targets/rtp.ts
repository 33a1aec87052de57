import {
  G711Decoder,
  loadOpus,
  payloadClocks,
  ReceptionStatistics,
  rtpHeaderLength,
  rtpPayloadEnd,
  rtpPayloadType,
} from '@earshot/rtp';
import type { FuzzTarget } from '../campaign.js';
import { rtpPacket, SEED_EVENT, SEED_RTP } from './rtp-inputs.js';

const MEDIA = {
  codecs: [
    { name: 'opus', payloadType: 111, clockRate: 48_000 },
    { name: 'PCMA', payloadType: 8, clockRate: 8000 },
  ],
  telephoneEvents: [{ payloadType: 101, clockRate: 8000 }],
  direction: 'sendrecv',
  ptimeMs: 20,
} as const;

const library = await loadOpus();
/** 120 ms at 48 kHz, the longest Opus frame. */
const pcm = new Int16Array(5760);

export const rtp: FuzzTarget = {
  name: 'RTP',
  seeds: [SEED_RTP, SEED_EVENT],
  structured: rtpPacket,
  create: () => {
    const statistics = new ReceptionStatistics(payloadClocks(MEDIA));
    const decoders = [new G711Decoder('PCMA'), library.decoder(8000)];
    return (input, now) => {
      const header = rtpHeaderLength(input, input.length);
      if (header < 0) return;
      statistics.receive(input, input.length, now);
      const end = rtpPayloadEnd(input, input.length);
      const decoder = decoders[rtpPayloadType(input) === 111 ? 1 : 0];
      decoder?.decode(input, header, end, pcm, 0);
      decoder?.conceal(input, header, end, 160, pcm, 0);
    };
  },
};
