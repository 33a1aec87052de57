import type { Pcm } from './wav.js';

/**
 * Functions that run inside a page, in any browser: they see nothing of this module, only what they are passed.
 * They watch the page's own RTCPeerConnections, so that what is measured does not depend on how the page is built.
 */
declare global {
  var earshotPeers: RTCPeerConnection[];
}

/** To be installed before the page's scripts: keeps every RTCPeerConnection at hand. */
export function watchPeerConnections(): void {
  globalThis.earshotPeers = [];
  const Original = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      globalThis.earshotPeers.push(this);
    }
  };
}

/**
 * The same of connections that the SDK makes in a frame of its own, as it does for whoever leaves the page's own
 * RTCPeerConnection alone.
 */
export function watchFramedPeerConnections(): void {
  const page = globalThis.top as unknown as typeof globalThis;
  if (page === globalThis) {
    globalThis.earshotPeers = [];
    return;
  }
  const Original = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      page.earshotPeers.push(this);
    }
  };
}

/** A page of either driver: both evaluate an expression and await what it gives. */
export interface EvaluatingPage {
  evaluate(expression: string): Promise<unknown>;
}

/** Calls a function inside the page; its argument and its result travel as JSON. */
export async function callInPage<A, R>(
  page: EvaluatingPage,
  inPage: (argument: A) => Promise<R>,
  argument: A,
): Promise<R> {
  return (await page.evaluate(`(${inPage.toString()})(${JSON.stringify(argument)})`)) as R;
}

/** Records `seconds` of what the newest connection of the page receives: base64 of 16-bit samples, and their rate. */
async function recordInPage({ seconds }: { seconds: number }): Promise<{ rate: number; base64: string }> {
  const connections = globalThis.earshotPeers.filter((peer) => peer.connectionState !== 'closed');
  const track = connections
    .at(-1)
    ?.getReceivers()
    .map((receiver) => receiver.track)
    .find((candidate) => candidate.kind === 'audio');
  if (track === undefined) throw new Error('the page receives no audio track');
  const context = new AudioContext();
  await context.resume();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  // ScriptProcessor is old but needs no module to be loaded, which a page's content policy could forbid.
  const tap = context.createScriptProcessor(4096, 1, 1);
  const wanted = Math.round(seconds * context.sampleRate);
  const samples = new Int16Array(wanted);
  let length = 0;
  await new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error('the audio context does not run')), seconds * 1000 + 8000);
    tap.onaudioprocess = ({ inputBuffer }) => {
      for (const value of inputBuffer.getChannelData(0)) {
        if (length < wanted) samples[length] = Math.max(-1, Math.min(1, value)) * 32767;
        length += 1;
      }
      if (length < wanted) return;
      clearTimeout(timeout);
      resolve();
    };
    source.connect(tap);
    tap.connect(context.destination);
  });
  const rate = context.sampleRate;
  await context.close();
  let binary = '';
  for (const byte of new Uint8Array(samples.buffer)) binary += String.fromCharCode(byte);
  return { rate, base64: btoa(binary) };
}

/** What the page hears of its newest connection, from now on, for `seconds`. */
export async function recordRemoteAudio(page: EvaluatingPage, seconds: number): Promise<Pcm> {
  const { rate, base64 } = await callInPage(page, recordInPage, { seconds });
  const bytes = Buffer.from(base64, 'base64');
  const samples = Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2));
  return { sampleRate: rate, samples };
}

async function loopInPage({ codec }: { codec: string }): Promise<string> {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const caller = new RTCPeerConnection();
  const callee = new RTCPeerConnection();
  caller.onicecandidate = ({ candidate }) => void (candidate && callee.addIceCandidate(candidate));
  callee.onicecandidate = ({ candidate }) => void (candidate && caller.addIceCandidate(candidate));
  callee.ontrack = ({ streams }) => {
    const player = document.createElement('audio');
    player.autoplay = true;
    player.srcObject = streams[0] ?? null;
    document.body.append(player);
  };
  for (const track of microphone.getTracks()) caller.addTrack(track, microphone);
  const codecs = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
  const wanted = codecs.filter(({ mimeType }) => mimeType.toLowerCase() === `audio/${codec.toLowerCase()}`);
  for (const transceiver of caller.getTransceivers()) transceiver.setCodecPreferences?.(wanted);
  await caller.setLocalDescription();
  await callee.setRemoteDescription(caller.localDescription ?? { type: 'offer' });
  await callee.setLocalDescription();
  await caller.setRemoteDescription(callee.localDescription ?? { type: 'answer' });
  await new Promise<void>((resolve, reject) => {
    callee.onconnectionstatechange = () => {
      if (callee.connectionState === 'connected') resolve();
      if (callee.connectionState === 'failed') reject(new Error('the loop did not connect'));
    };
  });
  return callee.connectionState;
}

/** A call of the page with itself, microphone to speaker: proves a browser and this harness without a server. */
export const startLoop = (page: EvaluatingPage, codec: string): Promise<string> =>
  callInPage(page, loopInPage, { codec });
