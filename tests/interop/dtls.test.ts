import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificate, concat, describeFault, type Fingerprint, toHex } from '@earshot/base';
import { createCertificate, loadCertificate, nodeCrypto, type StoredCertificate } from '@earshot/crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type DtlsEvent,
  type DtlsOutput,
  DtlsServer,
  type SrtpKeyingMaterial,
} from '../../packages/webrtc/src/dtls/index.js';

// OpenSSL as a DTLS client that we did not write: it must derive the same keying material.

let folder: string;
let socket: Socket;
let child: ChildProcess | undefined;
let serverCertificate: Certificate;
let clientCertificate: StoredCertificate;
let clientFingerprint: Fingerprint;

const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-dtls-'));
  serverCertificate = loadCertificate(await createCertificate(Date.now()));
  clientCertificate = await createCertificate(Date.now());
  clientFingerprint = { algorithm: 'sha-256', value: loadCertificate(clientCertificate).fingerprint };
  await writeFile(join(folder, 'cert.pem'), pem('CERTIFICATE', clientCertificate.der));
  await writeFile(join(folder, 'key.pem'), pem('PRIVATE KEY', clientCertificate.pkcs8));
  socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
});

afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill();
    await once(child, 'exit');
  }
  child = undefined;
  await new Promise<void>((resolve) => {
    socket.close(() => resolve());
  });
  await rm(folder, { recursive: true });
});

interface Peer {
  /** The first event of that type, as soon as there is one. */
  event<T extends DtlsEvent['type']>(type: T): Promise<DtlsEvent & { type: T }>;
  readonly datagramSizes: readonly number[];
  close(): void;
}

/** Serves one association on the socket: the thin shell that a sans-IO core needs. */
function serve(server: DtlsServer): Peer {
  const events: DtlsEvent[] = [];
  const datagramSizes: number[] = [];
  const listeners = new Set<() => void>();
  let remotePort = 0;
  let timer: NodeJS.Timeout | undefined;
  const perform = (outputs: readonly DtlsOutput[]): void => {
    for (const output of outputs) {
      if (output.type === 'event') {
        events.push(output.event);
      } else {
        datagramSizes.push(output.datagram.length);
        socket.send(output.datagram, remotePort, '127.0.0.1');
      }
    }
    for (const listener of listeners) listener();
    clearTimeout(timer);
    const due = server.nextTimeout;
    if (due !== undefined) timer = setTimeout(() => perform(server.handleTimeout(Date.now())), due - Date.now());
  };
  socket.on('message', (datagram, { port }) => {
    remotePort = port;
    perform(server.receive(Date.now(), datagram));
  });
  return {
    datagramSizes,
    close: () => perform(server.close(Date.now())),
    event: <T extends DtlsEvent['type']>(type: T) =>
      new Promise<DtlsEvent & { type: T }>((resolve, reject) => {
        const look = (): void => {
          const found = events.find((event): event is DtlsEvent & { type: T } => event.type === type);
          const failed = events.find((event) => event.type === 'failed');
          if (found !== undefined) resolve(found);
          else if (failed !== undefined) reject(new Error(describeFault(failed.fault)));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
  };
}

interface OpensslRun {
  /** Waits until standard output matches, and gives the first group. */
  printed(pattern: RegExp): Promise<string>;
  readonly exited: Promise<unknown>;
}

function startOpenssl(...extra: readonly string[]): OpensslRun {
  const { port } = socket.address() as AddressInfo;
  const identity = ['-cert', join(folder, 'cert.pem'), '-key', join(folder, 'key.pem')];
  const target = ['-dtls1_2', '-connect', `127.0.0.1:${port}`];
  const process = spawn('openssl', ['s_client', ...target, ...identity, ...extra], { stdio: ['pipe', 'pipe', 'pipe'] });
  child = process;
  let output = '';
  const listeners = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  process.stdout.on('data', collect);
  process.stderr.on('data', collect);
  return {
    exited: once(process, 'exit'),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output);
          if (match !== null) resolve(match[1] ?? '');
        };
        listeners.add(look);
        process.once('exit', () => reject(new Error(`openssl ended before it printed ${pattern}:\n${output}`)));
        look();
      }),
  };
}

/** In the order of the exporter: client key, server key, client salt, server salt (RFC 5764 section 4.2). */
const exported = ({ local, remote }: SrtpKeyingMaterial): string =>
  toHex(concat(remote.key, local.key, remote.salt, local.salt)).toUpperCase();

// P-256 is always among the groups: OpenSSL takes the list to bind the curve of our certificate, too.
it.each([
  { openssl: 'SRTP_AES128_CM_SHA1_80', profile: 'AES128_CM_HMAC_SHA1_80', bytes: 60, groups: 'X25519:P-256' },
  { openssl: 'SRTP_AEAD_AES_128_GCM', profile: 'AEAD_AES_128_GCM', bytes: 56, groups: 'P-256' },
] as const)('agrees with openssl at MTU 256 on the keys of $profile with groups $groups', async (choice) => {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: serverCertificate, mtu: 256 });
  const peer = serve(server);
  server.setRemoteFingerprints(Date.now(), [clientFingerprint]);
  const openssl = startOpenssl(
    ...['-mtu', '256', '-groups', choice.groups, '-use_srtp', choice.openssl],
    ...['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', String(choice.bytes)],
  );
  const connected = await peer.event('connected');
  expect(connected.keys.profile).toBe(choice.profile);
  expect(await openssl.printed(/Keying material: ([0-9A-F]+)\s/)).toBe(exported(connected.keys));
  expect(peer.datagramSizes.length).toBeGreaterThan(3);
  expect(Math.max(...peer.datagramSizes)).toBeLessThanOrEqual(256);
  peer.close();
  await openssl.exited;
});

it('accepts a client with an RSA certificate', async () => {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=rsa', ...files], {
    stdio: 'ignore',
  });
  const { fingerprint512 } = new X509Certificate(await readFile(join(folder, 'cert.pem')));
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: serverCertificate });
  const peer = serve(server);
  server.setRemoteFingerprints(Date.now(), [{ algorithm: 'sha-512', value: fingerprint512 }]);
  const openssl = startOpenssl('-use_srtp', 'SRTP_AES128_CM_SHA1_80');
  await peer.event('connected');
  peer.close();
  await openssl.exited;
});

it('tells openssl why when the certificate is not the announced one', async () => {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: serverCertificate });
  const peer = serve(server);
  server.setRemoteFingerprints(Date.now(), [{ algorithm: 'sha-256', value: serverCertificate.fingerprint }]);
  const openssl = startOpenssl('-use_srtp', 'SRTP_AES128_CM_SHA1_80');
  expect((await peer.event('failed')).fault.code).toBe('dtls.fingerprint_mismatch');
  await openssl.printed(/(alert bad certificate)/);
});

it('hears the close_notify of openssl', async () => {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: serverCertificate });
  const peer = serve(server);
  server.setRemoteFingerprints(Date.now(), [clientFingerprint]);
  const openssl = startOpenssl('-use_srtp', 'SRTP_AES128_CM_SHA1_80');
  await peer.event('connected');
  await openssl.printed(/(Verify return code)/);
  child?.stdin?.end('Q\n');
  await peer.event('closed');
  expect(server.state).toBe('closed');
});
