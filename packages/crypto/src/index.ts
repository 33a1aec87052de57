export { createCertificate, loadCertificate, type StoredCertificate } from './certificate.js';
export { nodeCrypto } from './node-crypto.js';
export { NodeSigningKey } from './signing-key.js';
