import type { TransportAddress } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import {
  ATTRIBUTE_NONCE,
  ATTRIBUTE_REALM,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  checkIntegrity,
  errorCodeAttribute,
  longTermKey,
  parseStun,
  printStun,
  readText,
  readXorAddress,
  type StunAttributeValue,
  type StunMessage,
  textAttribute,
  xorAddressAttribute,
} from '@earshot/stun';
import {
  ATTRIBUTE_DATA,
  ATTRIBUTE_XOR_PEER_ADDRESS,
  ATTRIBUTE_XOR_RELAYED_ADDRESS,
  lifetimeAttribute,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  METHOD_DATA,
  METHOD_REFRESH,
  readChannelNumber,
  readLifetime,
} from '../../wire/index.js';

export const MAPPED: TransportAddress = { address: '198.51.100.7', port: 40_001 };
export const RELAYED: TransportAddress = { address: '203.0.113.5', port: 49_200 };

/** A request as the server saw it, in words. */
export type Seen =
  | { readonly what: 'allocate' | 'refresh'; readonly authenticated: boolean; readonly lifetimeMs: number | undefined }
  | {
      readonly what: 'permit' | 'bind';
      readonly authenticated: boolean;
      readonly peer: string;
      readonly channel?: number;
    };

/** A TURN server by the script of a test: correct unless told otherwise, and without memory of allocations. */
export class ScriptedServer {
  readonly seen: Seen[] = [];
  realm = 'test';
  nonce = 'nonce-1';
  lifetimeMs: number | undefined;
  /** The next responses are these errors, by status. */
  readonly refuseWith: number[] = [];
  /** It knows another password than the client. */
  isImpostor = false;
  readonly #username: string;
  readonly #password: string;

  constructor(username: string, password: string) {
    this.#username = username;
    this.#password = password;
  }

  get #key(): Uint8Array {
    const password = this.isImpostor ? 'guessed' : this.#password;
    return longTermKey(crypto, 'md5', this.#username, this.realm, password);
  }

  /** The response to one request of the client; undefined for indications. */
  answer(bytes: Uint8Array): Uint8Array | undefined {
    const parsed = parseStun(bytes);
    if (!parsed.ok) throw new Error(`the client sent ${parsed.error}`);
    const request = parsed.value;
    if (request.class !== 'request') return undefined;
    const key = longTermKey(crypto, 'md5', this.#username, this.realm, this.#password);
    const integrity = checkIntegrity(crypto, request, key);
    this.#note(request, integrity === 'sha1');
    const status = this.refuseWith.shift();
    if (status !== undefined) return this.#refuse(request, status, integrity === 'sha1');
    if (integrity !== 'sha1') return this.#refuse(request, 401, false);
    if (readText(request, ATTRIBUTE_NONCE) !== this.nonce) return this.#refuse(request, 438, true);
    return this.#grant(request);
  }

  /** A Data indication. */
  data(peer: TransportAddress, payload: Uint8Array): Uint8Array {
    const transactionId = crypto.randomBytes(12);
    return printStun({ class: 'indication', method: METHOD_DATA, transactionId }, [
      addressOf(ATTRIBUTE_XOR_PEER_ADDRESS, peer, transactionId),
      { type: ATTRIBUTE_DATA, value: payload },
    ]);
  }

  #note(request: StunMessage, authenticated: boolean): void {
    const lifetimeMs = readLifetime(request);
    const peer = readXorAddress(request, ATTRIBUTE_XOR_PEER_ADDRESS);
    const channel = readChannelNumber(request);
    if (request.method === METHOD_ALLOCATE) this.seen.push({ what: 'allocate', authenticated, lifetimeMs });
    if (request.method === METHOD_REFRESH) this.seen.push({ what: 'refresh', authenticated, lifetimeMs });
    if (peer === undefined) return;
    if (request.method === METHOD_CREATE_PERMISSION) {
      this.seen.push({ what: 'permit', authenticated, peer: peer.address });
    }
    if (request.method === METHOD_CHANNEL_BIND && channel !== undefined) {
      this.seen.push({ what: 'bind', authenticated, peer: `${peer.address} ${peer.port}`, channel });
    }
  }

  #refuse(request: StunMessage, status: number, isProtected: boolean): Uint8Array {
    const challenge =
      status === 401 || status === 438
        ? [textAttribute(ATTRIBUTE_REALM, this.realm), textAttribute(ATTRIBUTE_NONCE, this.nonce)]
        : [];
    return this.#print(request, 'error', [errorCodeAttribute(status, 'as the test says'), ...challenge], isProtected);
  }

  #grant(request: StunMessage): Uint8Array {
    const { transactionId, method } = request;
    const asked = readLifetime(request);
    const lifetime = asked === undefined ? [] : [lifetimeAttribute(asked === 0 ? 0 : (this.lifetimeMs ?? asked))];
    const addresses =
      method === METHOD_ALLOCATE
        ? [
            addressOf(ATTRIBUTE_XOR_RELAYED_ADDRESS, RELAYED, transactionId),
            addressOf(ATTRIBUTE_XOR_MAPPED_ADDRESS, MAPPED, transactionId),
          ]
        : [];
    return this.#print(request, 'success', [...addresses, ...lifetime], true);
  }

  #print(
    { method, transactionId }: StunMessage,
    kind: 'success' | 'error',
    attributes: readonly StunAttributeValue[],
    isProtected: boolean,
  ): Uint8Array {
    const integrity = { crypto, algorithm: 'sha1', key: this.#key } as const;
    return printStun({ class: kind, method, transactionId }, attributes, isProtected ? { integrity } : {});
  }
}

function addressOf(type: number, address: TransportAddress, transactionId: Uint8Array): StunAttributeValue {
  const attribute = xorAddressAttribute(type, address, transactionId);
  if (attribute === undefined) throw new Error(`${address.address} is no address`);
  return attribute;
}
