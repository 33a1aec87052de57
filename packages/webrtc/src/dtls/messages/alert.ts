/** Alert (RFC 5246 section 7.2): level (1) | description (1) */
export interface Alert {
  readonly level: 'warning' | 'fatal';
  readonly description: number;
}

/** AlertDescription values that this side sends or acts on. */
export const ALERT = {
  closeNotify: 0,
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  userCanceled: 90,
} as const;

/** Undefined for anything that is not exactly one alert: such records are dropped. */
export function parseAlert(content: Uint8Array): Alert | undefined {
  const [level, description] = content;
  if (content.length !== 2 || description === undefined || (level !== 1 && level !== 2)) return undefined;
  return { level: level === 1 ? 'warning' : 'fatal', description };
}

export const writeAlert = ({ level, description }: Alert): Uint8Array =>
  Uint8Array.of(level === 'warning' ? 1 : 2, description);
