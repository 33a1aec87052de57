import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../../apps/gateway/dist/log.js';
import { HepObserver, HepSender } from '../../apps/gateway/dist/outward/index.js';
import { startGateway } from '../harness/gateway.js';
import { lacks, programPath } from '../harness/peers.js';
import { freePort, startProgram, temporaryFolder, until } from '../harness/process.js';
import { SipShell } from './sip-shell.js';

const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n';
const SESSION = '0123456789abcdef0123456789abcdef';
const SECRET = 'a secret of this test alone';
const PASSWORD = 'myHep';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Kamailio's sipcapture module takes HEP apart and says what each packet holds; chunks by their numbers. */
const configuration = (port: number, folder: string): string => `#!KAMAILIO
debug=1
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}
loadmodule "db_text.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "text://${folder}")
modparam("sipcapture", "capture_on", 1)
modparam("sipcapture", "hep_capture_on", 1)
modparam("sipcapture", "nonsip_hook", 1)
request_route { drop; }
event_route[sipcapture:request] {
  xlog("L_ERR", "HEP$hep(version) family=$hep(0x001) transport=$hep(0x002) from=$hep(0x003):$hep(0x007) to=$hep(0x004):$hep(0x008) seconds=$hep(0x009) micros=$hep(0x00a) type=$hep(0x00b) id=$hep(0x00c) key=$hep(0x00e) call=$hep(0x011) payload=$hep(0x00f)\\n");
  drop;
}
`;

interface Captured {
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  readonly type: string;
  readonly id: string;
  readonly key: string;
  readonly call: string;
  /** The first line of it. */
  readonly payload: string;
}

const LINE =
  /HEP3 family=2 transport=17 from=(\S+) to=(\S+) seconds=(\d+) micros=\d+ type=(\d+) id=(\d+) key=(\S*) call=(\S*) payload=(.*)/g;

async function startHomer() {
  const port = await freePort();
  const folder = temporaryFolder('homer');
  cleanUps.push(() => folder.remove());
  writeFileSync(join(folder.path, 'version'), 'table_name(string) table_version(int)\nsip_capture:4\n');
  const file = join(folder.path, 'kamailio.cfg');
  writeFileSync(file, configuration(port, folder.path));
  const program = startProgram(programPath('kamailio'), [
    '-f',
    file,
    '-DD',
    '-E',
    '-m',
    '16',
    '-M',
    '4',
    '-Y',
    folder.path,
  ]);
  cleanUps.push(() => program.stop());
  await until('Kamailio', () => program.output().includes('Listening on') || undefined);
  const captured = (): Captured[] =>
    [...program.output().matchAll(LINE)].map(
      ([, from = '', to = '', seconds = '', type = '', id = '', key = '', call = '', payload = '']) => ({
        ...{ from, to, type, id, key, call, payload: payload.trim() },
        seconds: Number(seconds),
      }),
    );
  return { port, captured };
}

