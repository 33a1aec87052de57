import { createSocket } from 'node:dgram';
import { ToneEar } from './tone-ear.mjs';

/** The media of one call of the SIP peer: a plain RTP endpoint that can be made to misbehave while it runs. */

const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
const SAMPLE_RATE = 8000;
const REPORT_MS = 1000;
/** Sounds for 400 ms of every 500, like syllables. */
const BURST = { hz: 523, amplitude: 0.3, sounds: 400, period: 500 };
/** Of no codec that anybody agreed on. */
const FOREIGN_PAYLOAD_TYPE = 99;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800;

const FRAME_MODES = ['tone', 'steady', 'silence', 'foreign'];

export const PAYLOAD_TYPES = { PCMU: 0, PCMA: 8 };
const SILENCE = { PCMU: 0xff, PCMA: 0xd5 };

/** G.711 (ITU-T), sample by sample: slow and plain. */
function toUlaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32_635) + 0x84;
  let exponent = 7;
  for (let mask = 0x4000; (magnitude & mask) === 0 && exponent > 0; mask >>= 1) exponent -= 1;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

function toAlaw(sample) {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample) >> 3, 4095);
  let exponent = 7;
  for (let mask = 0x800; (magnitude & mask) === 0 && exponent > 0; mask >>= 1) exponent -= 1;
  const mantissa = exponent === 0 ? (magnitude >> 1) & 0x0f : (magnitude >> exponent) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function renderBurst(law) {
  const encode = law === 'PCMU' ? toUlaw : toAlaw;
  const length = (SAMPLE_RATE * BURST.period) / 1000;
  return Buffer.from(
    Array.from({ length }, (_, index) => {
      const sounds = (index * 1000) / SAMPLE_RATE < BURST.sounds;
      const value = Math.sin((2 * Math.PI * BURST.hz * index) / SAMPLE_RATE) * BURST.amplitude * 32_767;
      return encode(sounds ? Math.round(value) : 0);
    }),
  );
}

/** One frame of an unbroken tone: a whole number of periods. */
const STEADY_HZ = 1000;
function renderSteady(law) {
  const encode = law === 'PCMU' ? toUlaw : toAlaw;
  return Buffer.from(
    Array.from({ length: FRAME_SAMPLES }, (_, index) =>
      encode(Math.round(Math.sin((2 * Math.PI * STEADY_HZ * index) / SAMPLE_RATE) * BURST.amplitude * 32_767)),
    ),
  );
}
const STEADY = { PCMU: renderSteady('PCMU'), PCMA: renderSteady('PCMA') };

const BURSTS = { PCMU: renderBurst('PCMU'), PCMA: renderBurst('PCMA') };

const bind = (host, port) =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(port, host, () => resolve(socket));
  });

/** RTP on an even port, RTCP on the next one. */
async function bindPair(host) {
  for (;;) {
    const rtp = await bind(host, 0);
    const { port } = rtp.address();
    const rtcp = port % 2 === 0 ? await bind(host, port + 1).catch(() => undefined) : undefined;
    if (rtcp !== undefined) return { rtp, rtcp, port };
    rtp.close();
  }
}

export class Media {
  /** tone, steady, silence (digital), foreign (a payload type that was not agreed on), none, echo */
  mode = 'none';
  reports = true;
  received = 0;
  sent = 0;
  port = 0;
  #sockets;
  #law = 'PCMU';
  #remote;
  #timer;
  #startedAt = 0;
  #frames = 0;
  #ssrc = Math.floor(Math.random() * 2 ** 32);
  #octets = 0;
  #reception = { ssrc: 0, first: -1, highest: 0, cycles: 0, expected: 0, counted: 0 };
  #lastSr = { middle: 0, at: 0 };
  #reportedAt = 0;

  static async open(host) {
    const media = new Media();
    media.#sockets = await bindPair(host);
    media.port = media.#sockets.port;
    media.#sockets.rtp.on('message', (packet) => media.#receive(packet));
    media.#sockets.rtcp.on('message', (packet) => media.#receiveReport(packet));
    return media;
  }

