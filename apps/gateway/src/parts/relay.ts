import { ok, type Result } from '@earshot/base';
import type { CertificateKeeper } from '../http/certificate-keeper.js';
import { type RelayService, type StartRelay, TurnService } from '../turn/index.js';
import type { PartContext } from './context.js';
import type { MediaPart } from './media.js';
import type { SessionPart } from './sessions.js';

/** The embedded relay, which leads to this gateway's media, wherever that moves. Undefined where it is off. */
export async function startRelay(
  { config, log, stops }: PartContext,
  { addresses }: Pick<MediaPart, 'addresses'>,
  certificates: CertificateKeeper | undefined,
  { ice, timelines }: Pick<SessionPart, 'ice' | 'timelines'>,
  start: StartRelay = TurnService.start,
): Promise<Result<RelayService | undefined>> {
  if (!config.turn.enabled) return ok(undefined);
  const started = await start({
    config: config.turn,
    log,
    media: addresses.list,
    secrets: ice.secrets?.accepted ?? [],
    ...(certificates === undefined ? {} : { certificate: certificates.current }),
    onEvent: (event, tag, at) => timelines.relay(event, tag, at),
  });
  if (!started.ok) return started;
  const relay = started.value;
  stops.add(() => relay.close());
  const followMedia = (): void => relay.setMedia(addresses.list);
  addresses.onChange(followMedia);
  certificates?.onChange((renewed) => relay.setCertificate(renewed));
  // What changed while it started: a secret that was due, for one.
  followMedia();
  if (certificates !== undefined) relay.setCertificate(certificates.current);
  if (ice.secrets !== undefined) relay.setSecrets(ice.secrets.accepted);
  return ok(relay);
}
