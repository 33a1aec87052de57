import type { HeardPacket, SipPeer } from '../../faults/peer/sip-peer.js';
import { callInPage, type EvaluatingPage } from '../../harness/page-audio.js';
import { type Absence, madeUp, playedOut, type Stretch } from './gaps.js';
import { type HeardHops, startEar, takeHeard } from './in-page.js';

/** Of the SIP peer's tone, and of the browser's microphone: neither is a multiple of the other. */
export const TONES = { peerHz: 1000, microphoneHz: 600 } as const;
/** What the page tells apart. */
const HOP_MS = 5;
/** How often the decoder is asked what it made up. */
const LOOK_MS = 100;
/** Of the usual level: what a decoder makes up fades, and is none. */
const PRESENT = 0.8;
const LOUD_ENOUGH = 0.02;

/** What an end heard so far. */
export interface Ear {
  /** Everything up to now, oldest first. */
  listen(): Promise<readonly Stretch[]>;
}

/** The SIP peer: packet by packet, as a phone's jitter buffer would play them. */
export async function peerEar(peer: SipPeer, user: string): Promise<Ear> {
  await peer.listen(user, TONES.microphoneHz);
  const packets: HeardPacket[] = [];
  return {
    async listen() {
      packets.push(...(await peer.heard(user)));
      return playedOut(packets);
    },
  };
}

/** What the page heard, behind its jitter buffer and decoder, and how much of it was made up there. */
export interface PageEar extends Ear {
  /** As of the latest `listen`. */
  concealed(from: number, to: number): Absence;
}

export async function pageEar(page: EvaluatingPage): Promise<PageEar> {
  await callInPage(page, startEar, { hz: TONES.peerHz, hopMs: HOP_MS, lookMs: LOOK_MS });
  const heard: HeardHops[] = [];
  const looks: [at: number, ms: number][] = [];
  return {
    async listen() {
      const taken = await callInPage(page, takeHeard, undefined);
      heard.push(...taken.heard);
      looks.push(...taken.concealed);
      const sorted = heard.flatMap(({ levels }) => levels).sort((one, other) => one - other);
      const usual = sorted[Math.floor(sorted.length * 0.7)] ?? 0;
      return hopsOf(heard, Math.max(LOUD_ENOUGH, usual * PRESENT));
    },
    concealed: (from, to) => madeUp(looks, from, to),
  };
}

/** A context that was not served for a while has lost that time: nothing was heard of it, neither tone nor gap. */
function hopsOf(heard: readonly HeardHops[], enough: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const { at, levels } of heard) {
    const last = stretches.at(-1);
    if (last?.isTone === true) stretches[stretches.length - 1] = { ...last, ms: Math.max(HOP_MS, at - last.at) };
    for (const [index, level] of levels.entries()) {
      stretches.push({ at: at + index * HOP_MS, ms: HOP_MS, isTone: level >= enough });
    }
  }
  return stretches;
}
