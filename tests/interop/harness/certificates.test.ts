import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../../harness/certificates.js';
import { launchChromium } from '../../harness/chromium.js';
import { launchFirefox } from '../../harness/firefox.js';
import type { EvaluatingPage } from '../../harness/page-audio.js';
import { hostAddress, lacks, programPath } from '../../harness/peers.js';
import { freePort, type Program, startProgram, temporaryFolder, until } from '../../harness/process.js';

const NAME = 'gateway.test';
const host = hostAddress();
const folder = temporaryFolder('certificates');
let authority: TestAuthority;
let coturn: Program;
let turnPort: number;
let pages: { readonly plain: Server; readonly secure: Server };

const listening = async (server: Server): Promise<Server> => {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
};
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  authority = await TestAuthority.create();
  const { certificate, key } = await authority.issue({ names: [NAME, host] });
  const files = await authority.issueFiles(folder.path, { names: [NAME, host] });
  const answer = (_: unknown, response: { end(text: string): void }): void => response.end('<!doctype html>x');
  pages = {
    plain: await listening(createHttp(answer)),
    secure: await listening(createHttps({ cert: certificate, key }, answer)),
  };
  if (lacks('turnserver')) return;
  turnPort = await freePort(host);
  coturn = startProgram(programPath('turnserver'), [
    ...[
      '-n',
      '--verbose',
      '--no-cli',
      '--no-dtls',
      '--lt-cred-mech',
      '--user=user:password',
      '--realm=test',
      '--log-file=stdout',
    ],
    ...[`--listening-ip=${host}`, `--listening-port=${await freePort(host)}`, `--tls-listening-port=${turnPort}`],
    ...[`--cert=${files.certificate}`, `--pkey=${files.key}`],
    ...[`--pidfile=${folder.path}/pid`, `--db=${folder.path}/db`],
  ]);
  await until('coturn', () => (coturn.output().includes('TLS/TCP listener opened') ? true : undefined));
});
afterAll(async () => {
  await coturn?.stop();
  for (const server of Object.values(pages)) {
    server.closeAllConnections();
    server.close();
  }
  folder.remove();
});

/** 'relay', or the code of the first error of gathering by TURN over TLS. */
const gather = async (page: EvaluatingPage, name: string): Promise<unknown> =>
  await page.evaluate(`(async () => {
    const urls = 'turns:${name}:${turnPort}?transport=tcp';
    const iceServers = [{ urls, username: 'user', credential: 'password' }];
    const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay', bundlePolicy: 'max-bundle' });
    peer.addTransceiver('audio');
    const errors = [];
    const candidate = new Promise((resolve) => {
      peer.onicecandidateerror = ({ errorCode }) => errors.push(errorCode);
      peer.onicecandidate = ({ candidate }) => candidate?.candidate && resolve('relay');
      peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve(errors[0]);
    });
    await peer.setLocalDescription();
    const found = await candidate;
    peer.close();
    return found;
  })()`);

describe.skipIf(lacks('chromium', 'turnserver'))('Chromium and a test authority', () => {
  it('are friends, for pages and TURN alike', async () => {
    const rules = `--host-resolver-rules=MAP ${NAME} ${host}`;
    const browser = await launchChromium({ args: [...authority.chromiumArgs, rules] });
    try {
      const page = await browser.newPage();
      await page.goto(`https://${NAME}:${portOf(pages.secure)}/`);
      expect(await page.evaluate('isSecureContext')).toBe(true);
      expect([await gather(page, NAME), await gather(page, host)]).toEqual(['relay', 'relay']);
    } finally {
      await browser.close();
    }
  });

  it('are strangers unless they are introduced', async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(`http://${host}:${portOf(pages.plain)}/`);
      expect(await gather(page, host)).toBe(701);
      await expect(page.goto(`https://${host}:${portOf(pages.secure)}/`)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID');
    } finally {
      await browser.close();
    }
  });
});

describe.skipIf(lacks('firefox-esr', 'pulseaudio', 'turnserver'))('Firefox and a test authority', () => {
  it('are friends, for pages and TURN by name', async () => {
    const preferences = { 'network.dns.forceResolve': host };
    const browser = await launchFirefox({ acceptInsecureCerts: true, preferences });
    try {
      const page = await browser.newPage();
      await page.goto(`https://${NAME}:${portOf(pages.secure)}/`);
      expect(await page.evaluate('isSecureContext')).toBe(true);
      expect(await gather(page, NAME)).toBe('relay');
      // By its address nothing is tried, and nothing is said.
      expect(await gather(page, host)).toBeUndefined();
    } finally {
      await browser.close();
    }
  });
});
