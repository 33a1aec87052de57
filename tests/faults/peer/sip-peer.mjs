import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { Media, PAYLOAD_TYPES } from './media.mjs';

/**
 * A SIP phone that does as it is told, well or badly: `node sip-peer.mjs HOST` writes its port and takes commands as
 * lines of JSON. It knows nothing of Earshot's own SIP stack. Whom a call is for (the user part of the request) decides
 * what becomes of it.
 *
 *   {"do": "expect", "user", ...behaviour}   see `Behaviour` in sip-peer.ts
 *   {"do": "call", "user", "to", "at": {address, port}, ...behaviour}
 *   {"do": "bye", "user", "reason"?}, {"do": "hold" | "resume", "user"}, {"do": "media", "user", "mode"}
 *   {"do": "count", "user"}, {"do": "listen", "user", "hz"}, {"do": "heard", "user"}
 */
const HOST = process.argv[2] ?? '127.0.0.1';
const CRLF = '\r\n';
const T1 = 500;
const T2 = 4000;

const socket = createSocket('udp4');
const behaviours = new Map();
const calls = new Map();
const counts = new Map();

const token = () => randomBytes(8).toString('hex');
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

function countOf(user) {
  const known = counts.get(user);
  if (known !== undefined) return known;
  const fresh = {
    invites: 0,
    acks: 0,
    byes: 0,
    cancels: 0,
    answers: 0,
    refusals: 0,
    resent: 0,
    credentials: 0,
    others: 0,
  };
  counts.set(user, fresh);
  return fresh;
}

function parse(text) {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [start = '', ...lines] = head.split(CRLF);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  const all = (name) => headers.filter(([key]) => key === name).map(([, value]) => value);
  return { start, all, get: (name) => all(name)[0] ?? '', body: rest.join('\r\n\r\n') };
}

const userOf = (uri) => /sips?:([^@;>]*)@/.exec(uri)?.[1] ?? '';
const tagOf = (value) => /;tag=([^;]+)/.exec(value)?.[1];
const uriOf = (value) => /<([^>]+)>/.exec(value)?.[1] ?? value.split(';')[0];

const send = (text, { address, port }) => socket.send(text, port, address);
const local = () => `${HOST}:${socket.address().port}`;
const contact = () => `Contact: <sip:peer@${local()}>`;

