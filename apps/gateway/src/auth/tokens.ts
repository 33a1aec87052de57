import { createHmac } from 'node:crypto';
import { err, fault, ok, Pii, type Result } from '@earshot/base';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Config } from '../config/schema.js';
import { keptSecret } from './kept-secret.js';

/** Who a browser is and what it may do, as its access token says. */
export interface Identity {
  /** The user part under which phones reach this browser. */
  readonly name: string;
  /** Destinations it may call; "*" at the end of one matches any rest. */
  readonly mayCall: readonly string[];
  readonly mayReceive: boolean;
  /** The phone of this user, as the token's issuer knows it: calls may go on there. A number of the route table. */
  readonly phone?: string;
}

const ALGORITHM = 'HS256';
const MAX_PATTERNS = 100;
const NAME = /^[A-Za-z0-9._+-]{1,64}$/;
/** What the route table takes for a number or a name. */
const PHONE = NAME;

/** What the name of every guest begins with. */
export const GUEST_PREFIX = 'guest-';

export class Tokens {
  readonly #secret: Pii<Uint8Array>;
  readonly #issuer: string;
  readonly #audience: string;

  constructor(secret: Pii<Uint8Array>, issuer: string, audience: string) {
    this.#secret = secret;
    this.#issuer = issuer;
    this.#audience = audience;
  }

  /** With the configured secret, or the one that is kept in the data folder. Fault: `server.data_folder`. */
  static fromConfig({ auth, dataDir }: Config): Result<Tokens> {
    const secret = auth.secret === undefined ? keptSecret(dataDir) : ok(auth.secret);
    if (!secret.ok) return secret;
    return ok(new Tokens(new Pii(new TextEncoder().encode(secret.value)), auth.issuer, auth.audience));
  }

  /**
   * The name of a guest: always the same for the key that its browser keeps, and for nobody else's. Whoever knows the
   * name, as all do whom the guest gives its address to, cannot find a key for it.
   */
  guestName(key: string): string {
    // The space keeps this apart from what a JWT signs with the same secret.
    const digest = createHmac('sha256', this.#secret.reveal()).update(`guest ${key}`).digest();
    return `${GUEST_PREFIX}${Array.from(digest.subarray(0, 8), (byte) => (byte % 36).toString(36)).join('')}`;
  }

  /** Signs a token that expires `lifetimeSeconds` after `nowMs`. */
  async sign(identity: Identity, lifetimeSeconds: number, nowMs: number): Promise<string> {
    const issuedAt = Math.floor(nowMs / 1000);
    const phone = identity.phone === undefined ? {} : { phone: identity.phone };
    return await new SignJWT({ call: identity.mayCall, receive: identity.mayReceive, ...phone })
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
  const { sub, call, receive, phone } = payload;
  if (typeof sub !== 'string' || !NAME.test(sub)) return err(fault('auth.token_invalid', 'not a usable name', 'sub'));
  const mayCall = call ?? [];
  if (!Array.isArray(mayCall) || mayCall.length > MAX_PATTERNS || !mayCall.every((item) => typeof item === 'string')) {
    return err(fault('auth.token_invalid', 'must be a list of at most 100 texts', 'call'));
  }
  if (phone !== undefined && (typeof phone !== 'string' || !PHONE.test(phone))) {
    return err(fault('auth.token_invalid', 'not a usable number', 'phone'));
  }
  return ok({ name: sub, mayCall, mayReceive: receive === true, ...(phone === undefined ? {} : { phone }) });
}

/** Whether one of the identity's patterns covers the destination. */
export const mayCall = ({ mayCall: patterns }: Identity, destination: string): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? destination.startsWith(pattern.slice(0, -1)) : pattern === destination,
  );
