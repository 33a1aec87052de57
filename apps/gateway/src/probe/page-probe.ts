/// <reference lib="dom" />

/** What the watcher in the page has seen; times in ms since the click on Call. */
export interface PageSightings {
  readonly states: Readonly<Record<string, number>>;
  readonly fault?: string;
  /** First moment with sound above the threshold. */
  readonly audioMs?: number;
  /** First moment in which the probe's own tone came back. */
  readonly toneMs?: number;
  readonly codec?: string;
  readonly path?: ProbePath;
}

/** The way of the audio, as the browser's figures tell it. */
export interface ProbePath {
  readonly via: 'direct' | 'relay';
  /** What carries the packets from the browser to the gateway, or to the relay: udp, tcp or tls. */
  readonly transport: string;
  readonly candidateType: string;
  /** The URL of the relay. */
  readonly server?: string;
  readonly roundTripMs?: number;
}

declare global {
  var earshotProbe: { sightings(): Promise<PageSightings> };
}

/**
 * Runs in the page before its own scripts and sees nothing of this module. It watches the page's RTCPeerConnection, not
 * the SDK, so that a mistake of the SDK cannot make a call look heard.
 */
export function installPageProbe({ toneHz }: { toneHz: number }): void {
  const POLL_MS = 10;
  const AUDIBLE_RMS = 0.01;
  const TONE_SHARE = 0.3;
  const peers: RTCPeerConnection[] = [];
  const states: Record<string, number> = {};
  let clickedAt = 0;
  let audioMs: number | undefined;
  let toneMs: number | undefined;
  const elapsed = (): number => Math.round(performance.now() - clickedAt);

  /** The share of the power that lies at the tone, by the Goertzel algorithm. */
  const toneShare = (samples: Float32Array, rate: number): number => {
    const k = 2 * Math.cos((2 * Math.PI * toneHz) / rate);
    let s1 = 0;
    let s2 = 0;
    let power = 0;
    for (const sample of samples) {
      const s0 = sample + k * s1 - s2;
      s2 = s1;
      s1 = s0;
      power += sample * sample;
    }
    return power === 0 ? 0 : (2 * (s1 * s1 + s2 * s2 - k * s1 * s2)) / (power * samples.length);
  };

  const listen = (track: MediaStreamTrack): void => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      if (rms < AUDIBLE_RMS) return;
      audioMs ??= elapsed();
      if (toneShare(samples, context.sampleRate) > TONE_SHARE) toneMs ??= elapsed();
    }, POLL_MS);
  };

  const Original = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      peers.push(this);
      this.addEventListener('track', ({ track }) => listen(track));
    }
  };

  document.addEventListener(
    'click',
    ({ target }) => {
      if (target instanceof Element && target.closest('#call') !== null) clickedAt = performance.now();
    },
    { capture: true },
  );

  const find = (selector: string, root: ParentNode = document): Element | null => {
    const found = root.querySelector(selector);
    if (found !== null) return found;
    for (const element of root.querySelectorAll('*')) {
      const inside = element.shadowRoot === null ? null : find(selector, element.shadowRoot);
      if (inside !== null) return inside;
    }
    return null;
  };

  setInterval(() => {
    const state = clickedAt === 0 ? undefined : find('#state')?.getAttribute('data-state');
    if (state !== undefined && state !== null) states[state] ??= elapsed();
  }, POLL_MS);

  globalThis.earshotProbe = {
    async sightings() {
      const report = await peers.at(-1)?.getStats();
      let codec: string | undefined;
      let path: PageSightings['path'];
      report?.forEach((stats) => {
        if (stats.type === 'inbound-rtp') codec = report.get(stats.codecId)?.mimeType?.replace('audio/', '');
        if (stats.type !== 'transport') return;
        const pair = report.get(stats.selectedCandidatePairId);
        const local = report.get(pair?.localCandidateId);
        if (local === undefined) return;
        const roundTripMs = Math.round(pair.currentRoundTripTime * 10_000) / 10;
        const { candidateType, protocol, relayProtocol, url } = local;
        const relayed = candidateType === 'relay' || relayProtocol !== undefined;
        path = {
          via: relayed ? 'relay' : 'direct',
          transport: relayProtocol ?? protocol,
          candidateType,
          ...(relayed && typeof url === 'string' ? { server: url } : {}),
          roundTripMs,
        };
      });
      const fault = find('#error')?.getAttribute('data-code') ?? undefined;
      return {
        states: { ...states },
        ...(fault === undefined || fault === '' ? {} : { fault }),
        ...(audioMs === undefined ? {} : { audioMs }),
        ...(toneMs === undefined ? {} : { toneMs }),
        ...(codec === undefined ? {} : { codec }),
        ...(path === undefined ? {} : { path }),
      };
    },
  };
}
