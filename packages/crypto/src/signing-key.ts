import type { KeyObject } from 'node:crypto';
import type { SigningKey } from '@earshot/base';

/** The private key of this implementation: a node KeyObject behind the opaque type. */
export class NodeSigningKey implements SigningKey {
  readonly kind = 'ecdsa-p256';
  readonly keyObject: KeyObject;

  constructor(keyObject: KeyObject) {
    this.keyObject = keyObject;
  }
}
