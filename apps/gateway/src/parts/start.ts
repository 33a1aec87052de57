import { ok, type Result } from '@earshot/base';
import { Registry } from 'prom-client';
import type { RunningServer } from '../admin/index.js';
import { Tokens } from '../auth/tokens.js';
import type { CallEngine } from '../calls/engine.js';
import type { Config } from '../config/schema.js';
import type { CertificateKeeper } from '../http/certificate-keeper.js';
import type { Log } from '../log.js';
import type { RelayService } from '../turn/index.js';
import { startCalls } from './calls.js';
import type { LateParts } from './context.js';
import { type MediaPart, type RelayChecks, startMedia, startRelayChecks } from './media.js';
import { startOperators } from './operators.js';
import { startOutward } from './outward.js';
import { type PhonePart, startPhones } from './phones.js';
import { startRelay } from './relay.js';
import { type SessionPart, startSessions } from './sessions.js';
import type { Stops } from './stops.js';
import { startStore } from './store.js';
import { openCertificates, startWeb, type WebPart } from './web.js';
import { describeAddresses, describeRunning, type GatewayAddresses } from './whereabouts.js';

/** Everything that serves calls. */
export interface StandingParts {
  readonly media: MediaPart;
  readonly relays: RelayChecks;
  readonly phones: PhonePart;
  readonly certificates: CertificateKeeper | undefined;
  readonly sessions: SessionPart;
  readonly relay: RelayService | undefined;
  readonly calls: CallEngine;
  readonly web: WebPart;
}

/** A server that was started: where it is reached, and how its files are read again. */
export interface Started {
  readonly addresses: GatewayAddresses;
  /**
   * Reads again what may change while it runs: certificate, key and relay secrets. Of a configuration that is given the
   * settings of the front are taken up, where they changed; see Front.
   */
  readonly reload: (config?: Config) => Promise<void>;
  /** For commands that run beside this server: as it is now. */
  readonly running: () => RunningServer;
  /** `listener` is called when `running` says something else: a media worker was replaced, an address came or went. */
  readonly onMoved: (listener: () => void) => void;
}

/** Starts every part after those it needs. On a fault the stops of those that run are in `stops`. */
export async function startParts(config: Config, log: Log, stops: Stops): Promise<Result<Started>> {
  const late: LateParts = {};
  const context = { config, log, stops, late };
  const registry = new Registry();
  const tokens = Tokens.fromConfig(config);
  if (!tokens.ok) return tokens;
  const media = await startMedia(context);
  if (!media.ok) return media;
  const relays = startRelayChecks(context, media.value);
  const outward = await startOutward(context, registry);
  late.outward = outward;
  const phones = await startPhones(context);
  if (!phones.ok) return phones;
  const certificates = await openCertificates(context);
  if (!certificates.ok) return certificates;
  const store = await startStore(context);
  if (!store.ok) return store;
  late.store = store.value;
  const sessions = await startSessions(context, tokens.value, relays.health, store.value, outward.observers);
  if (!sessions.ok) return sessions;
  late.sessionIce = sessions.value.ice.sessions;
  const relay = await startRelay(context, media.value, certificates.value, sessions.value);
  if (!relay.ok) return relay;
  late.relay = relay.value;
  const calls = startCalls(context, media.value, phones.value, sessions.value);
  late.engine = calls;
  outward.watchTrunks(phones.value.agent);
  const web = await startWeb(context, {
    tokens: tokens.value,
    certificates: certificates.value,
    phones: phones.value,
    hub: sessions.value.hub,
    calls,
  });
  if (!web.ok) return web;
  late.secure = web.value.secure;
  const parts: StandingParts = {
    media: media.value,
    relays,
    phones: phones.value,
    certificates: certificates.value,
    sessions: sessions.value,
    relay: relay.value,
    calls,
    web: web.value,
  };
  const admin = await startOperators(context, parts, registry);
  if (!admin.ok) return admin;
  return ok({
    addresses: describeAddresses(parts, admin.value),
    running: describeRunning(config, parts, admin.value),
    onMoved: (listener) => void parts.media.addresses.onChange(listener),
    reload: async (changed) => {
      parts.sessions.ice.reload();
      await parts.certificates?.reload();
      if (changed !== undefined) await parts.web.restart({ http: changed.http, page: changed.page });
      late.secure = parts.web.secure;
    },
  });
}
