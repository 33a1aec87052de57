import type { Crypto, TransportAddress } from '@earshot/base';
import {
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  errorCodeAttribute,
  printStun,
  type StunAttributeValue,
  type StunTrailer,
  unknownAttributesAttribute,
  xorAddressAttribute,
} from '@earshot/stun';
import type { Check } from './check.js';

/**
 * The answer to a check, or undefined when it gets none. Answers carry what the RFCs demand and no more (no reason
 * phrases, no SOFTWARE), and one that would still be longer than its request is not sent: a forged source address
 * must not gain an attacker anything. `from`: where it came from, as its sender is known by.
 */
export function answerTo(crypto: Crypto, check: Check, from: TransportAddress): Uint8Array | undefined {
  switch (check.outcome) {
    case 'valid':
    case 'nominating': {
      const { request, generation, algorithm } = check;
      const mapped = xorAddressAttribute(ATTRIBUTE_XOR_MAPPED_ADDRESS, from, request.transactionId);
      if (mapped === undefined) return undefined;
      return print(check, 'success', [mapped], { integrity: { crypto, algorithm, key: generation.key } });
    }
    case 'unauthenticated':
      return print(check, 'error', [errorCodeAttribute(400)]);
    case 'bad-integrity':
      return print(check, 'error', [errorCodeAttribute(401)]);
    case 'unknown-attribute': {
      const { generation, algorithm, unknown } = check;
      const attributes = [errorCodeAttribute(420), unknownAttributesAttribute(unknown)];
      return print(check, 'error', attributes, { integrity: { crypto, algorithm, key: generation.key } });
    }
    case 'role-conflict':
    case 'revoked': {
      const { generation, algorithm } = check;
      const integrity = { crypto, algorithm, key: generation.key };
      const status = check.outcome === 'revoked' ? 403 : 487;
      return print(check, 'error', [errorCodeAttribute(status)], { integrity });
    }
    default:
      return undefined;
  }
}

function print(
  { request }: Extract<Check, { readonly request: unknown }>,
  messageClass: 'success' | 'error',
  attributes: readonly StunAttributeValue[],
  trailer: StunTrailer = {},
): Uint8Array | undefined {
  const header = { class: messageClass, method: request.method, transactionId: request.transactionId };
  const answer = printStun(header, attributes, { ...trailer, fingerprint: true });
  return answer.length > request.bytes.length ? undefined : answer;
}
