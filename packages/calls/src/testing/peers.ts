/** Descriptions as the remote ends of a call write them. */

export const FINGERPRINT = Array(32).fill('CD').join(':');

const RTPMAPS: Readonly<Record<string, string>> = {
  111: 'opus/48000/2',
  0: 'PCMU/8000',
  8: 'PCMA/8000',
  18: 'G729/8000',
  110: 'telephone-event/48000',
  101: 'telephone-event/8000',
};

const rtpmaps = (payloadTypes: string): readonly string[] =>
  payloadTypes.split(' ').map((payloadType) => `a=rtpmap:${payloadType} ${RTPMAPS[payloadType] ?? 'x/8000'}`);

const text = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

export interface BrowserDescription {
  readonly setup?: 'actpass' | 'active' | 'passive';
  /** Another one restarts ICE. */
  readonly ufrag?: string;
  readonly fingerprint?: string;
  readonly direction?: string;
}

export function browserSdp(
  payloadTypes: string,
  { setup = 'actpass', ufrag = 'brws', fingerprint = FINGERPRINT, direction = 'sendrecv' }: BrowserDescription = {},
): string {
  return text([
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payloadTypes}`,
    'c=IN IP4 0.0.0.0',
    ...rtpmaps(payloadTypes),
    `a=ice-ufrag:${ufrag}`,
    'a=ice-pwd:abcdefghijklmnopqrstuv',
    `a=fingerprint:sha-256 ${fingerprint}`,
    `a=setup:${setup}`,
    'a=mid:0',
    'a=rtcp-mux',
    `a=${direction}`,
  ]);
}

export const browserOffer = (payloadTypes = '111 0 8 110 101'): string => browserSdp(payloadTypes);
export const browserAnswer = (payloadTypes = '111 0 8 110 101'): string =>
  browserSdp(payloadTypes, { setup: 'active' });

export interface SipDescription {
  readonly address?: string;
  readonly port?: number;
  readonly direction?: string;
}

export function sipSdp(
  payloadTypes = '0 8 101',
  { address = '192.0.2.50', port = 7000, direction = 'sendrecv' }: SipDescription = {},
): string {
  return text([
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${payloadTypes}`,
    ...rtpmaps(payloadTypes),
    `a=${direction}`,
  ]);
}
