import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Pii, randomCallId } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { Tokens } from '@earshot/gateway';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BrowserSocket } from '../harness/browser-socket.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { until } from '../harness/process.js';

const SECRET = 'a secret of more than thirty-two characters';
const tokens = new Tokens(new Pii(new TextEncoder().encode(SECRET)), 'earshot', 'earshot');

const OFFER = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=rtpmap:111 opus/48000/2',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=sendrecv',
  'a=rtcp-mux',
  '',
].join('\r\n');
const ANSWER = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n';

let phone: Socket;
let gateway: Gateway;

beforeEach(async () => {
  phone = createSocket('udp4').bind(0, '127.0.0.1');
  await once(phone, 'listening');
  gateway = await startGateway({
    auth: { secret: SECRET },
    http: { host: '127.0.0.1' },
    routes: [{ match: 'desk', to: `sip:desk@127.0.0.1:${phone.address().port}` }],
  });
});
afterEach(async () => {
  await gateway.stop();
  phone.close();
});

/** The next request of this method at the phone, answered with 200. */
async function answered(method: string, sdp = ''): Promise<void> {
  for (;;) {
    const [bytes, from] = (await once(phone, 'message')) as [Buffer, { port: number; address: string }];
    const request = bytes.toString();
    if (!request.startsWith(`${method} `)) continue;
    const header = (name: string): string => new RegExp(`^${name}: .*$`, 'm').exec(request)?.[0] ?? '';
    const to = header('To');
    const response = [
      'SIP/2.0 200 OK',
      ...['Via', 'From', 'Call-ID', 'CSeq'].map(header),
      to.includes(';tag=') ? to : `${to};tag=desk`,
      `Contact: <sip:desk@127.0.0.1:${phone.address().port}>`,
      'Content-Type: application/sdp',
      `Content-Length: ${sdp.length}`,
      '',
      sdp,
    ];
    phone.send(response.join('\r\n'), from.port, from.address);
    return;
  }
}

/** A browser that is asleep: its kernel takes what comes, and nobody answers. */
async function sleepingBrowser(): Promise<void> {
  const { port, origin, host } = new URL(gateway.url);
  const socket = connect(Number(port), '127.0.0.1');
  const head = [
    'GET /earshot HTTP/1.1',
    `Host: ${host}`,
    `Origin: ${origin}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: earshot.v1',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.on('error', () => {});
  await once(socket, 'data');
}

async function callDesk(): Promise<{ readonly page: BrowserSocket; readonly callId: string }> {
  const page = new BrowserSocket(gateway.url);
  await page.opened();
  const token = await tokens.sign({ name: 'tester', mayCall: ['desk'], mayReceive: false }, 60, Date.now());
  page.frame({ type: 'hello', token });
  await page.next('welcome');
  const callId = randomCallId(nodeCrypto.randomBytes);
  const invited = answered('INVITE', ANSWER);
  page.send({ type: 'call.start', callId, to: 'desk', sdp: OFFER });
  await invited;
  await page.message('call.answer', callId);
  return { page, callId };
}

it('says BYE to phones and why to pages, and waits for nobody', async () => {
  const { page, callId } = await callDesk();
  await sleepingBrowser();
  const goodbye = answered('BYE');
  const asked = performance.now();
  await gateway.stop();
  expect(performance.now() - asked).toBeLessThan(4_000);
  await goodbye;
  expect(await page.message('call.ended', callId)).toMatchObject({ fault: { code: 'signaling.server_stopping' } });
  expect((await page.next('error')).fault.code).toBe('signaling.server_stopping');
  expect(await page.closed()).toBe(1001);
  expect(gateway.records().at(-1)).toMatchObject({ msg: 'stopped' });
});

it('ends at once when asked a second time', async () => {
  await callDesk();
  process.kill(gateway.pid, 'SIGTERM');
  await until('the first signal', () => gateway.records().find(({ msg }) => msg === 'stopping'));
  process.kill(gateway.pid, 'SIGINT');
  await gateway.stop();
  expect(gateway.records().some(({ msg }) => msg === 'stopped')).toBe(false);
});
