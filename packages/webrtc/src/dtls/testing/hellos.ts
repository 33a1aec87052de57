import type { ClientHello } from '../messages/client-hello.js';
import { uint16Vector } from './dtls-client.js';

/** Adds extensions to a ClientHello, or takes the place of those of their types. */
export const withExtensions =
  (...extensions: readonly (readonly [number, Uint8Array])[]) =>
  (hello: ClientHello): ClientHello => ({ ...hello, extensions: new Map([...hello.extensions, ...extensions]) });

/** The shape of what Chromium 156 and Firefox 153 send: DTLS 1.3 first, a post-quantum key share, GREASE. */
export const postQuantumHello = (hello: ClientHello): ClientHello => {
  const keyShare = new Uint8Array(2 + 4 + 1216 + 4 + 32);
  new DataView(keyShare.buffer).setUint16(0, keyShare.length - 2);
  const modern = withExtensions(
    [0x1a1a, new Uint8Array(0)],
    [43, Uint8Array.of(6, 0x2a, 0x2a, 0xfe, 0xfc, 0xfe, 0xfd)],
    [10, uint16Vector([0x1a1a, 0x11ec, 29, 23, 24])],
    [51, keyShare],
  )(hello);
  return { ...modern, cipherSuites: [0x1301, 0x1302, 0x1303, ...hello.cipherSuites] };
};
