import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { SipEvent } from '@earshot/sip';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { UdpAgent } from './udp-agent.js';

let agent: UdpAgent;
let peer: Socket;
let events: SipEvent[];
let onEvent: (event: SipEvent) => void;

const options = {
  host: '127.0.0.1',
  port: 0,
  where: 'a test port',
  userAgent: 'test',
  advertise: () => '127.0.0.1',
  onEvent: (event: SipEvent) => {
    events.push(event);
    onEvent(event);
  },
};

beforeEach(async () => {
  events = [];
  onEvent = () => undefined;
  const started = await UdpAgent.start(options);
  if (!started.ok) throw new Error('no free port');
  agent = started.value;
  peer = createSocket('udp4').bind(0, '127.0.0.1');
  await once(peer, 'listening');
});

afterEach(() => {
  agent.close();
  peer.close();
});

const of = <Type extends SipEvent['type']>(type: Type) =>
  events.filter((event): event is Extract<SipEvent, { type: Type }> => event.type === type);

const eventOf = <Type extends SipEvent['type']>(type: Type) =>
  new Promise<Extract<SipEvent, { type: Type }>>((resolve) => {
    onEvent = (event) => {
      if (event.type === type) resolve(event as Extract<SipEvent, { type: Type }>);
    };
  });

const request = (method: string, via: string): string =>
  [
    `${method} sip:echo@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP ${via};branch=z9hG4bK${method}`,
    'From: <sip:a@127.0.0.1>;tag=1',
    'To: <sip:echo@127.0.0.1>',
    `Call-ID: ${method}`,
    `CSeq: 1 ${method}`,
    'Contact: <sip:a@127.0.0.1>',
    'Max-Forwards: 70',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

const invite = (port: number): void =>
  agent.handle({
    type: 'invite',
    legId: 'leg',
    uri: 'sip:b@127.0.0.1',
    from: { uri: 'sip:a@127.0.0.1' },
    flow: agent.flowTo({ address: '127.0.0.1', port }),
    sdp: 'v=0\r\n',
  });

it('outlives a request whose answers would go to port 0', async () => {
  peer.send(request('INVITE', '127.0.0.1:0'), agent.local.port, '127.0.0.1');
  await eventOf('incoming');
  await new Promise(process.nextTick);
  const answered = once(peer, 'message');
  peer.send(request('OPTIONS', '127.0.0.1;rport'), agent.local.port, '127.0.0.1');
  const [answer] = (await answered) as [Buffer];
  expect(answer.toString()).toMatch(/^SIP\/2\.0 200 /);
});

it('fails a call by name when its INVITE cannot be sent', async () => {
  const failed = eventOf('failed');
  invite(0);
  expect(of('failed')).toEqual([]);
  expect(await failed).toMatchObject({ legId: 'leg', fault: { code: 'sip.transport_failed' }, local: true });
});

it('names an address that the network refuses', async () => {
  const failed = eventOf('failed');
  agent.handle({
    type: 'invite',
    legId: 'leg',
    uri: 'sip:b@255.255.255.255',
    from: { uri: 'sip:a@127.0.0.1' },
    flow: agent.flowTo({ address: '255.255.255.255', port: 5060 }),
    sdp: 'v=0\r\n',
  });
  expect(await failed).toMatchObject({ fault: { code: 'sip.transport_failed' } });
});

it('finishes the events of one step before those that they bring about', () => {
  const story: string[] = [];
  onEvent = (event) => {
    story.push(event.type === 'failed' ? 'failed' : event.type);
    // A second leg under the same id fails at once, within the first event.
    if (story.length === 1) invite(peer.address().port);
  };
  invite(peer.address().port);
  expect(story).toEqual(['message', 'failed']);
});

it('says nothing more once closed, and closes once', () => {
  agent.close();
  agent.close();
  invite(peer.address().port);
  expect(events).toEqual([]);
});

it('answers 503 beyond its share of legs', async () => {
  const started = await UdpAgent.start({ ...options, maxLegs: 0 });
  if (!started.ok) throw new Error('no free port');
  const incoming = vi.fn();
  onEvent = (event) => event.type === 'incoming' && incoming();
  const answered = once(peer, 'message');
  peer.send(request('INVITE', '127.0.0.1;rport'), started.value.local.port, '127.0.0.1');
  const [answer] = (await answered) as [Buffer];
  expect(answer.toString()).toMatch(/^SIP\/2\.0 503 /);
  expect(incoming).not.toHaveBeenCalled();
  started.value.close();
});

it('names a port that is taken', async () => {
  expect(await UdpAgent.start({ ...options, port: agent.local.port })).toEqual({
    ok: false,
    error: { code: 'server.port_in_use', detail: 'EADDRINUSE', where: 'a test port' },
  });
});
