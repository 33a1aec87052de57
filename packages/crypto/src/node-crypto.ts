import * as node from 'node:crypto';
import type {
  Aead,
  BlockCipher,
  Crypto,
  HashAlgorithm,
  KeyAgreement,
  NamedGroup,
  SignatureScheme,
} from '@earshot/base';
import { hmacSha1 } from './hmac-sha1.js';
import { NodeSigningKey } from './signing-key.js';

const X25519_SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

function x25519Agreement(): KeyAgreement {
  const { publicKey, privateKey } = node.generateKeyPairSync('x25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(X25519_SPKI_PREFIX.length);
  return {
    publicKey: raw,
    deriveSecret(peer) {
      if (peer.length !== 32) return undefined;
      try {
        const key = Buffer.concat([X25519_SPKI_PREFIX, peer]);
        const peerKey = node.createPublicKey({ key, format: 'der', type: 'spki' });
        return node.diffieHellman({ privateKey, publicKey: peerKey });
      } catch {
        return undefined; // a low-order point: OpenSSL refuses the all-zero secret (RFC 8422 section 5.11)
      }
    },
  };
}

function p256Agreement(): KeyAgreement {
  const ecdh = node.createECDH('prime256v1');
  const publicKey = ecdh.generateKeys();
  return {
    publicKey,
    deriveSecret(peer) {
      if (peer.length !== 65 || peer[0] !== 4) return undefined;
      try {
        return ecdh.computeSecret(peer);
      } catch {
        return undefined; // not a point of the curve
      }
    },
  };
}

function aes128Gcm(key: Uint8Array): Aead {
  return {
    seal(nonce, additionalData, plaintext) {
      const cipher = node.createCipheriv('aes-128-gcm', key, nonce);
      cipher.setAAD(additionalData);
      const body = cipher.update(plaintext);
      cipher.final();
      return Buffer.concat([body, cipher.getAuthTag()]);
    },
    open(nonce, additionalData, sealed) {
      if (sealed.length < 16) return undefined;
      const decipher = node.createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 });
      decipher.setAAD(additionalData);
      decipher.setAuthTag(sealed.subarray(sealed.length - 16));
      const plain = decipher.update(sealed.subarray(0, sealed.length - 16));
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      return plain;
    },
  };
}

function aes128Ecb(key: Uint8Array): BlockCipher {
  const cipher = node.createCipheriv('aes-128-ecb', key, null);
  cipher.setAutoPadding(false);
  return { encrypt: (blocks) => cipher.update(blocks) };
}

const DIGESTS = { sha256: 'sha256', sha384: 'sha384', sha512: 'sha512' } as const;

/** `Crypto` over node:crypto. */
export const nodeCrypto: Crypto = {
  randomBytes: (length) => node.randomBytes(length),
  hash(algorithm: HashAlgorithm, ...data) {
    const hash = node.createHash(algorithm);
    for (const part of data) hash.update(part);
    return hash.digest();
  },
  hmac(algorithm, key, ...data) {
    const mac = node.createHmac(algorithm, key);
    for (const part of data) mac.update(part);
    return mac.digest();
  },
  timingSafeEqual: (a, b) => a.length === b.length && node.timingSafeEqual(a, b),
  generateKeyAgreement: (group: NamedGroup) => (group === 'x25519' ? x25519Agreement() : p256Agreement()),
  aes128Gcm,
  aes128Ecb,
  hmacSha1,
  signEcdsaSha256(privateKey, data) {
    if (!(privateKey instanceof NodeSigningKey)) throw new TypeError('the key was made by another implementation');
    return node.sign('sha256', data, privateKey.keyObject);
  },
  verifyCertificateSignature(certificate, scheme: SignatureScheme, data, signature) {
    try {
      const { publicKey } = new node.X509Certificate(certificate);
      const isEcdsa = scheme.startsWith('ecdsa');
      if (publicKey.asymmetricKeyType !== (isEcdsa ? 'ec' : 'rsa')) return false;
      const digest = DIGESTS[scheme.slice(-6) as keyof typeof DIGESTS];
      return node.verify(digest, data, publicKey, signature);
    } catch {
      return false; // a certificate or signature that does not parse
    }
  },
};