function withBody(lines, body) {
  const type = body === '' ? [] : ['Content-Type: application/sdp'];
  return [...lines, ...type, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join(CRLF);
}

/** What an answer or an offer says of audio. */
function describe(call, direction = 'sendrecv') {
  const { behaviour, media, eventType } = call;
  const types = (behaviour.codecs ?? ['PCMU', 'PCMA']).filter((name) => !call.law || name === call.law);
  const event = behaviour.telephoneEvents === false ? [] : [String(eventType ?? 101)];
  call.version = (call.version ?? 0) + 1;
  return [
    'v=0',
    `o=peer 1 ${call.version} IN IP4 ${HOST}`,
    's=-',
    `c=IN IP4 ${HOST}`,
    't=0 0',
    `m=audio ${media.port} RTP/AVP ${[...types.map((name) => PAYLOAD_TYPES[name]), ...event].join(' ')}`,
    ...types.map((name) => `a=rtpmap:${PAYLOAD_TYPES[name]} ${name}/8000`),
    ...event.flatMap((type) => [`a=rtpmap:${type} telephone-event/8000`, `a=fmtp:${type} 0-15`]),
    'a=ptime:20',
    `a=${direction}`,
    '',
  ].join(CRLF);
}

function readSdp(body) {
  const lines = body.split(/\r?\n/);
  const find = (pattern) => lines.map((line) => pattern.exec(line)).find(Boolean);
  const [, port, formats = ''] = find(/^m=audio (\d+) \S+ (.*)$/) ?? [];
  if (port === undefined) return undefined;
  const types = formats.split(' ');
  return {
    remote: { address: find(/^c=IN IP4 (\S+)/)?.[1] ?? HOST, port: Number(port) },
    laws: Object.entries(PAYLOAD_TYPES).flatMap(([name, type]) => (types.includes(String(type)) ? [name] : [])),
    eventType: find(/^a=rtpmap:(\d+) telephone-event\/8000/)?.[1],
  };
}

function respond(call, request, status, phrase, extra = [], body = '') {
  const to = request.get('to');
  const tag = status === 100 || tagOf(to) !== undefined ? '' : `;tag=${call.tag}`;
  const lines = [
    `SIP/2.0 ${status} ${phrase}`,
    ...request.all('via').map((via) => `Via: ${via}`),
    `From: ${request.get('from')}`,
    `To: ${to}${tag}`,
    `Call-ID: ${request.get('call-id')}`,
    `CSeq: ${request.get('cseq')}`,
    ...(status > 100 && status < 300 ? [contact()] : []),
    'User-Agent: Fault-Peer',
    ...extra,
  ];
  const text = withBody(lines, body);
  send(text, call.from);
  return text;
}

/** Repeats `text` as a server transaction does (RFC 3261 section 17.2.1), until `call[until]`. */
function insist(call, text, until) {
  const step = (delay) => {
    call.timer = setTimeout(() => {
      if (call[until] || !calls.has(call.id)) return;
      countOf(call.user).resent += 1;
      send(text, call.from);
      step(Math.min(delay * 2, T2));
    }, delay);
  };
  step(T1);
}

async function takeInvite(request, from) {
  const id = request.get('call-id');
  const user = userOf(request.start);
  const count = countOf(user);
  count.invites += 1;
  if (/^(proxy-)?authorization/im.test(request.text)) count.credentials += 1;
  const running = calls.get(id);
  const behaviour = behaviours.get(user) ?? { status: 404, phrase: 'Not Found' };
  if (behaviour.mute === true) return;
  if (running !== undefined && tagOf(request.get('to')) !== undefined) {
    respond(running, request, 200, 'OK', [], describe(running, running.direction));
    return;
  }
  if (running !== undefined && behaviour.challenge === undefined) {
    if (running.last !== undefined) send(running.last, from);
    return;
  }
  const call = { id, user, from, behaviour, request, tag: token(), cseq: 1, remoteTag: tagOf(request.get('from')) };
  call.peerUri = uriOf(request.get('contact'));
  call.localValue = `${request.get('to')};tag=${call.tag}`;
  call.remoteValue = request.get('from');
  calls.set(id, call);
  if (behaviour.trying !== false) respond(call, request, 100, 'Trying');
  const { challenge, status } = behaviour;
  if (challenge !== undefined) {
    const name = challenge === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate';
    const header = `${name}: Digest realm="peer", nonce="${token()}", algorithm=MD5, qop="auth"`;
    call.last = respond(call, request, challenge, 'Unauthorized', [header]);
    count.refusals += 1;
    return;
  }
  if (status !== undefined) {
    if (behaviour.ringMs !== undefined) later(call, behaviour.ringMs, () => respond(call, request, 180, 'Ringing'));
    later(call, behaviour.answerMs ?? 50, () => {
      if (call.over) return;
      call.last = respond(call, request, status, behaviour.phrase ?? 'No', behaviour.headers ?? []);
      count.refusals += 1;
      insist(call, call.last, 'acked');
    });
    return;
  }
  await answer(call, request);
}

const later = (call, delay, run) => {
  setTimeout(() => {
    if (calls.get(call.id) === call && !call.over) run();
  }, delay);
};

async function answer(call, request) {
  const { behaviour } = call;
  const offer = readSdp(request.body);
  call.law = (behaviour.codecs ?? ['PCMU', 'PCMA']).find((name) => offer?.laws.includes(name)) ?? 'PCMU';
  call.eventType = offer?.eventType;
  call.offer = offer;
  call.media = await Media.open(HOST);
  call.media.reports = behaviour.reports !== false;
  const { ringMs = 100, answerMs = 300, early = false, mode = 'tone' } = behaviour;
  later(call, ringMs, () => {
    if (early) call.media.start(offer.remote, call.law, mode);
    const body = early ? describe(call) : '';
    call.last = respond(call, request, early ? 183 : 180, early ? 'Session Progress' : 'Ringing', [], body);
  });
  if (answerMs === null) return;
  later(call, Math.max(ringMs, answerMs), () => {
    call.last = respond(call, request, 200, 'OK', [], describe(call));
    countOf(call.user).answers += 1;
    call.media.start(offer.remote, call.law, mode);
    insist(call, call.last, 'acked');
  });
}

function end(call) {
  call.over = true;
  clearTimeout(call.timer);
  call.media?.close();
}

function takeRequest(request, from) {
  const method = request.start.split(' ')[0];
  const call = calls.get(request.get('call-id'));
  if (method === 'INVITE') {
    takeInvite(request, from).catch((error) => say({ error: String(error?.stack) }));
    return;
  }
  if (call === undefined) {
    if (method !== 'ACK') respond({ from, tag: token() }, request, 481, 'No such call');
    return;
  }
  const count = countOf(call.user);
  if (method === 'ACK') {
    call.acked = true;
    count.acks += 1;
  } else if (method === 'CANCEL') {
    count.cancels += 1;
    respond(call, request, 200, 'OK');
    end(call);
    call.last = respond(call, call.request, 487, 'Request Terminated');
    call.acked = false;
  } else if (method === 'BYE') {
    count.byes += 1;
    respond(call, request, 200, 'OK');
    end(call);
  } else {
    count.others += 1;
    respond(call, request, 200, 'OK');
  }
}

/** A request of ours inside the call. */
function request(call, method, extra = [], body = '', cseq = ++call.cseq) {
  const lines = [
    `${method} ${call.peerUri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${local()};branch=z9hG4bK${token()};rport`,
    'Max-Forwards: 70',
    `From: ${call.localValue}`,
    `To: ${call.remoteValue}`,
    `Call-ID: ${call.id}`,
    `CSeq: ${cseq} ${method}`,
    contact(),
    ...extra,
  ];
  send(withBody(lines, body), call.from);
}

function takeResponse(response) {
  const call = calls.get(response.get('call-id'));
  const [cseq, method] = response.get('cseq').split(' ');
  const status = Number(response.start.split(' ')[1]);
  if (call === undefined || method !== 'INVITE' || status < 200) return;
  if (call.outgoing === true && tagOf(call.remoteValue) === undefined) {
    call.remoteValue = response.get('to');
    if (status < 300) call.peerUri = uriOf(response.get('contact'));
  }
  const count = countOf(call.user);
  if (status >= 300) {
    count.refusals += 1;
    request(call, 'ACK', [], '', Number(cseq));
    return;
  }
  count.answers += 1;
  if (call.behaviour.ack === false) return;
  request(call, 'ACK', [], '', Number(cseq));
  const answered = readSdp(response.body);
  if (call.outgoing !== true || answered === undefined || call.started === true) return;
  call.started = true;
  call.law = answered.laws[0] ?? 'PCMU';
  call.media.start(answered.remote, call.law, call.behaviour.mode ?? 'tone');
}

async function place({ user, to, at, ...behaviour }) {
  const call = { id: `${token()}@${HOST}`, user, behaviour, from: at, cseq: 0, outgoing: true, peerUri: to };
  call.localValue = `<sip:${user}@${local()}>;tag=${token()}`;
  call.remoteValue = `<${to}>`;
  call.media = await Media.open(HOST);
  calls.set(call.id, call);
  countOf(user).invites += 1;
  request(call, 'INVITE', [], describe(call));
}

const newest = (user) => [...calls.values()].findLast((call) => call.user === user && call.over !== true);

async function obey({ do: what, user, ...rest }) {
  if (what === 'expect') behaviours.set(user, rest);
  else if (what === 'call') await place({ user, ...rest });
  else if (what === 'count') {
    const media = [...calls.values()].findLast((call) => call.user === user)?.media;
    return { ...countOf(user), rtpReceived: media?.received ?? 0, rtpSent: media?.sent ?? 0 };
  } else if (what === 'heard') {
    const media = [...calls.values()].findLast((call) => call.user === user)?.media;
    return { heard: media?.heard() ?? [] };
  } else {
    const call = newest(user);
    if (call === undefined) throw new Error(`no call of ${user}`);
    if (what === 'bye') {
      request(call, 'BYE', rest.reason === undefined ? [] : [`Reason: ${rest.reason}`]);
      end(call);
    } else if (what === 'media') call.media.mode = rest.mode;
    else if (what === 'listen') call.media.listen(rest.hz);
    else if (what === 'hold' || what === 'resume') {
      call.direction = what === 'hold' ? (rest.direction ?? 'sendonly') : 'sendrecv';
      request(call, 'INVITE', [], describe(call, call.direction));
    } else throw new Error(`unknown: ${what}`);
  }
  return {};
}

socket.on('message', (bytes, { address, port }) => {
  const text = bytes.toString();
  const message = { ...parse(text), text };
  if (message.start.startsWith('SIP/2.0')) takeResponse(message);
  else takeRequest(message, { address, port });
});
socket.bind(0, HOST, () => say({ port: socket.address().port }));
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const { id, ...command } = JSON.parse(line);
  obey(command).then(
    (answer) => say({ id, ...answer }),
    (error) => say({ id, error: String(error?.message) }),
  );
});
input.on('close', () => process.exit(0));
