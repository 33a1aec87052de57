import { type Crypto, err, fault, type Millis, ok, type Result, toBase64 } from '@earshot/base';

/**
 * Ephemeral credentials (the TURN REST scheme, draft-uberti-behave-turn-rest-00 section 2.2; what coturn calls
 * use-auth-secret): the user name says when they expire and whom they are for, the password is its HMAC-SHA1 under a
 * secret that gateway and relay share.
 */
export interface TurnCredentials {
  /** `1767225600:tag`: Unix time in seconds, colon, tag. */
  readonly username: string;
  readonly password: string;
}

/** Whom credentials are for: one session, by a name that tells nothing else. */
export const TURN_TAG = /^[A-Za-z0-9_-]{1,64}$/;

const USERNAME = /^([0-9]{1,12}):([A-Za-z0-9_-]{1,64})$/;

const utf8 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** `tag` must match TURN_TAG. `secret`: as configured; its characters must be ASCII. */
export function createTurnCredentials(
  crypto: Pick<Crypto, 'hmac'>,
  secret: string,
  expiresAt: Millis,
  tag: string,
): TurnCredentials {
  const username = `${Math.floor(expiresAt / 1000)}:${tag}`;
  return { username, password: turnPassword(crypto, secret, username) };
}

export const turnPassword = (crypto: Pick<Crypto, 'hmac'>, secret: string, username: string): string =>
  toBase64(crypto.hmac('sha1', utf8(secret), utf8(username)));

/**
 * What a user name claims. Nothing of it is proved before the integrity of the message is.
 * Faults: `turn.credentials_foreign` for text of another form, `turn.credentials_expired`.
 */
export function readTurnUsername(username: string, now: Millis): Result<{ expiresAt: Millis; tag: string }> {
  const [, seconds, tag] = USERNAME.exec(username) ?? [];
  if (seconds === undefined || tag === undefined) return err(fault('turn.credentials_foreign'));
  const expiresAt = Number(seconds) * 1000;
  return now < expiresAt ? ok({ expiresAt, tag }) : err(fault('turn.credentials_expired'));
}
