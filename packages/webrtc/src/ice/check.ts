import type { Crypto } from '@earshot/base';
import {
  ATTRIBUTE_ERROR_CODE,
  ATTRIBUTE_ICE_CONTROLLED,
  ATTRIBUTE_MESSAGE_INTEGRITY,
  ATTRIBUTE_MESSAGE_INTEGRITY_SHA256,
  ATTRIBUTE_NONCE,
  ATTRIBUTE_PRIORITY,
  ATTRIBUTE_REALM,
  ATTRIBUTE_UNKNOWN_ATTRIBUTES,
  ATTRIBUTE_USE_CANDIDATE,
  ATTRIBUTE_USERNAME,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  checkFingerprint,
  checkIntegrity,
  hasAttribute,
  type IntegrityAlgorithm,
  METHOD_BINDING,
  parseStun,
  readText,
  readUint32,
  type StunMessage,
  unknownRequired,
} from '@earshot/stun';
import type { Generation } from './generation.js';
import type { CheckOutcome } from './types.js';

/** A datagram judged: everything the agent acts upon. */
export type Check =
  | ValidCheck
  | { readonly outcome: 'unauthenticated'; readonly request: StunMessage }
  | { readonly outcome: 'bad-integrity'; readonly request: StunMessage; readonly generation: Generation }
  | (Authenticated & { readonly outcome: 'unknown-attribute'; readonly unknown: readonly number[] })
  | (Authenticated & { readonly outcome: 'role-conflict' | 'revoked' })
  | { readonly outcome: 'malformed' | 'indication' | 'unexpected' | 'unknown-ufrag' | 'replayed' };

export interface ValidCheck extends Authenticated {
  readonly outcome: Extract<CheckOutcome, 'valid' | 'nominating'>;
  /** Of the peer-reflexive candidate that this check would make (RFC 8445 section 7.1.1). */
  readonly priority: number;
}

interface Authenticated {
  readonly request: StunMessage;
  readonly generation: Generation;
  /** The second half of the username. */
  readonly peerUfrag: string;
  readonly algorithm: IntegrityAlgorithm;
}

const KNOWN_ATTRIBUTES: ReadonlySet<number> = new Set([
  ATTRIBUTE_USERNAME,
  ATTRIBUTE_MESSAGE_INTEGRITY,
  ATTRIBUTE_MESSAGE_INTEGRITY_SHA256,
  ATTRIBUTE_ERROR_CODE,
  ATTRIBUTE_UNKNOWN_ATTRIBUTES,
  ATTRIBUTE_REALM,
  ATTRIBUTE_NONCE,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  ATTRIBUTE_PRIORITY,
  ATTRIBUTE_USE_CANDIDATE,
]);

/**
 * Judges one datagram as the server side of a connectivity check: the steps of RFC 8489 sections 6.3 and 9.1.3, then
 * of RFC 8445 section 7.3.
 */
export function judgeCheck(
  crypto: Crypto,
  datagram: Uint8Array,
  generationOf: (localUfrag: string) => Generation | undefined,
): Check {
  // 1. It must be STUN, with the FINGERPRINT that every check carries (RFC 8445 section 7.1).
  const message = parseStun(datagram);
  if (!message.ok || checkFingerprint(message.value) !== 'valid') return { outcome: 'malformed' };
  const request = message.value;
  if (request.method !== METHOD_BINDING) return { outcome: 'unexpected' };
  if (request.class !== 'request') return { outcome: request.class === 'indication' ? 'indication' : 'unexpected' };

  // 2. Without username or integrity: 400.
  const username = readText(request, ATTRIBUTE_USERNAME);
  const isProtected =
    hasAttribute(request, ATTRIBUTE_MESSAGE_INTEGRITY) || hasAttribute(request, ATTRIBUTE_MESSAGE_INTEGRITY_SHA256);
  if (username === undefined || !isProtected) return { outcome: 'unauthenticated', request };

  // 3. The first half of the username must be ours (RFC 8445 section 7.3). RFC 8489 would answer 401; silence tells a
  // scanner nothing about which sessions exist.
  const colon = username.indexOf(':');
  const generation = colon < 0 ? undefined : generationOf(username.slice(0, colon));
  if (generation === undefined) return { outcome: 'unknown-ufrag' };
  const peerUfrag = username.slice(colon + 1);

  // 4. A tag made with another password: 401.
  const algorithm = checkIntegrity(crypto, request, generation.key);
  if (algorithm === 'wrong' || algorithm === 'missing') return { outcome: 'bad-integrity', request, generation };

  // 5. What must be understood and is not: 420.
  const unknown = unknownRequired(request, KNOWN_ATTRIBUTES);
  if (unknown.length > 0) return { outcome: 'unknown-attribute', request, generation, peerUfrag, algorithm, unknown };

  // 6. A lite agent beside a full one is controlled, always (RFC 8445 section 6.1.1). Its tie-breaker is therefore the
  // smallest there is, and section 7.3.1.1 comes down to 487 for a peer that believes itself controlled.
  if (hasAttribute(request, ATTRIBUTE_ICE_CONTROLLED)) {
    return { outcome: 'role-conflict', request, generation, peerUfrag, algorithm };
  }

  // 7. A generation that the peer abandoned is not to be used any more.
  if (generation.isRevoked) return { outcome: 'revoked', request, generation, peerUfrag, algorithm };

  const outcome = hasAttribute(request, ATTRIBUTE_USE_CANDIDATE) ? 'nominating' : 'valid';
  const priority = readUint32(request, ATTRIBUTE_PRIORITY) ?? 0;
  return { outcome, request, generation, peerUfrag, algorithm, priority };
}
