import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/**
 * The name service of one namespace, on its loopback (RFC 1035). `node names.mjs '{"NAME": ["ADDRESS"...]...}'` writes
 * "ready" and runs until it is killed. A file of hosts would not do: Chromium asks for names of STUN and TURN servers
 * with a dot at their end, which no such file has.
 */
const HEADER_LENGTH = 12;
const TYPES = { A: 1, AAAA: 28 };
const RESPONSE = 0x8580;
const NAME_ERROR = 3;
const TTL_SECONDS = 60;
/** Points to the name in the question. */
const SAME_NAME = 0xc000 | HEADER_LENGTH;

const table = new Map(Object.entries(JSON.parse(process.argv[2])));

/** The first question: its name, and where it ends. */
function readQuestion(query) {
  const labels = [];
  let offset = HEADER_LENGTH;
  for (;;) {
    const length = query.readUInt8(offset);
    offset += 1;
    if (length === 0) break;
    labels.push(query.toString('latin1', offset, offset + length));
    offset += length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(offset), end: offset + 4 };
}

function toBytes(address) {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const [head, tail] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const groups = [...head, ...Array(tail === undefined ? 0 : 8 - head.length - tail.length).fill('0'), ...(tail ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function record(address) {
  const data = toBytes(address);
  const fixed = Buffer.alloc(HEADER_LENGTH);
  fixed.writeUInt16BE(SAME_NAME, 0);
  fixed.writeUInt16BE(isIPv6(address) ? TYPES.AAAA : TYPES.A, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt32BE(TTL_SECONDS, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}

function answer(query) {
  const { name, type, end } = readQuestion(query);
  const addresses = table.get(name);
  const records = (addresses ?? []).filter((address) => type === (isIPv6(address) ? TYPES.AAAA : TYPES.A)).map(record);
  const header = Buffer.from(query.subarray(0, HEADER_LENGTH));
  header.writeUInt16BE(RESPONSE | (addresses === undefined ? NAME_ERROR : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, query.subarray(HEADER_LENGTH, end), ...records]);
}

const socket = createSocket('udp4');
socket.on('message', (query, { address, port }) => socket.send(answer(query), port, address));
socket.bind(53, '127.0.0.1', () => console.log('ready'));
