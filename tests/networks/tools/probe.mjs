import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/**
 * Asks echo.mjs from the inside of a network. `node probe.mjs '[PROBE...]'` runs all at once, the UDP ones of a family
 * from one socket, and writes a JSON list: what was answered, or null.
 *   {protocol: 'udp', address, port, other?, bytes?, replyBytes?, count?, blocked?}
 *   {protocol: 'tcp', address, port, first, blocked?}     first: the first bytes sent, in hexadecimal
 * Probes that are to be `blocked` are given up a moment after all others were answered; others have 8 s. With `count`,
 * that many datagrams are sent once each, and the answers counted; else a datagram is repeated until it is answered.
 */
const GIVE_UP_MS = 8000;
const LATER_MS = 400;
const REPEAT_MS = 100;
const PACE_MS = 2;
/** No more answers to datagrams that are counted come after this long without one. */
const QUIET_MS = 1500;

const probes = JSON.parse(process.argv[2]);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sockets = { 4: createSocket('udp4'), 6: createSocket('udp6') };
const waiting = new Map();
for (const socket of Object.values(sockets)) {
  socket.on('error', () => {});
  socket.on('message', (message) => {
    const answer = JSON.parse(message.toString());
    waiting.get(answer.id)?.(answer);
  });
}
let lastId = 0;

/** Sends one datagram, and gives the promise of its answer. */
function send({ address, port, other, bytes = 0, replyBytes = 0 }, id) {
  const request = JSON.stringify({ id, other, bytes: replyBytes });
  sockets[address.includes(':') ? 6 : 4].send(request.padEnd(bytes), port, address, () => {});
}

const nextId = () => {
  lastId += 1;
  return lastId;
};

function askByUdp(probe, givenUp) {
  const id = nextId();
  const started = performance.now();
  return new Promise((resolve) => {
    const repeat = setInterval(() => send(probe, id), REPEAT_MS);
    const finish = (answer) => {
      clearInterval(repeat);
      resolve(answer && { ...answer, ms: performance.now() - started });
    };
    waiting.set(id, finish);
    void givenUp.then(() => finish(null));
    send(probe, id);
  });
}

async function countByUdp(probe) {
  const times = [];
  for (let index = 0; index < probe.count; index += 1) {
    const id = nextId();
    const sent = performance.now();
    waiting.set(id, () => times.push(performance.now() - sent));
    send(probe, id);
    await wait(PACE_MS);
  }
  for (let seen = -1; seen < times.length && times.length < probe.count; await wait(QUIET_MS)) seen = times.length;
  times.sort((a, b) => a - b);
  return { answered: times.length, leastMs: times[0], medianMs: times[Math.floor(times.length / 2)] };
}

function askByTcp({ address, port, first }, givenUp) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: address, allowHalfOpen: true });
    const finish = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', () => finish(null));
    socket.on('connect', () => socket.end(Buffer.from(first, 'hex')));
    socket.on('data', (data) => finish(JSON.parse(data.toString())));
    void givenUp.then(() => finish(null));
  });
}

function ask(probe, givenUp) {
  if (probe.protocol === 'tcp') return askByTcp(probe, givenUp);
  return probe.count === undefined ? askByUdp(probe, givenUp) : countByUdp(probe);
}

const patience = wait(GIVE_UP_MS);
const open = probes.map((probe) => (probe.blocked ? undefined : ask(probe, patience)));
const later = Promise.all(open).then(() => wait(LATER_MS));
const results = await Promise.all(probes.map((probe, index) => open[index] ?? ask(probe, later)));
console.log(JSON.stringify(results));
process.exit();
