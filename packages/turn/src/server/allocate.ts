import { toHex } from '@earshot/base';
import { findAttribute, hasAttribute, type StunMessage } from '@earshot/stun';
import {
  ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY,
  ATTRIBUTE_EVEN_PORT,
  ATTRIBUTE_REQUESTED_ADDRESS_FAMILY,
  ATTRIBUTE_RESERVATION_TOKEN,
  DEFAULT_LIFETIME,
  type IpFamily,
  PROTOCOL_UDP,
  readAddressFamily,
  readEvenPort,
  readLifetime,
  readRequestedTransport,
} from '../wire/index.js';
import { BAD_REQUEST, FAMILY_UNSUPPORTED, type Refusal, TRANSPORT_UNSUPPORTED } from './refusal.js';

/** What an Allocate request asks for, as far as this server has it. */
export interface AllocatePlan {
  /** Of the relayed transport addresses to be opened; none with a token. */
  readonly families: readonly IpFamily[];
  /** One of two families that is not to be had: ADDRESS-ERROR-CODE with 440. */
  readonly missing?: IpFamily;
  readonly evenPort: boolean;
  readonly reserveNext: boolean;
  /** Of a reservation, in hexadecimal. */
  readonly token?: string;
  /** ms. */
  readonly lifetime: number;
}

const TOKEN_LENGTH = 8;

/** Steps 3 to 9 of RFC 8656 section 7.2. The others need what the server has. */
export function judgeAllocate(
  request: StunMessage,
  supported: readonly IpFamily[],
  maxLifetime: number,
): AllocatePlan | Refusal {
  // 3. REQUESTED-TRANSPORT: missing 400, not UDP 442.
  const transport = readRequestedTransport(request);
  if (transport === undefined) return BAD_REQUEST;
  if (transport !== PROTOCOL_UDP) return TRANSPORT_UNSUPPORTED;

  // 4. DONT-FRAGMENT was refused as an unknown attribute.

  // 5. RESERVATION-TOKEN, with nothing else that chooses an address: 400.
  const lifetime = lifetimeOf(request, maxLifetime);
  const asksEven = hasAttribute(request, ATTRIBUTE_EVEN_PORT);
  const requested = readAddressFamily(request, ATTRIBUTE_REQUESTED_ADDRESS_FAMILY);
  const additional = readAddressFamily(request, ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY);
  const token = findAttribute(request, ATTRIBUTE_RESERVATION_TOKEN)?.value;
  if (token !== undefined) {
    if (asksEven || requested !== undefined || additional !== undefined) return BAD_REQUEST;
    if (token.length !== TOKEN_LENGTH) return BAD_REQUEST;
    return { families: [], evenPort: false, reserveNext: false, token: toHex(token), lifetime };
  }

  // 6. One family or both, not one and both: 400.
  if (requested !== undefined && additional !== undefined) return BAD_REQUEST;

  // 7. A family that is not relayed: 440. IPv4 where none is named.
  const family = requested ?? 4;
  if (family === 'other') return FAMILY_UNSUPPORTED;
  if (additional === undefined && !supported.includes(family)) return FAMILY_UNSUPPORTED;

  // 8. EVEN-PORT; a reservation is for one address only: 400.
  const evenPort = asksEven ? readEvenPort(request) : { reserveNext: false };
  if (evenPort === undefined || (evenPort.reserveNext && additional !== undefined)) return BAD_REQUEST;
  const plan = { evenPort: asksEven, reserveNext: evenPort.reserveNext, lifetime };

  // 9. ADDITIONAL-ADDRESS-FAMILY can only be IPv6: 400. Where one family is not relayed, the other is better than none.
  if (additional === undefined) return { ...plan, families: [family] };
  if (additional !== 6) return BAD_REQUEST;
  const [missing] = ([4, 6] as const).filter((each) => !supported.includes(each));
  if (missing === undefined) return { ...plan, families: [4, 6] };
  return supported.length === 0 ? FAMILY_UNSUPPORTED : { ...plan, families: supported, missing };
}

/** The "desired lifetime" of sections 7.2 and 8.2, in ms, but for a zero. */
export function lifetimeOf(request: StunMessage, maxLifetime: number): number {
  const requested = readLifetime(request);
  return requested === undefined ? DEFAULT_LIFETIME : Math.max(DEFAULT_LIFETIME, Math.min(requested, maxLifetime));
}
