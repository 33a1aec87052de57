import type { PeerConnection } from './browser.js';

/** The frame that connections are made in; one for all of a page. */
let follower: HTMLIFrameElement | undefined;

/**
 * Chromium binds the sockets of a page that may use a microphone to the address of one network, and learns of other
 * networks up to two seconds late. Those of a page that may not it binds to no address (RFC 8828 section 5.2, mode 2):
 * the system sends each packet by the network that it prefers just then, and the gateway follows. So the connection is
 * made in a frame that may not use a microphone; the sound is that of the page all the same.
 */
export function createPeer(configuration: RTCConfiguration): PeerConnection {
  // Whoever has put something else in its place wants to see connections, or makes them differently.
  const isOwn = Function.prototype.toString.call(RTCPeerConnection).includes('[native code]');
  const Peer = isOwn && 'userAgentData' in navigator ? followingPeer() : undefined;
  return new (Peer ?? RTCPeerConnection)(configuration);
}

function followingPeer(): typeof RTCPeerConnection | undefined {
  if (follower?.isConnected !== true) {
    follower = document.createElement('iframe');
    follower.allow = "microphone 'none'; camera 'none'";
    follower.hidden = true;
    // Not in the body, which pages exchange as they like: the connection ends with its frame.
    document.documentElement.append(follower);
  }
  return (follower.contentWindow as (Window & typeof globalThis) | null)?.RTCPeerConnection;
}
