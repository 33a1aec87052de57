import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, fault, ok, Pii, type Result } from '@earshot/base';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Config } from '../config/schema.js';

/** Who a browser is and what it may do, as its access token says. */
export interface Identity {
  /** The user part under which phones reach this browser. */
  readonly name: string;
  /** Destinations it may call; "*" at the end of one matches any rest. */
  readonly mayCall: readonly string[];
  readonly mayReceive: boolean;
}

const ALGORITHM = 'HS256';
const MAX_PATTERNS = 100;
const NAME = /^[A-Za-z0-9._+-]{1,64}$/;

export class Tokens {
  readonly #secret: Pii<Uint8Array>;
  readonly #issuer: string;
  readonly #audience: string;

  constructor(secret: Pii<Uint8Array>, issuer: string, audience: string) {
    this.#secret = secret;
    this.#issuer = issuer;
    this.#audience = audience;
  }

  static fromConfig(config: Config): Tokens {
    const secret = config.auth.secret ?? keptSecret(config.dataDir);
    return new Tokens(new Pii(new TextEncoder().encode(secret)), config.auth.issuer, config.auth.audience);
  }

  /** Signs a token that expires `lifetimeSeconds` after `nowMs`. */
  async sign(identity: Identity, lifetimeSeconds: number, nowMs: number): Promise<string> {
    const issuedAt = Math.floor(nowMs / 1000);
    return await new SignJWT({ call: identity.mayCall, receive: identity.mayReceive })
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(identity.name)
      .setIssuer(this.#issuer)
      .setAudience(this.#audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + Math.ceil(lifetimeSeconds))
      .sign(this.#secret.reveal());
  }

  async verify(token: string, nowMs: number): Promise<Result<Identity>> {
    if (token === '') return err(fault('auth.token_missing'));
    try {
      const { payload } = await jwtVerify(token, this.#secret.reveal(), {
        algorithms: [ALGORITHM],
        issuer: this.#issuer,
        audience: this.#audience,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(nowMs),
      });
      return toIdentity(payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) return err(fault('auth.token_expired'));
      return err(fault('auth.token_invalid', error instanceof errors.JOSEError ? error.code : undefined));
    }
  }
}

function toIdentity(payload: { readonly [claim: string]: unknown }): Result<Identity> {
  const { sub, call, receive } = payload;
  if (typeof sub !== 'string' || !NAME.test(sub)) return err(fault('auth.token_invalid', 'not a usable name', 'sub'));
  const mayCall = call ?? [];
  if (!Array.isArray(mayCall) || mayCall.length > MAX_PATTERNS || !mayCall.every((item) => typeof item === 'string')) {
    return err(fault('auth.token_invalid', 'must be a list of at most 100 texts', 'call'));
  }
  return ok({ name: sub, mayCall, mayReceive: receive === true });
}

/** Whether one of the identity's patterns covers the destination. */
export const mayCall = ({ mayCall: patterns }: Identity, destination: string): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? destination.startsWith(pattern.slice(0, -1)) : pattern === destination,
  );

/** The secret of an installation that configured none: made once, readable by its owner alone. */
function keptSecret(dataDir: string): string {
  const file = join(dataDir, 'auth-secret');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const secret = randomBytes(32).toString('base64url');
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    return secret;
  }
}
