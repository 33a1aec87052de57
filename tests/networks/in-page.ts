/** Functions that run inside the page that calls: they see nothing of this module, only what they are passed. */

export interface ToneHeard {
  /** Why the tone was not heard. */
  readonly fault?: string;
  /** From the click on "call" to the end of the first block of samples that was the tone. */
  readonly audioMs?: number;
  /** How much of the second after that was the tone. */
  readonly toneMs?: number;
}

/** The candidate pair that carries the media, as the browser says. */
export interface SelectedPair {
  readonly localType: string;
  /** Of the browser's own packets: to the gateway, or to the relay. */
  readonly transport: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Of the relay. */
  readonly url: string;
  readonly roundTripMs: number;
}

interface CandidateStats extends RTCStats {
  readonly candidateType: string;
  readonly protocol: string;
  readonly relayProtocol?: string;
  readonly address?: string | null;
  readonly port?: number;
  readonly url?: string;
}

interface PairStats extends RTCIceCandidatePairStats {
  /** Firefox's word for what others say by selectedCandidatePairId. */
  readonly selected?: boolean;
}

/**
 * Listens to what the page's newest connection receives from the click on `button` on, until there was the tone for
 * `enoughMs` of a second. To be called before that click.
 */
export async function listenForTone(options: {
  readonly button: string;
  readonly frequencyHz: number;
  readonly enoughMs: number;
  readonly timeoutMs: number;
}): Promise<ToneHeard> {
  const { button, frequencyHz, enoughMs, timeoutMs } = options;
  const SILENCE_RMS = 100 / 32_768;
  const DOMINANT = 0.6;
  const WINDOW_MS = 1000;
  const clickedAt = await new Promise<number>((resolve) => {
    const note = (event: Event): void => {
      if (!(event.target as Element).closest(button)) return;
      document.removeEventListener('click', note, true);
      resolve(performance.now());
    };
    document.addEventListener('click', note, true);
  });
  const deadline = clickedAt + timeoutMs;
  // Made now: a page may play sound since the click, and the context runs by the time there is any.
  const context = new AudioContext();
  const isTone = (samples: Float32Array): boolean => {
    const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / context.sampleRate);
    let previous = 0;
    let beforePrevious = 0;
    let energy = 0;
    for (const sample of samples) {
      const current = sample + coefficient * previous - beforePrevious;
      beforePrevious = previous;
      previous = current;
      energy += sample * sample;
    }
    if (Math.sqrt(energy / samples.length) < SILENCE_RMS) return false;
    const power = previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
    return (2 * power) / (samples.length * energy) >= DOMINANT;
  };
  const remoteTrack = (): MediaStreamTrack | undefined =>
    globalThis.earshotPeers
      .filter((peer) => peer.connectionState !== 'closed')
      .at(-1)
      ?.getReceivers()
      .map((receiver) => receiver.track)
      .find((track) => track.kind === 'audio');
  const isOver = (): boolean => document.querySelector<HTMLElement>('#state')?.dataset.state === 'ended';
  let track = remoteTrack();
  while (track === undefined) {
    if (isOver() || performance.now() > deadline) return { fault: 'the page never received a track' };
    await new Promise((resolve) => setTimeout(resolve, 10));
    track = remoteTrack();
  }
  const source = context.createMediaStreamSource(new MediaStream([track]));
  // ScriptProcessor is old but needs no module to be loaded, which a page's content policy could forbid.
  const tap = context.createScriptProcessor(1024, 1, 1);
  const heard = await new Promise<ToneHeard>((resolve) => {
    let first: number | undefined;
    let windowStart = 0;
    let toneMs = 0;
    const giveUp = (): void =>
      resolve({ fault: first === undefined ? 'the tone never came back' : `the tone came for ${toneMs} ms only` });
    const timeout = setTimeout(giveUp, deadline - performance.now());
    tap.onaudioprocess = ({ inputBuffer }) => {
      const now = performance.now();
      if (isTone(inputBuffer.getChannelData(0))) {
        if (first === undefined || now - windowStart > WINDOW_MS) {
          windowStart = now;
          toneMs = 0;
        }
        first ??= now;
        toneMs += inputBuffer.duration * 1000;
      }
      const isEnough = first !== undefined && toneMs >= enoughMs;
      if (!isEnough && !isOver()) return;
      clearTimeout(timeout);
      if (isEnough && first !== undefined) resolve({ audioMs: first - clickedAt, toneMs });
      else giveUp();
    };
    source.connect(tap);
    tap.connect(context.destination);
  });
  tap.onaudioprocess = null;
  await context.close();
  return heard;
}

/** What the statistics of the newest connection say about its path; `candidates` and `pairs` for when there is none. */
export async function readPath(): Promise<{
  readonly pair: SelectedPair | undefined;
  readonly candidates: readonly string[];
  readonly pairs: readonly string[];
}> {
  const report = await globalThis.earshotPeers.at(-1)?.getStats();
  const all: RTCStats[] = report === undefined ? [] : [...report.values()];
  const candidates = all.filter(({ type }) => type === 'local-candidate') as CandidateStats[];
  const pairs = all.filter(({ type }) => type === 'candidate-pair') as PairStats[];
  const transport = all.find(({ type }) => type === 'transport') as RTCTransportStats | undefined;
  const selected =
    pairs.find(({ id }) => id === transport?.selectedCandidatePairId) ?? pairs.find((pair) => pair.selected === true);
  const find = (id: string | undefined): CandidateStats | undefined =>
    all.find((stats) => stats.id === id) as CandidateStats | undefined;
  const [local, remote] = [find(selected?.localCandidateId), find(selected?.remoteCandidateId)];
  const text = (candidate: CandidateStats | undefined): string =>
    candidate === undefined
      ? 'nothing'
      : `${candidate.candidateType} ${candidate.relayProtocol ?? candidate.protocol} ${candidate.address}:${candidate.port}`;
  return {
    pair:
      selected === undefined || local === undefined || remote === undefined
        ? undefined
        : {
            localType: local.candidateType,
            transport: local.relayProtocol ?? local.protocol,
            localAddress: local.address ?? '',
            remoteAddress: remote.address ?? '',
            remotePort: remote.port ?? 0,
            url: local.url ?? '',
            roundTripMs: (selected.currentRoundTripTime ?? 0) * 1000,
          },
    candidates: candidates.map(text),
    pairs: pairs.map(
      (pair) => `${text(find(pair.localCandidateId))} > ${text(find(pair.remoteCandidateId))} ${pair.state}`,
    ),
  };
}
