/**
 * Whether a request's Origin may open a calling session. A missing Origin is refused: every browser sends one with a
 * WebSocket handshake (RFC 6455 section 10.2). "self" allows the host by which this server was reached.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return false;
  if (allowed.includes(origin)) return true;
  if (!allowed.includes('self') || host === undefined) return false;
  return origin === `http://${host}` || origin === `https://${host}`;
}
