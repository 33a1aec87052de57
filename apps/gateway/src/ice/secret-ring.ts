import { err, fault, type Millis, ok, type Result } from '@earshot/base';
import { z } from 'zod';

/** A secret that relay credentials are made of, and its times by the time of day. */
export interface KeptSecret {
  readonly secret: string;
  readonly madeAt: Millis;
  /** Of one that signs no more: until when what it signed is accepted. */
  readonly acceptedUntil?: Millis;
}

/** Newest first: the first one signs, all are accepted. */
export type SecretRing = readonly [KeptSecret, ...KeptSecret[]];

/** Every one costs an HMAC for each request of somebody who has none of them. */
export const MOST_SECRETS = 8;

/** A server that rotates notices a moment after the file was changed, and has signed by the old secret until then. */
export const NOTICE_MS = 60_000;

/**
 * A new secret before the others, which stay until the last credentials they may have signed have expired; with `drop`
 * they go at once.
 */
export function rotated(
  ring: SecretRing | undefined,
  next: { readonly secret: string; readonly now: Millis; readonly credentialMs: Millis; readonly drop: boolean },
): SecretRing {
  const first: KeptSecret = { secret: next.secret, madeAt: next.now };
  if (next.drop || ring === undefined) return [first];
  const acceptedUntil = next.now + next.credentialMs + NOTICE_MS;
  const older = ring.filter((kept) => (kept.acceptedUntil ?? acceptedUntil) > next.now);
  return [first, ...older.slice(0, MOST_SECRETS - 1).map((kept) => ({ acceptedUntil, ...kept }))];
}

const time = z.iso.datetime();
const schema = z.object({
  version: z.literal(1),
  secrets: z
    .array(
      z.object({
        secret: z.string().regex(/^[\x20-\x7e]{16,256}$/),
        madeAt: time,
        acceptedUntil: time.optional(),
      }),
    )
    .min(1)
    .max(MOST_SECRETS),
});

export function printRing(ring: SecretRing): string {
  const secrets = ring.map(({ secret, madeAt, acceptedUntil }) => ({
    secret,
    madeAt: new Date(madeAt).toISOString(),
    ...(acceptedUntil === undefined ? {} : { acceptedUntil: new Date(acceptedUntil).toISOString() }),
  }));
  return `${JSON.stringify({ version: 1, secrets }, undefined, 2)}\n`;
}

/** Fault: `turn.secret_unreadable`, without a word of the content. */
export function parseRing(text: string, where: string): Result<SecretRing> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(fault('turn.secret_unreadable', 'not JSON', where));
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    return err(fault('turn.secret_unreadable', `unexpected value at ${path === '' ? 'the top' : path}`, where));
  }
  const [first, ...rest] = parsed.data.secrets.map(
    ({ secret, madeAt, acceptedUntil }): KeptSecret => ({
      secret,
      madeAt: Date.parse(madeAt),
      ...(acceptedUntil === undefined ? {} : { acceptedUntil: Date.parse(acceptedUntil) }),
    }),
  );
  return first === undefined ? err(fault('turn.secret_unreadable', 'no secret', where)) : ok([first, ...rest]);
}
