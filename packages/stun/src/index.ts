export {
  errorCodeAttribute,
  flagAttribute,
  hasAttribute,
  readErrorCode,
  readText,
  readUint32,
  readUint64,
  readUnknownAttributes,
  type StunErrorCode,
  textAttribute,
  uint32Attribute,
  uint64Attribute,
  unknownAttributesAttribute,
  unknownRequired,
} from './attributes.js';
export { checkFingerprint } from './fingerprint.js';
export {
  checkIntegrity,
  type IntegrityAlgorithm,
  type IntegrityCheck,
  longTermKey,
  shortTermKey,
  userHash,
} from './integrity.js';
export { formatIp, networkOf, parseIp, unmapIpv4 } from './ip.js';
export {
  findAttribute,
  parseStun,
  type StunAttribute,
  type StunAttributeValue,
  type StunError,
  type StunHeader,
  type StunMessage,
} from './message.js';
export {
  nonceCookie,
  type PasswordAlgorithm,
  passwordAlgorithmAttribute,
  passwordAlgorithmsAttribute,
  readPasswordAlgorithm,
  readSecurityFeatures,
  type SecurityFeatures,
} from './password-algorithms.js';
export { printStun, type StunTrailer } from './print.js';
export * from './types.js';
export { stunUsernameOf } from './username.js';
export {
  alternateServerAttribute,
  decodeXorAddress,
  readAlternateServer,
  readXorAddress,
  xorAddressAttribute,
} from './xor-address.js';
