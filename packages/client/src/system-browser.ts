import type { Millis } from '@earshot/base';
import type { Browser, Meter, MicrophoneContext, Socket, SocketListener, Speaker } from './browser.js';

/** The real browser. Its globals are touched when they are used, so that the SDK can be imported on a server. */
export function systemBrowser(): Browser {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    after: (delay: Millis, run) => {
      const timer = setTimeout(run, delay);
      return () => clearTimeout(timer);
    },
    openSocket,
    createPeer: (configuration) => new RTCPeerConnection(configuration),
    createStream: (tracks) => new MediaStream([...tracks]),
    getUserMedia: (constraints) => navigator.mediaDevices.getUserMedia(constraints),
    microphoneContext,
    createSpeaker,
    createMeter,
    onWake,
    onLeave,
    stayAwake,
  };
}

function openSocket(url: string, protocol: string, listener: SocketListener): Socket {
  const socket = new WebSocket(url, protocol);
  const deaf = new AbortController();
  const { signal } = deaf;
  socket.addEventListener('open', () => listener.open(), { signal });
  socket.addEventListener('message', ({ data }) => listener.message(data), { signal });
  socket.addEventListener('close', () => listener.close(), { signal });
  return {
    send: (text) => socket.send(text),
    close: (code) => {
      deaf.abort();
      socket.close(code);
    },
  };
}

async function microphoneContext(): Promise<MicrophoneContext> {
  const { mediaDevices } = navigator as Partial<Navigator>;
  const devices = await mediaDevices?.enumerateDevices().catch(() => undefined);
  return {
    secure: isSecureContext,
    offered: mediaDevices !== undefined,
    allowedByPolicy: microphonePolicy(),
    listed: devices?.filter((device) => device.kind === 'audioinput').length,
  };
}

/** The permissions policy of this document; Chromium still offers it under its older name. */
function microphonePolicy(): boolean | undefined {
  for (const name of ['permissionsPolicy', 'featurePolicy']) {
    const policy: unknown = Reflect.get(document, name);
    if (typeof policy !== 'object' || policy === null || !('allowsFeature' in policy)) continue;
    const { allowsFeature } = policy;
    if (typeof allowsFeature === 'function') return allowsFeature.call(policy, 'microphone') === true;
  }
  return undefined;
}

function createSpeaker(): Speaker {
  const element = document.createElement('audio');
  element.autoplay = true;
  element.hidden = true;
  return {
    play: async (stream) => {
      if (!element.isConnected) document.body.append(element);
      if (element.srcObject !== stream) element.srcObject = stream;
      await element.play();
    },
    release: () => {
      element.pause();
      element.srcObject = null;
      element.remove();
    },
  };
}

/** Web Audio serves for measuring only; sound is played by the audio element. */
function createMeter(stream: MediaStream): Meter | undefined {
  if (!('AudioContext' in globalThis) || stream.getAudioTracks().length === 0) return undefined;
  const context = new AudioContext();
  let source: MediaStreamAudioSourceNode;
  try {
    source = context.createMediaStreamSource(stream);
  } catch {
    // Firefox refuses a microphone whose sample rate is not the context's; getStats knows the level as well.
    void context.close();
    return undefined;
  }
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      if (context.state !== 'running') return undefined;
      analyser.getFloatTimeDomainData(samples);
      let energy = 0;
      for (const sample of samples) energy += sample * sample;
      return Math.sqrt(energy / samples.length);
    },
    close: () => {
      source.disconnect();
      void context.close();
    },
  };
}

function onWake(listener: (changed: boolean) => void): () => void {
  const onChange = (): void => listener(true);
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') listener(false);
  };
  const onShow = (event: PageTransitionEvent): void => {
    if (event.persisted) listener(false);
  };
  // NetworkInformation is Chromium's alone.
  const connection: unknown = Reflect.get(navigator, 'connection');
  const network = connection instanceof EventTarget ? connection : undefined;
  addEventListener('online', onChange);
  addEventListener('pageshow', onShow);
  document.addEventListener('visibilitychange', onVisible);
  network?.addEventListener('change', onChange);
  return () => {
    removeEventListener('online', onChange);
    removeEventListener('pageshow', onShow);
    document.removeEventListener('visibilitychange', onVisible);
    network?.removeEventListener('change', onChange);
  };
}

function onLeave(listener: () => void): () => void {
  // A page that goes into the back/forward cache may come back; one that is thrown away does not.
  const onHide = (event: PageTransitionEvent): void => {
    if (!event.persisted) listener();
  };
  addEventListener('pagehide', onHide);
  return () => removeEventListener('pagehide', onHide);
}

/** Browsers freeze idle tabs; one that holds a Web Lock is left alone. */
function stayAwake(): () => void {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { locks } = navigator as Partial<Navigator>;
  locks?.request('earshot-available', { mode: 'shared' }, () => held).catch(() => undefined);
  return () => release();
}
