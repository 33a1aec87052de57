import { fault, isErrorCode } from '@earshot/base';
import { EarshotError, type PhoneOptions } from '@earshot/client';

export interface Line {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

/** What `GET /api/page` answers. */
export interface PageInfo {
  /** Short-lived: asked for again before each connection. */
  readonly token: string;
  readonly identity: string;
  /** Where phones reach this page while it waits for calls; absent when it may not receive any. */
  readonly address?: string;
  readonly mayCall: readonly Line[];
  readonly wsPath: string;
}

/** In ms: a connection that is kept open may have died in silence with the one for signaling. The next try has another. */
const PATIENCE = 3_000;

/** Rejects with an EarshotError. */
export async function loadPageInfo(): Promise<PageInfo> {
  const response = await fetch('/api/page', {
    credentials: 'same-origin',
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((error: unknown) => {
    throw new EarshotError(fault('signaling.ws_unreachable', error instanceof Error ? error.message : String(error)));
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && isPageInfo(body)) return body;
  throw new EarshotError(namedFault(body) ?? fault('signaling.ws_unreachable', `HTTP status ${response.status}`));
}

/** `/earshot` on this host, as a WebSocket address. */
export function socketUrl(path: string): string {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** `?policy=relay` in the address of the page tries out one kind of path, whatever the gateway would choose. */
export function wantedPolicy(): Pick<PhoneOptions, 'icePolicy'> {
  const policy = new URLSearchParams(location.search).get('policy');
  return policy === 'all' || policy === 'relay' || policy === 'auto' ? { icePolicy: policy } : {};
}

const isPageInfo = (body: unknown): body is PageInfo =>
  typeof body === 'object' && body !== null && 'token' in body && 'wsPath' in body && 'mayCall' in body;

function namedFault(body: unknown) {
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined;
  return typeof body.code === 'string' && isErrorCode(body.code) ? fault(body.code) : undefined;
}
