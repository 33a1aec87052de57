import { ByteWriter } from '@earshot/base';
import { createCertificate, loadCertificate, nodeCrypto } from '@earshot/crypto';
import { type DtlsOutput, DtlsServer } from '@earshot/webrtc';
import fc from 'fast-check';
import { DtlsClient } from '../../../packages/webrtc/src/dtls/testing/dtls-client.js';
import type { FuzzTarget } from '../campaign.js';

const fragment = fc
  .record({
    type: fc.constantFrom(1, 2, 11, 12, 14, 15, 16, 20, 99),
    length: fc.nat(0xffffff),
    sequence: fc.nat(6),
    offset: fc.nat(600),
    body: fc.uint8Array({ maxLength: 200 }),
    /** What the fragment length says instead of the truth, now and then. */
    claimed: fc.option(fc.nat(0xffffff), { freq: 4 }),
    isWhole: fc.boolean(),
  })
  .map(({ type, length, sequence, offset, body, claimed, isWhole }) => {
    const whole = isWhole ? body.length : length;
    const writer = new ByteWriter()
      .u8(type)
      .u24(whole)
      .u16(sequence)
      .u24(isWhole ? 0 : offset);
    return writer
      .u24(claimed ?? body.length)
      .put(body)
      .finish();
  });

const record = fc
  .record({
    type: fc.constantFrom(20, 21, 22, 23, 25),
    version: fc.constantFrom(0xfefd, 0xfeff, 0xfefc, 0x0303),
    epoch: fc.nat(2),
    sequence: fc.nat(1000),
    content: fc.oneof(fragment, fc.uint8Array({ maxLength: 64 })),
    length: fc.option(fc.nat(0xffff), { freq: 6 }),
  })
  .map(({ type, version, epoch, sequence, content, length }) => {
    const writer = new ByteWriter().u8(type).u16(version).u16(epoch).u48(sequence);
    return writer
      .u16(length ?? content.length)
      .put(content)
      .finish();
  });

const structured = fc
  .array(record, { minLength: 1, maxLength: 4 })
  .map((records) => Uint8Array.from(records.flatMap((bytes) => [...bytes])));

const certificate = loadCertificate(await createCertificate(Date.UTC(2025, 0, 1)));

const datagrams = (outputs: readonly DtlsOutput[]): Uint8Array[] =>
  outputs.flatMap((output) => (output.type === 'send' ? [output.datagram] : []));

const newServer = (): DtlsServer => {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate, mtu: 300 });
  server.setRemoteFingerprints(0, [{ algorithm: 'sha-256', value: certificate.fingerprint }]);
  return server;
};

/** All that a client sends in one handshake, in small fragments and in large ones. */
function handshakeDatagrams(mtu: number): Uint8Array[] {
  const server = newServer();
  const client = new DtlsClient({ crypto: nodeCrypto, certificate, mtu });
  const sent = client.start(0);
  for (let next = 0; next < sent.length; next += 1) {
    for (const answer of datagrams(server.receive(0, sent[next] ?? new Uint8Array(0)))) {
      sent.push(...client.receive(0, answer));
    }
  }
  if (client.keys === undefined) throw new Error('the handshake that makes the seeds did not complete');
  return sent;
}

/** A server that lives on after failing answers nothing any more: it is replaced, as a new call would. */
const INPUTS_PER_SERVER = 200;

export const dtls: FuzzTarget = {
  name: 'DTLS',
  seeds: [...handshakeDatagrams(1200), ...handshakeDatagrams(200)],
  structured,
  create: () => {
    let server = newServer();
    return (input, now) => {
      if (now % INPUTS_PER_SERVER === 0) {
        server = newServer();
        const [hello] = new DtlsClient({ crypto: nodeCrypto, certificate }).start(now);
        // Every other server has had a true ClientHello, so that later messages are looked into as well.
        if (hello !== undefined && now % (2 * INPUTS_PER_SERVER) === 0) server.receive(now, hello);
      }
      server.receive(now, input);
      server.handleTimeout(now);
    };
  },
};