  start(remote, law, mode) {
    this.#remote = remote;
    this.#law = law;
    this.mode = mode;
    if (this.#timer !== undefined) return;
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#tick(performance.now()), 5);
  }

  /** From now on notes when packets come, and whether they are this tone. */
  listen(hz) {
    this.#ear = new ToneEar(hz);
  }
  #ear;

  /** What was noted since it was asked for last. */
  heard() {
    return this.#ear?.take() ?? [];
  }

  close() {
    clearInterval(this.#timer);
    if (this.#sockets === undefined) return;
    this.#sockets.rtp.close();
    this.#sockets.rtcp.close();
    this.#sockets = undefined;
  }

  #tick(now) {
    // The clock of the stream goes on while nothing is sent, as a phone's does.
    while (this.#startedAt + this.#frames * FRAME_MS <= now) {
      if (FRAME_MODES.includes(this.mode)) this.#sendFrame();
      this.#frames += 1;
    }
    if (!this.reports || now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    this.#report();
  }

  #sendFrame() {
    const bursts = this.mode === 'steady' ? STEADY[this.#law] : BURSTS[this.#law];
    const start = (this.#frames * FRAME_SAMPLES) % bursts.length;
    const payload =
      this.mode === 'silence'
        ? Buffer.alloc(FRAME_SAMPLES, SILENCE[this.#law])
        : bursts.subarray(start, start + FRAME_SAMPLES);
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = this.mode === 'foreign' ? FOREIGN_PAYLOAD_TYPE : PAYLOAD_TYPES[this.#law];
    header.writeUInt16BE(this.#frames & 0xffff, 2);
    header.writeUInt32BE((this.#frames * FRAME_SAMPLES) >>> 0, 4);
    header.writeUInt32BE(this.#ssrc, 8);
    this.#send(Buffer.concat([header, payload]));
  }

  #send(packet) {
    this.#sockets?.rtp.send(packet, this.#remote.port, this.#remote.address);
    this.sent += 1;
    this.#octets += packet.length - 12;
  }

  #receive(packet) {
    this.received += 1;
    if (packet.length < 12) return;
    this.#ear?.hear(packet);
    const sequence = packet.readUInt16BE(2);
    const reception = this.#reception;
    const ssrc = packet.readUInt32BE(8);
    if (reception.first < 0 || reception.ssrc !== ssrc) {
      Object.assign(reception, { ssrc, first: sequence, highest: sequence, cycles: 0, expected: 0, counted: 0 });
    } else if (((sequence - reception.highest) & 0xffff) < 0x8000) {
      if (sequence < reception.highest) reception.cycles += 1;
      reception.highest = sequence;
    }
    reception.counted += 1;
    if (this.mode === 'echo') this.#send(packet);
  }

  #receiveReport(packet) {
    if (packet.length < 28 || packet[1] !== 200) return;
    this.#lastSr = { middle: packet.readUInt32BE(10), at: performance.now() };
  }

  /** A sender report (RFC 3550 section 6.4.1), with a block once something came. */
  #report() {
    const { ssrc, first, highest, cycles, counted } = this.#reception;
    const hasBlock = first >= 0;
    const length = 28 + (hasBlock ? 24 : 0);
    const report = Buffer.alloc(length);
    report[0] = 0x80 | (hasBlock ? 1 : 0);
    report[1] = 200;
    report.writeUInt16BE(length / 4 - 1, 2);
    report.writeUInt32BE(this.#ssrc, 4);
    const now = Date.now();
    report.writeUInt32BE(Math.floor(now / 1000) + NTP_EPOCH, 8);
    report.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), 12);
    report.writeUInt32BE((this.#frames * FRAME_SAMPLES) >>> 0, 16);
    report.writeUInt32BE(this.sent, 20);
    report.writeUInt32BE(this.#octets >>> 0, 24);
    if (hasBlock) {
      const extended = cycles * 65_536 + highest;
      const lost = Math.max(0, extended - first + 1 - counted);
      report.writeUInt32BE(ssrc, 28);
      report.writeUInt32BE(lost & 0xffffff, 32);
      report.writeUInt32BE(extended >>> 0, 36);
      report.writeUInt32BE(this.#lastSr.middle, 44);
      const delay = this.#lastSr.at === 0 ? 0 : ((performance.now() - this.#lastSr.at) * 65_536) / 1000;
      report.writeUInt32BE(Math.round(delay) >>> 0, 48);
    }
    this.#sockets?.rtcp.send(report, this.#remote.port + 1, this.#remote.address);
  }
}