/** Keeps what is posted to it. */
async function startReceiver() {
  const requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
  cleanUps.push(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** As docs/integrations.md says that signatures are checked. */
function isGenuine(secret: string, header: string, body: string): boolean {
  const [, seconds = '', hex = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex') === hex;
}

describe.skipIf(lacks('kamailio'))('what leaves the server', () => {
  it('reaches Homer, webhooks, a collector of traces and Prometheus, all by the id of the call', async () => {
    const [homer, receiver, phone] = [await startHomer(), await startReceiver(), await SipShell.open()];
    cleanUps.push(() => phone.close());
    const gateway = await startGateway({
      trunks: { pbx: { target: `sip:127.0.0.1:${phone.port}` } },
      outward: {
        hep: { host: '127.0.0.1', port: homer.port, captureId: 7, password: PASSWORD },
        otel: { url: `${receiver.url}/v1/traces` },
        webhooks: [{ url: `${receiver.url}/hook`, secret: SECRET }],
      },
    });
    cleanUps.push(() => gateway.stop());

    const { host, port } = gateway.sip;
    phone.act({
      type: 'invite',
      legId: 'a',
      uri: `sip:echo@${host}:${port}`,
      from: { uri: 'sip:caller@127.0.0.1' },
      flow: phone.flowTo(port, host),
      sdp: SDP,
      sessionId: SESSION,
    });
    await until('the answer', () => phone.story.includes('answered') || undefined);
    phone.act({ type: 'hangup', legId: 'a' });
    await until('the BYE at Homer', () => homer.captured().find(({ payload }) => payload.startsWith('BYE')));
    await until('the end at the webhook', () => receiver.requests.find(({ path }) => path === '/hook'));
    const metrics = await until('the trunk', async () => {
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      return text.includes('earshot_trunk_up{trunk="pbx"} 1') ? text : undefined;
    });
    await gateway.stop();

    // Homer
    const ours = homer.captured().filter(({ call }) => call === SESSION);
    const place = `127.0.0.1:${phone.port}`;
    const own = `127.0.0.1:${port}`;
    const lines = ours.filter(({ from, to }) => from === place || to === place).map(({ payload }) => payload);
    // Each once, however often a slow machine sends it again.
    expect([...new Set(lines.filter((line) => !line.startsWith('SIP/2.0 1')))]).toEqual([
      expect.stringMatching(/^INVITE sip:echo@/),
      'SIP/2.0 200 OK',
      expect.stringMatching(/^ACK /),
      expect.stringMatching(/^BYE /),
    ]);
    const [invite] = ours.filter(({ from, payload }) => from === place && payload.startsWith('INVITE'));
    expect(invite).toMatchObject({ from: place, to: own, type: '1', id: '7', key: PASSWORD });
    expect(Math.abs((invite?.seconds ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    // The leg to the line has a Call-ID of its own, and the same call.
    expect(ours.some(({ from, payload }) => from === own && payload.startsWith('INVITE'))).toBe(true);

    // Webhooks
    const posted = receiver.requests.filter(({ path }) => path === '/hook');
    expect(posted.map(({ headers }) => headers['earshot-event'])).toEqual(['call.ended', 'call.diagnosed']);
    for (const { headers, body } of posted) {
      expect(isGenuine(SECRET, String(headers['earshot-signature']), body)).toBe(true);
      expect(isGenuine(SECRET, String(headers['earshot-signature']), `${body} `)).toBe(false);
      expect(isGenuine('another secret', String(headers['earshot-signature']), body)).toBe(false);
      const content = JSON.parse(body);
      expect(headers['idempotency-key']).toBe(content.id);
      expect(content).toMatchObject({ version: 1, call: { callId: SESSION, caller: 'sip', by: expect.any(String) } });
      expect(content.call.result).not.toBe('unfinished');
    }

    // Traces
    const spans = receiver.requests
      .filter(({ path }) => path === '/v1/traces')
      .flatMap(
        ({ body }) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans as { name: string; traceId: string }[],
      );
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([SESSION]));
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['call', 'caller leg', 'SIP INVITE', 'SIP BYE']),
    );

    // Prometheus
    expect(metrics).toMatch(/earshot_trunk_response_seconds\{trunk="pbx"\} \d/);
    expect(metrics).toMatch(/earshot_sip_responses_total\{class="2xx",direction="out",trunk="none"\} [1-9]/);
    expect(metrics).toMatch(/earshot_outward_sent_total\{receiver="hep"\} [1-9]/);
    expect(metrics).toContain('earshot_alert{rule="trunk-down"} 0');
  });

  it('reaches Homer as RTCP in JSON, of both directions, beside the messages of its call', async () => {
    const homer = await startHomer();
    const sender = new HepSender({ host: '127.0.0.1', port: homer.port, captureId: 8 }, createLog('silent'));
    cleanUps.push(() => sender.stop());
    const observer = new HepObserver({
      send: (packet) => sender.send(packet),
      now: () => 1_800_000_000_000,
      ownAddress: () => '203.0.113.5',
    });
    const call = { callId: SESSION };
    const remote = { address: '192.0.2.7', port: 4_000 };
    const local = { address: '203.0.113.5', port: 40_000 };
    observer.event(0, { type: 'ice.state', leg: 'caller', state: 'connected', remote, local }, call);
    const counts = {
      packetsReceived: 225,
      bytesReceived: 36_000,
      packetsLost: 25,
      packetsSent: 250,
      bytesSent: 40_000,
    };
    const figures = { ms: 5_000, codec: 'PCMA', ...counts, jitterMs: 2, remotePacketsLost: 5, remoteJitterMs: 1 };
    let at = 1_800_000_000_000;
    await until('two reports', async () => {
      // The first ones may come before the socket is there.
      at += 5_000;
      observer.sample(at, 'caller', { at: 0, source: 'gateway', leg: 'caller', figures }, call);
      return homer.captured().length >= 2 || undefined;
    });
    const [ours, theirs] = homer.captured();
    expect(ours).toMatchObject({ from: '203.0.113.5:40000', to: '192.0.2.7:4000', type: '5', id: '8', call: SESSION });
    expect(theirs).toMatchObject({ from: '192.0.2.7:4000', to: '203.0.113.5:40000', type: '5' });
    expect(JSON.parse(ours?.payload ?? '')).toMatchObject({
      type: 200,
      report_count: 1,
      report_blocks: [{ fraction_lost: 25, ia_jitter: 16 }],
    });
    expect(JSON.parse(theirs?.payload ?? '')).toMatchObject({ type: 201, report_blocks: [{ fraction_lost: 5 }] });
  });
});
