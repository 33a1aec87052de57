import { matchDestination } from '@earshot/base';
import type { IceSettings } from '@earshot/signaling';
import type { GatewayEvent, LegName } from '@earshot/telemetry';

/** What a browser was given for this call; `dialled`: whom it calls. Credentials are no evidence, and stay out. */
export function iceSettingsEvent(leg: LegName, ice: IceSettings, dialled?: string): GatewayEvent {
  const { servers, policies } = ice;
  const own =
    dialled === undefined ? undefined : policies.find(({ match }) => matchDestination(match, dialled) !== undefined);
  return { type: 'ice.settings', leg, policy: own?.policy ?? ice.policy, urls: servers.flatMap(({ urls }) => urls) };
}
