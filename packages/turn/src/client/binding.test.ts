import { nodeCrypto as crypto } from '@earshot/crypto';
import {
  ATTRIBUTE_USERNAME,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  checkFingerprint,
  checkIntegrity,
  errorCodeAttribute,
  METHOD_BINDING,
  parseStun,
  printStun,
  readText,
  type StunTrailer,
  shortTermKey,
  xorAddressAttribute,
} from '@earshot/stun';
import { expect, it } from 'vitest';
import { BindingRequest } from './binding.js';

const MAPPED = { address: '198.51.100.7', port: 40_001 };
const ice = { ufrag: 'abcd', pwd: 'a password of 22 chars' };

function parse(bytes: Uint8Array) {
  const message = parseStun(bytes);
  if (!message.ok) throw new Error(message.error);
  return message.value;
}

function success(request: BindingRequest, trailer: StunTrailer = {}): Uint8Array {
  const { transactionId } = parse(request.bytes);
  const mapped = xorAddressAttribute(ATTRIBUTE_XOR_MAPPED_ADDRESS, MAPPED, transactionId);
  if (mapped === undefined) throw new Error('no address');
  return printStun({ class: 'success', method: METHOD_BINDING, transactionId }, [mapped], trailer);
}

it('tells where it was seen', () => {
  const request = new BindingRequest(0, { crypto, isReliable: false });
  expect(parse(request.bytes)).toMatchObject({ class: 'request', method: METHOD_BINDING });
  expect(request.receive(success(request))).toEqual({ ok: true, value: MAPPED });
  expect(request.handleTimeout(request.nextTimeout)).toBe('send');
});

it('takes no answer to another request, and no other message', () => {
  const request = new BindingRequest(0, { crypto, isReliable: true });
  expect(request.receive(success(new BindingRequest(0, { crypto, isReliable: true })))).toBeUndefined();
  expect(request.receive(request.bytes)).toBeUndefined();
  expect(request.receive(Uint8Array.of(0x80, 0))).toBeUndefined();
  expect(request.handleTimeout(request.nextTimeout)).toBe('failed');
});

it('asks an ICE agent as a connectivity check, and believes only who knows the password', () => {
  const request = new BindingRequest(0, { crypto, isReliable: false, ice });
  const message = parse(request.bytes);
  expect(readText(message, ATTRIBUTE_USERNAME)).toBe('abcd:probe');
  expect(checkIntegrity(crypto, message, shortTermKey(ice.pwd))).toBe('sha1');
  expect(checkFingerprint(message)).toBe('valid');
  expect(request.receive(success(request))).toBeUndefined();
  const forged = { crypto, algorithm: 'sha1', key: shortTermKey('guessed') } as const;
  expect(request.receive(success(request, { integrity: forged }))).toBeUndefined();
  const genuine = { crypto, algorithm: 'sha1', key: shortTermKey(ice.pwd) } as const;
  expect(request.receive(success(request, { integrity: genuine }))).toEqual({ ok: true, value: MAPPED });
});

it.each([
  [400, 'turn.bad_request'],
  [401, 'turn.auth_failed'],
] as const)('names a refusal with %d', (status, code) => {
  const request = new BindingRequest(0, { crypto, isReliable: false });
  const { transactionId } = parse(request.bytes);
  const refusal = printStun({ class: 'error', method: METHOD_BINDING, transactionId }, [errorCodeAttribute(status)]);
  expect(request.receive(refusal)).toMatchObject({ ok: false, error: { code } });
});
