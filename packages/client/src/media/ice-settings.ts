import { type Millis, matchDestination } from '@earshot/base';
import type { IcePolicy, IceServer, IceSettings } from '@earshot/signaling';
import type { TurnTransport } from '@earshot/telemetry';

/** What a call may use of the session's settings. */
export interface CallIce {
  readonly servers: readonly IceServer[];
  readonly policy: IcePolicy;
  /** When the credentials expire, by this browser's clock. */
  readonly expiresAt: Millis | undefined;
}

/** `destination`: of an outgoing call; an incoming one uses the policy of the session. `received`: when they came. */
export function iceOfCall(
  { servers, policy, policies, expiresInMs }: IceSettings,
  received: Millis,
  destination: string | undefined,
): CallIce {
  const own = policies.find(
    ({ match }) => destination !== undefined && matchDestination(match, destination) !== undefined,
  );
  return {
    servers,
    policy: own?.policy ?? policy,
    expiresAt: expiresInMs === undefined ? undefined : received + expiresInMs,
  };
}

/** The URLs of relays among these servers (RFC 7065). */
export const relayUrls = (servers: readonly IceServer[]): readonly string[] =>
  servers.flatMap(({ urls }) => urls.filter((url) => /^turns?:/.test(url)));

/** How a client speaks to the relay of this URL. */
export function turnTransport(url: string): TurnTransport {
  if (url.startsWith('turns:')) return 'tls';
  return url.endsWith('?transport=tcp') ? 'tcp' : 'udp';
}
