/** The numbers of STUN (RFC 8489 sections 5, 14 and 18) and of ICE's extensions to it (RFC 8445 section 16). */
export const STUN_HEADER_LENGTH = 20;
export const STUN_COOKIE = 0x2112a442;

export const METHOD_BINDING = 0x001;

export type StunClass = 'request' | 'indication' | 'success' | 'error';

/** Comprehension-required attributes are 0x0000 to 0x7fff. */
export const ATTRIBUTE_USERNAME = 0x0006;
export const ATTRIBUTE_MESSAGE_INTEGRITY = 0x0008;
export const ATTRIBUTE_ERROR_CODE = 0x0009;
export const ATTRIBUTE_UNKNOWN_ATTRIBUTES = 0x000a;
export const ATTRIBUTE_REALM = 0x0014;
export const ATTRIBUTE_NONCE = 0x0015;
export const ATTRIBUTE_MESSAGE_INTEGRITY_SHA256 = 0x001c;
export const ATTRIBUTE_PASSWORD_ALGORITHM = 0x001d;
export const ATTRIBUTE_USERHASH = 0x001e;
export const ATTRIBUTE_XOR_MAPPED_ADDRESS = 0x0020;
export const ATTRIBUTE_PRIORITY = 0x0024;
export const ATTRIBUTE_USE_CANDIDATE = 0x0025;

/** Comprehension-optional attributes are 0x8000 to 0xffff. */
export const ATTRIBUTE_PASSWORD_ALGORITHMS = 0x8002;
export const ATTRIBUTE_SOFTWARE = 0x8022;
export const ATTRIBUTE_ALTERNATE_SERVER = 0x8023;
export const ATTRIBUTE_FINGERPRINT = 0x8028;
export const ATTRIBUTE_ICE_CONTROLLED = 0x8029;
export const ATTRIBUTE_ICE_CONTROLLING = 0x802a;
