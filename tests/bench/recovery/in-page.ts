/** Functions that run inside the page: they see nothing of this module. Their text is put before the page's own scripts. */
declare global {
  var recoveryEar: PageEar | undefined;
  var recoveryLog: PageNote[];
}

/** What happened to the newest connection, for whoever wants to know why there was a gap. */
export interface PageNote {
  /** ms since 1970. */
  readonly at: number;
  readonly what: string;
}

/** Hops that follow each other: when the first began (ms since 1970), and how loud the tone was in each; 1 is full scale. */
export interface HeardHops {
  readonly at: number;
  readonly levels: readonly number[];
}

export interface PageEar {
  /** What was not taken yet. */
  readonly heard: HeardHops[];
  /** The same of what the decoder made up: when it was looked at, and how much it is so far, ms. */
  readonly concealed: [at: number, ms: number][];
}

/** Before the page's scripts: keeps the microphone's tone as it is, and notes what becomes of connections. */
export function watchRecovery(): void {
  // The SDK makes its connections in a frame of its own.
  const page = globalThis.top as unknown as typeof globalThis;
  const isPage = globalThis === page;
  if (isPage) globalThis.recoveryLog = [];
  const note = (what: string): void => {
    page.recoveryLog.push({ at: Date.now(), what });
    if (page.recoveryLog.length > 2000) page.recoveryLog.shift();
  };
  const Original = globalThis.RTCPeerConnection;
  const Watched = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener('connectionstatechange', () => note(`connection ${this.connectionState}`));
      this.addEventListener('iceconnectionstatechange', () => note(`ice ${this.iceConnectionState}`));
      this.addEventListener('icegatheringstatechange', () => note(`gathering ${this.iceGatheringState}`));
      this.addEventListener('icecandidate', ({ candidate }) => note(`candidate ${candidate?.candidate ?? 'none'}`));
    }
    override async setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void> {
      const ufragOf = (): string | undefined => /a=ice-ufrag:(\S+)/.exec(this.localDescription?.sdp ?? '')?.[1];
      const before = ufragOf();
      await super.setLocalDescription(description);
      if (before !== undefined && ufragOf() !== before) note(`restart ${ufragOf() ?? ''}`);
      else note(`local ${this.localDescription?.type ?? ''}`);
    }
    override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      await super.setRemoteDescription(description);
      note(`remote ${description.type} ${/a=ice-ufrag:(\S+)/.exec(description.sdp ?? '')?.[1] ?? ''}`);
    }
  } as typeof RTCPeerConnection;
  // That of the page stays the browser's own: what has been replaced there the SDK uses.
  if (!isPage) {
    globalThis.RTCPeerConnection = Watched;
    return;
  }
  const { mediaDevices } = navigator;
  const own = mediaDevices.getUserMedia.bind(mediaDevices);
  // Browsers take an unbroken tone for noise.
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  mediaDevices.getUserMedia = (constraints) => {
    const audio = typeof constraints?.audio === 'object' ? { ...constraints.audio, ...raw } : raw;
    return own({ ...constraints, audio });
  };
  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      note('socket opens');
      this.addEventListener('open', () => note('socket open'));
      this.addEventListener('close', ({ code }) => note(`socket closed ${code}`));
    }
    override send(data: string | BufferSource | Blob): void {
      if (typeof data === 'string' && !/"call.(stats|evidence)"|"type":"ack"/.test(data))
        note(`says ${data.slice(0, 160)}`);
      super.send(data);
    }
  };
  for (const type of ['online', 'offline']) globalThis.addEventListener(type, () => note(type));
  const { connection } = navigator as { connection?: EventTarget };
  connection?.addEventListener('change', () => note('network changed'));
}

/** Hears a tone in what the newest connection receives, hop by hop, until the page goes. */
export async function startEar(options: { hz: number; hopMs: number; lookMs: number }): Promise<void> {
  const { hz, hopMs, lookMs } = options;
  const peer = globalThis.earshotPeers.filter(({ connectionState }) => connectionState !== 'closed').at(-1);
  const track = peer?.getReceivers().find((receiver) => receiver.track.kind === 'audio')?.track;
  if (peer === undefined || track === undefined) throw new Error('the page receives no audio track');
  const source = `
    registerProcessor('tone-ear', class extends AudioWorkletProcessor {
      cosine = 0; sine = 0; index = 0; levels = [];
      hop = Math.round(sampleRate * ${hopMs} / 1000);
      process([input]) {
        const samples = input[0];
        for (let at = 0; at < 128; at += 1) {
          const value = samples === undefined ? 0 : samples[at];
          const phase = (2 * Math.PI * ${hz} * this.index) / sampleRate;
          this.cosine += value * Math.cos(phase);
          this.sine += value * Math.sin(phase);
          this.index += 1;
          if (this.index < this.hop) continue;
          this.levels.push((2 * Math.hypot(this.cosine, this.sine)) / this.hop);
          this.cosine = this.sine = this.index = 0;
        }
        if (this.levels.length >= 10) this.port.postMessage(this.levels.splice(0));
        return true;
      }
    });`;
  const context = new AudioContext();
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url);
  await context.resume();
  const node = new AudioWorkletNode(context, 'tone-ear');
  const ear: PageEar = { heard: [], concealed: [] };
  globalThis.recoveryEar = ear;
  let hops = 0;
  // Of the latest messages: when the sound of this context would have begun.
  let begins: number[] = [];
  node.port.onmessage = ({ data }: MessageEvent<number[]>) => {
    // Messages are late at times and never early, so that the least says when; a context that stood still begins anew.
    const now = performance.timeOrigin + performance.now();
    begins = [...begins.slice(-40), now - (hops + data.length) * hopMs];
    ear.heard.push({ at: Math.min(...begins) + hops * hopMs, levels: data });
    hops += data.length;
  };
  setInterval(async () => {
    const at = performance.timeOrigin + performance.now();
    const report = [...(await peer.getStats()).values()];
    const inbound = report.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
    ear.concealed.push([at, ((inbound?.concealedSamples ?? 0) / 48_000) * 1000]);
  }, lookMs);
  context.createMediaStreamSource(new MediaStream([track])).connect(node);
  node.connect(context.destination);
}

/** What was heard since the last time. */
export async function takeHeard(): Promise<Pick<PageEar, 'heard' | 'concealed'>> {
  const ear = globalThis.recoveryEar;
  if (ear === undefined) throw new Error('nobody listens in the page');
  return { heard: ear.heard.splice(0), concealed: ear.concealed.splice(0) };
}
