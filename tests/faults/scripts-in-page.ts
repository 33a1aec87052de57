/** Scripts that run in a page before its own. */

/** The browser inside an app: it offers no media devices. */
export const NO_MEDIA_DEVICES = `Object.defineProperty(Navigator.prototype, 'mediaDevices', { get: () => undefined })`;

/** What a browser answered elsewhere, where somebody or a system was there to say it. */
export const microphoneAnswers = (name: string, message: string): string => `(() => {
  globalThis.answeredWith = 0;
  MediaDevices.prototype.getUserMedia = () => {
    globalThis.answeredWith += 1;
    return Promise.reject(new DOMException(${JSON.stringify(message)}, ${JSON.stringify(name)}));
  };
})()`;

/** Elements refuse to play, as where there was no gesture. */
export const PLAY_REFUSED = `(() => {
  globalThis.answeredWith = 0;
  Object.defineProperty(HTMLMediaElement.prototype, 'autoplay', { get: () => true, set: () => {} });
  HTMLMediaElement.prototype.play = () => {
    globalThis.answeredWith += 1;
    return Promise.reject(new DOMException(
      "play() failed because the user didn't interact with the document first.", 'NotAllowedError'));
  };
})()`;

/** Changes every description that the page is told by the gateway, by a function of its text; counts the changed ones. */
export const mungeReceived = (change: string): string => `(() => {
  globalThis.munged = 0;
  const walk = (value) => {
    if (typeof value !== 'object' || value === null) return value;
    for (const [key, inner] of Object.entries(value)) {
      value[key] = key === 'sdp' && typeof inner === 'string' ? (${change})(inner) : walk(inner);
    }
    return value;
  };
  const own = WebSocket.prototype.addEventListener;
  WebSocket.prototype.addEventListener = function (type, listener, options) {
    if (type !== 'message') return own.call(this, type, listener, options);
    return own.call(this, type, (event) => {
      if (typeof event.data !== 'string' || !event.data.includes('"sdp"')) return listener(event);
      const data = JSON.stringify(walk(JSON.parse(event.data)));
      if (data !== event.data) globalThis.munged += 1;
      return listener(new MessageEvent('message', { data }));
    }, options);
  };
})()`;

/** Keeps the name that the gateway's relay knows this session by, e.g. `1760000000:tag`. */
export const KEEP_RELAY_USER = `(() => {
  const own = WebSocket.prototype.addEventListener;
  WebSocket.prototype.addEventListener = function (type, listener, options) {
    if (type !== 'message') return own.call(this, type, listener, options);
    return own.call(this, type, (event) => {
      globalThis.relayUser = /"username":"([0-9]+:[^"]+)"/.exec(String(event.data))?.[1] ?? globalThis.relayUser;
      return listener(event);
    }, options);
  };
})()`;

/** Changes every description that the page sends to the gateway. */
export const mungeSent = (change: string): string => `(() => {
  globalThis.munged = 0;
  const own = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    let sent = text;
    if (typeof text === 'string' && text.includes('"sdp"')) {
      const walk = (value) => {
        if (typeof value !== 'object' || value === null) return value;
        for (const [key, inner] of Object.entries(value)) {
          value[key] = key === 'sdp' && typeof inner === 'string' ? (${change})(inner) : walk(inner);
        }
        return value;
      };
      sent = JSON.stringify(walk(JSON.parse(text)));
      if (sent !== text) globalThis.munged += 1;
    }
    return own.call(this, sent);
  };
})()`;

/** Asks other relays, or with other credentials: a function of the list of servers. */
export const relaysInstead = (change: string): string => `(() => {
  globalThis.munged = 0;
  const Own = globalThis.RTCPeerConnection;
  const spoil = (configuration) => {
    globalThis.munged += 1;
    return { ...configuration, iceServers: (${change})(configuration?.iceServers ?? []) };
  };
  globalThis.RTCPeerConnection = class extends Own {
    constructor(configuration) { super(spoil(configuration)); }
    setConfiguration(configuration) { super.setConfiguration(spoil(configuration)); }
  };
})()`;
