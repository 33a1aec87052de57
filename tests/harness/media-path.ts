import type { EvaluatingPage } from './page-audio.js';
import { until } from './process.js';

/** The way that the newest connection of a page takes, as its browser sees it. */
export interface MediaPath {
  /** Of the local candidate in use: host, srflx, prflx or relay; '' while there is none. */
  readonly type: string;
  /** Between browser and relay: udp, tcp or tls. */
  readonly relayProtocol?: string;
  /** The server that the candidate was had from. */
  readonly url?: string;
  /** Of the local candidate: another one after each restart. */
  readonly port: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
}

const READ = `(async () => {
  const report = await globalThis.earshotPeers.at(-1).getStats();
  const all = [...report.values()];
  const transport = all.find(({ type }) => type === 'transport');
  const pair = report.get(transport?.selectedCandidatePairId);
  const local = report.get(pair?.localCandidateId);
  return {
    type: local?.candidateType ?? '',
    relayProtocol: local?.relayProtocol,
    url: local?.url,
    port: local?.port ?? 0,
    packetsReceived: all.find(({ type }) => type === 'inbound-rtp')?.packetsReceived ?? 0,
    packetsSent: all.find(({ type }) => type === 'outbound-rtp')?.packetsSent ?? 0,
  };
})()`;

export const mediaPath = async (page: EvaluatingPage): Promise<MediaPath> => (await page.evaluate(READ)) as MediaPath;

/** Half a second of audio. */
const ENOUGH = 25;

/** Waits until media flows both ways by another candidate than those of `earlier`. */
export async function movedPath(page: EvaluatingPage, earlier: readonly number[]): Promise<MediaPath> {
  const first = await until('another path', async () => {
    const path = await mediaPath(page);
    return path.port !== 0 && !earlier.includes(path.port) ? path : undefined;
  });
  return await until('media by the new path', async () => {
    const path = await mediaPath(page);
    const received = path.packetsReceived - first.packetsReceived;
    const sent = path.packetsSent - first.packetsSent;
    return path.port === first.port && received > ENOUGH && sent > ENOUGH ? path : undefined;
  });
}
