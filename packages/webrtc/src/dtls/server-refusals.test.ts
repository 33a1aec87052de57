import { nodeCrypto } from '@earshot/crypto';
import { beforeAll, expect, it } from 'vitest';
import type { ClientHello } from './messages/client-hello.js';
import { DtlsServer } from './server.js';
import { DtlsClient, type Misbehaviour, uint16Vector } from './testing/dtls-client.js';
import { createIdentities, type Identities } from './testing/identities.js';
import { runHandshake } from './testing/virtual-path.js';

let identities: Identities;

beforeAll(async () => {
  identities = await createIdentities();
});

/** Runs a handshake with a client that misbehaves and gives the fault; no key may have left on either side. */
function refusalOf(misbehaviour: Misbehaviour, announced = identities.client): { code: string; alert: number } {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server });
  server.setRemoteFingerprints(0, [{ algorithm: 'sha-256', value: announced.fingerprint }]);
  const client = new DtlsClient({ crypto: nodeCrypto, certificate: identities.client, misbehaviour });
  const { events } = runHandshake(client, server);
  expect(events.some((event) => event.type === 'connected')).toBe(false);
  expect(client.keys).toBeUndefined();
  expect(server.state).toBe('failed');
  expect(server.nextTimeout).toBeUndefined();
  const failed = events.filter((event) => event.type === 'failed');
  expect(failed).toHaveLength(1);
  expect(client.alerts).toEqual([failed[0]?.alert]);
  return { code: failed[0]?.fault.code ?? '', alert: failed[0]?.alert ?? -1 };
}

it('a client that behaves is not refused', () => {
  expect(() => refusalOf({})).toThrow();
});

it('refuses a certificate without CertificateVerify', () => {
  expect(refusalOf({ certificateVerify: 'left-out' })).toEqual({ code: 'dtls.bad_certificate_verify', alert: 10 });
});

it('refuses a CertificateVerify signed by another key', () => {
  expect(refusalOf({ signWith: identities.other })).toEqual({ code: 'dtls.bad_certificate_verify', alert: 51 });
});

it('refuses a CertificateVerify of a scheme that was not asked for', () => {
  expect(refusalOf({ certificateVerify: 'wrong-scheme' })).toEqual({ code: 'dtls.bad_certificate_verify', alert: 47 });
});

it('refuses a wrong Finished', () => {
  expect(refusalOf({ finished: 'wrong' })).toEqual({ code: 'dtls.bad_finished', alert: 51 });
});

it('refuses a certificate with another fingerprint, before and after the handshake', () => {
  expect(refusalOf({}, identities.other)).toEqual({ code: 'dtls.fingerprint_mismatch', alert: 42 });

  const late = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server });
  const client = new DtlsClient({ crypto: nodeCrypto, certificate: identities.client });
  runHandshake(client, late, { untilMs: 1000 });
  const outputs = late.setRemoteFingerprints(2000, [{ algorithm: 'sha-256', value: identities.other.fingerprint }]);
  expect(outputs.map((output) => (output.type === 'event' ? output.event.type : 'alert sent'))).toEqual([
    'alert sent',
    'failed',
  ]);
  expect(late.setRemoteFingerprints(3000, identities.fingerprints)).toEqual([]);
  expect(late.state).toBe('failed');
});

it('refuses a client without a certificate', () => {
  expect(refusalOf({ certificate: 'empty' })).toEqual({ code: 'dtls.certificate_missing', alert: 40 });
  expect(refusalOf({ certificate: 'left-out' })).toEqual({ code: 'dtls.certificate_missing', alert: 10 });
});

it('refuses an invalid public key and a truncated message', () => {
  expect(refusalOf({ clientKeyExchange: 'invalid-point' })).toEqual({ code: 'dtls.decode_error', alert: 47 });
  expect(refusalOf({ clientKeyExchange: 'truncated' })).toEqual({ code: 'dtls.decode_error', alert: 50 });
});

const set = (type: number, data: Uint8Array) => (hello: ClientHello) => ({
  ...hello,
  extensions: new Map([...hello.extensions, [type, data]]),
});

const drop = (type: number) => (hello: ClientHello) => ({
  ...hello,
  extensions: new Map([...hello.extensions].filter(([present]) => present !== type)),
});

const NO_COMMON = 'dtls.no_common_parameters';

it.each<[string, (hello: ClientHello) => ClientHello, string, number]>([
  ['no extended master secret', drop(23), 'dtls.extended_master_secret_missing', 40],
  ['no common suite', (hello) => ({ ...hello, cipherSuites: [0xc02f, 0x1301] }), NO_COMMON, 40],
  ['no common group', set(10, uint16Vector([24, 0x11ec])), NO_COMMON, 40],
  ['no groups', drop(10), NO_COMMON, 40],
  ['a broken list of groups', set(10, Uint8Array.of(0, 3, 0, 29, 0)), NO_COMMON, 40],
  ['no common signature algorithm', set(13, uint16Vector([0x0201, 0x0804])), NO_COMMON, 40],
  ['no common SRTP profile', set(14, Uint8Array.of(0, 2, 0, 2, 0)), NO_COMMON, 40],
  ['no use_srtp', drop(14), NO_COMMON, 40],
  ['a broken use_srtp', set(14, Uint8Array.of(0, 3, 0)), 'dtls.decode_error', 50],
  ['compressed points only', set(11, Uint8Array.of(1, 1)), NO_COMMON, 47],
  ['no null compression', (hello) => ({ ...hello, compressionMethods: Uint8Array.of(1) }), NO_COMMON, 47],
  ['DTLS 1.0', (hello) => ({ ...hello, version: 0xfeff }), NO_COMMON, 70],
  ['TLS', (hello) => ({ ...hello, version: 0x0303 }), NO_COMMON, 70],
  ['DTLS 1.3 only', set(43, Uint8Array.of(2, 0xfe, 0xfc)), NO_COMMON, 70],
  ['a renegotiation', set(0xff01, Uint8Array.of(1, 7)), NO_COMMON, 40],
])('refuses a ClientHello with %s', (_, hello, code, alert) => {
  expect(refusalOf({ hello })).toEqual({ code, alert });
});
