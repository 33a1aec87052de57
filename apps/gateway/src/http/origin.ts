/** By what name a request reached this server, and whether by its own TLS port. */
export interface Reached {
  readonly host: string | undefined;
  readonly secure: boolean;
}

/**
 * Whether a request's Origin may open a calling session. A missing Origin is refused: every browser sends one with a
 * WebSocket handshake (RFC 6455 section 10.2). "self" allows the host by which this server was reached: by the TLS port
 * from pages that came by TLS alone, by the plain port from both, since a proxy in front may have taken TLS off.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  { host, secure }: Reached,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return false;
  if (allowed.includes(origin)) return true;
  if (!allowed.includes('self') || host === undefined) return false;
  return origin === `https://${host}` || (!secure && origin === `http://${host}`);
}
