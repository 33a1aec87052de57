import { ok, type Result } from '@earshot/base';
import { now } from '../clock.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../log.js';
import type { RelayService } from '../turn/index.js';
import { asHostName } from './approach.js';
import { IceKeeper } from './keeper.js';
import { SessionIce } from './session-ice.js';
import { TurnSecrets } from './turn-secrets.js';

export interface StartIceOptions {
  readonly config: Config;
  readonly log: Log;
  /** The embedded relay, once it runs. */
  readonly relay: () => Pick<RelayService, 'ports' | 'setSecrets'> | undefined;
  /** The port that HTTPS and TURN over TLS share, as seen from outside, once it is open. */
  readonly tlsPort: () => number | undefined;
  /** Whether a URL of `turn.servers` works, as far as is known. */
  readonly isUp?: (url: string) => boolean;
}

/** Secrets, credentials and ICE servers of this server, kept fresh. */
export interface Ice {
  readonly sessions: SessionIce;
  /** Undefined where `turn.enabled` is false. */
  readonly secrets: TurnSecrets | undefined;
  /** Looks at the kept secrets now. */
  reload(): void;
  stop(): void;
}

/** Faults: `turn.secret_unreadable`, `server.data_folder`. */
export async function startIce({ config, log, relay, tlsPort, isUp }: StartIceOptions): Promise<Result<Ice>> {
  const { turn, dataDir } = config;
  const clocks = { now, timeOfDay: Date.now };
  let secrets: TurnSecrets | undefined;
  const host = turn.advertisedHost === undefined ? {} : { host: asHostName(turn.advertisedHost) };
  const sessions = new SessionIce({
    config,
    embedded: () => {
      const running = relay();
      if (running === undefined || secrets === undefined) return undefined;
      const shared = tlsPort();
      return {
        ...host,
        ports: running.ports,
        secret: secrets.signing,
        ...(shared === undefined ? {} : { tlsPort: shared }),
      };
    },
    ...(isUp === undefined ? {} : { isUp }),
    ...clocks,
  });
  if (turn.enabled) {
    const opened = await TurnSecrets.open({
      dataDir,
      credentialMs: turn.credentialSeconds * 1000,
      rotateMs: turn.rotateSeconds * 1000,
      log,
      ...clocks,
      // The relay hears of a secret before any browser can use it.
      onChange: (accepted, replaces) => {
        relay()?.setSecrets(accepted);
        if (replaces) sessions.renewAll(true);
      },
    });
    if (!opened.ok) return opened;
    secrets = opened.value;
  }
  const keeper = new IceKeeper({ ice: sessions, secrets, log, ...clocks });
  keeper.start();
  return ok({ sessions, secrets, reload: () => secrets?.reload(), stop: () => keeper.stop() });
}
