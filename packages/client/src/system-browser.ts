import type { Millis } from '@earshot/base';
import type { BrowserFacts } from '@earshot/telemetry';
import type { Browser, Meter, MicrophoneContext, Socket, SocketListener, Speaker } from './browser.js';
import { browserFacts, isInApp } from './evidence/browser-facts.js';
import { tabStorage } from './lifecycle/tab-storage.js';
import { answered, systemDevices } from './system-devices.js';
import { listeners, networkFacts, networkInformation, watchPage } from './system-page.js';
import { createPeer } from './system-peer.js';

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
    createPeer,
    createStream: (tracks) => new MediaStream([...tracks]),
    getUserMedia: (constraints) => navigator.mediaDevices.getUserMedia(constraints),
    microphoneContext,
    ...systemDevices,
    ...tabStorage,
    createSpeaker,
    createMeter,
    onWake,
    onLeave,
    watchPage,
    isHidden: () => document.visibilityState === 'hidden',
    facts,
    network: networkFacts,
    post,
    stayAwake,
  };
}

function openSocket(url: string, protocol: string, listener: SocketListener): Socket {
  const socket = new WebSocket(url, protocol);
  const deaf = new AbortController();
  const { signal } = deaf;
  socket.addEventListener('open', () => listener.open(), { signal });
  socket.addEventListener('message', ({ data }) => listener.message(data), { signal });
  socket.addEventListener('close', ({ code }) => listener.close(code), { signal });
  return {
    send: (text) => socket.send(text),
    close: (code) => {
      deaf.abort();
      socket.close(code);
    },
  };
}

async function microphoneContext(): Promise<MicrophoneContext> {
  const { mediaDevices, permissions } = navigator as Partial<Navigator>;
  const [permission, devices, managed] = await Promise.all([
    // Not every browser knows this permission; those that do not reject it. The answer changes with the permission.
    answered(permissions?.query({ name: 'microphone' as PermissionName }).then(({ state }) => state)),
    answered(mediaDevices?.enumerateDevices()),
    answered(managedConfiguration()),
  ]);
  return {
    secure: isSecureContext,
    offered: mediaDevices !== undefined,
    permission,
    allowedByPolicy: microphonePolicy(),
    listed: devices?.filter((device) => device.kind === 'audioinput').length,
    managed: managed !== undefined,
    inApp: isInApp(navigator.userAgent),
    os: facts().os,
  };
}

/** What only some browsers have, whatever the types say. */
interface Extras {
  readonly managed?: { getManagedConfiguration?(keys: readonly string[]): Promise<object> };
}

interface Policies {
  readonly permissionsPolicy?: Policy;
  readonly featurePolicy?: Policy;
}

interface Policy {
  allowsFeature(feature: string): boolean;
}

/** Settings that an administrator gave this page; rejected in browsers that nobody administers. */
const managedConfiguration = (): Promise<object> | undefined =>
  (navigator as Extras).managed?.getManagedConfiguration?.(['earshot']);

const facts = (): BrowserFacts => browserFacts(navigator.userAgent);

function post(url: string, text: string): void {
  // Plain text to wherever it is: no browser asks for leave first, which a page that goes could not wait for.
  fetch(url, { method: 'POST', mode: 'no-cors', keepalive: true, credentials: 'omit', body: text }).catch(
    () => undefined,
  );
}

/** The permissions policy of this document; Chromium still offers it under its older name. */
function microphonePolicy(): boolean | undefined {
  const { permissionsPolicy, featurePolicy } = document as Policies;
  return (permissionsPolicy ?? featurePolicy)?.allowsFeature('microphone');
}

function createSpeaker(): Speaker {
  const element = document.createElement('audio');
  element.autoplay = true;
  element.hidden = true;
  let stream: MediaStream | undefined;
  const speaker: Speaker = {
    onChange: undefined,
    play: async (next) => {
      stream = next;
      if (!element.isConnected) document.body.append(element);
      if (element.srcObject !== stream) element.srcObject = stream;
      await element.play();
    },
    useDevice: async (deviceId) => {
      // Not there in every browser, whatever the types say.
      const { setSinkId } = element as Partial<HTMLAudioElement>;
      if (setSinkId === undefined) throw new DOMException('no choice of devices', 'NotSupportedError');
      await setSinkId.call(element, deviceId);
    },
    release: () => {
      speaker.onChange = undefined;
      stream = undefined;
      // The next call has it, which may want another device.
      if ((element.sinkId ?? '') !== '') element.setSinkId('').catch(() => undefined);
      element.pause();
      element.srcObject = null;
      element.remove();
    },
  };
  // Events come late: what they say may be over, and the next call has the element.
  element.addEventListener('playing', () => speaker.onChange?.('playing'));
  element.addEventListener('pause', () => element.paused && speaker.onChange?.('paused'));
  element.addEventListener('emptied', () => element.srcObject !== stream && speaker.onChange?.('detached'));
  element.addEventListener('volumechange', () =>
    speaker.onChange?.(element.muted || element.volume === 0 ? 'muted' : 'unmuted'),
  );
  return speaker;
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
  const { on, off } = listeners();
  const changed = (): void => listener(true);
  on(window, 'online', changed);
  on(networkInformation(), 'change', changed);
  on(window, 'pageshow', (event) => (event as PageTransitionEvent).persisted && listener(false));
  on(document, 'visibilitychange', () => document.visibilityState === 'visible' && listener(false));
  on(document, 'resume', () => listener(false));
  return off;
}

function onLeave(listener: () => void): () => void {
  const { on, off } = listeners();
  // A page that goes into the back/forward cache may come back; one that is thrown away does not.
  on(window, 'pagehide', (event) => !(event as PageTransitionEvent).persisted && listener());
  return off;
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
