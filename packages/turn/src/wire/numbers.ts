/** The numbers of TURN (RFC 8656 sections 17 to 19). Those of STUN proper are in @earshot/stun. */
export const METHOD_ALLOCATE = 0x003;
export const METHOD_REFRESH = 0x004;
export const METHOD_SEND = 0x006;
export const METHOD_DATA = 0x007;
export const METHOD_CREATE_PERMISSION = 0x008;
export const METHOD_CHANNEL_BIND = 0x009;

/** Comprehension-required. */
export const ATTRIBUTE_CHANNEL_NUMBER = 0x000c;
export const ATTRIBUTE_LIFETIME = 0x000d;
export const ATTRIBUTE_XOR_PEER_ADDRESS = 0x0012;
export const ATTRIBUTE_DATA = 0x0013;
export const ATTRIBUTE_XOR_RELAYED_ADDRESS = 0x0016;
export const ATTRIBUTE_REQUESTED_ADDRESS_FAMILY = 0x0017;
export const ATTRIBUTE_EVEN_PORT = 0x0018;
export const ATTRIBUTE_REQUESTED_TRANSPORT = 0x0019;
export const ATTRIBUTE_DONT_FRAGMENT = 0x001a;
export const ATTRIBUTE_RESERVATION_TOKEN = 0x0022;
/** Comprehension-optional. */
export const ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY = 0x8000;
export const ATTRIBUTE_ADDRESS_ERROR_CODE = 0x8001;

/** The IP protocol in REQUESTED-TRANSPORT: UDP is the only one that this package relays. */
export const PROTOCOL_UDP = 17;

/** Channel numbers that may be bound (section 12). */
export const CHANNEL_MIN = 0x4000;
export const CHANNEL_MAX = 0x4fff;
/**
 * RFC 5766 gave clients the numbers up to here, and some still choose any of them (turnutils_uclient of coturn 4). A
 * server takes them: the first two bits tell ChannelData from STUN, and nothing else comes to its ports.
 */
export const CHANNEL_ACCEPTED_MAX = 0x7fff;

/** Lifetimes in ms: of an allocation when nothing else is asked for (section 3.2), permissions (9), channels (12). */
export const DEFAULT_LIFETIME = 600_000;
export const PERMISSION_LIFETIME = 300_000;
export const CHANNEL_LIFETIME = 600_000;

/** 4 for IPv4, 6 for IPv6. */
export type IpFamily = 4 | 6;
