/**
 * The cryptographic primitives that protocol cores need, as an interface so that they compile without `node:*`.
 * `@earshot/crypto` implements it over node:crypto. No core writes a primitive of its own.
 */
export interface Crypto {
  randomBytes(length: number): Uint8Array;
  hash(algorithm: HashAlgorithm, ...data: readonly Uint8Array[]): Uint8Array;
  hmac(algorithm: 'sha1' | 'sha256', key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array;
  /** Constant time in the content; false at once when the lengths differ. */
  timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
  /** A fresh ephemeral key pair for one key agreement. */
  generateKeyAgreement(group: NamedGroup): KeyAgreement;
  /** `key`: 16 bytes. */
  aes128Gcm(key: Uint8Array): Aead;
  /** AES-128 in ECB mode without padding, for counter-mode key streams (RFC 3711 section 4.1.1). `key`: 16 bytes. */
  aes128Ecb(key: Uint8Array): BlockCipher;
  /** HMAC-SHA1 with the key prepared once. */
  hmacSha1(key: Uint8Array): KeyedHash;
  /** ECDSA with SHA-256 over P-256; `signature` is DER (RFC 8422 section 5.4). */
  signEcdsaSha256(privateKey: SigningKey, data: Uint8Array): Uint8Array;
  /** Verifies with the public key of a DER certificate; false for anything that does not parse or match. */
  verifyCertificateSignature(
    certificate: Uint8Array,
    scheme: SignatureScheme,
    data: Uint8Array,
    signature: Uint8Array,
  ): boolean;
}

export type HashAlgorithm = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
export type NamedGroup = 'secp256r1' | 'x25519';
/** The schemes accepted in CertificateVerify (RFC 5246 section 7.4.1.4.1). */
export type SignatureScheme =
  | 'ecdsa-sha256'
  | 'ecdsa-sha384'
  | 'ecdsa-sha512'
  | 'rsa-pkcs1-sha256'
  | 'rsa-pkcs1-sha384'
  | 'rsa-pkcs1-sha512';

export interface KeyAgreement {
  /** x25519: 32 bytes; secp256r1: 65 bytes, uncompressed point. */
  readonly publicKey: Uint8Array;
  /** The shared secret (32 bytes), or undefined when the peer's public key is invalid. */
  deriveSecret(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

export interface Aead {
  /** Returns ciphertext followed by the 16-byte tag. `nonce`: 12 bytes. */
  seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Takes ciphertext followed by the 16-byte tag; undefined when it does not authenticate. */
  open(nonce: Uint8Array, additionalData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

export interface BlockCipher {
  /** Encrypts whole 16-byte blocks. */
  encrypt(blocks: Uint8Array): Uint8Array;
}

export interface KeyedHash {
  /** Returns the 20-byte tag over `data[start, end)` followed by `suffix`. */
  sign(data: Uint8Array, start: number, end: number, suffix?: Uint8Array): Uint8Array;
  /** Writes the first `length` bytes of that tag to `out` at `at`, which may lie in `data` behind `end`. */
  signInto(
    out: Uint8Array,
    at: number,
    length: number,
    data: Uint8Array,
    start: number,
    end: number,
    suffix?: Uint8Array,
  ): void;
}

/** An opaque private key made by the implementation. */
export interface SigningKey {
  readonly kind: 'ecdsa-p256';
}

/** The identity a DTLS endpoint presents. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly privateKey: SigningKey;
  /** SHA-256 over `der`, upper-case hexadecimal with colons, as in a=fingerprint (RFC 8122). */
  readonly fingerprint: string;
}
