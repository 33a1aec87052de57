/** Hears one tone in received G.711, packet by packet. Packets of silence or comfort noise are heard as none. */

const SAMPLE_RATE = 8000;
/** Of the energy of a packet; what a codec and its noise leave of a pure tone is far more. */
const DOMINANT = 0.6;
/** Of 32,768. */
const SILENCE_RMS = 300;

const fromUlaw = (byte) => {
  const bits = ~byte & 0xff;
  const value = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return bits & 0x80 ? -value : value;
};

const fromAlaw = (byte) => {
  const bits = byte ^ 0x55;
  const exponent = (bits & 0x70) >> 4;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const value = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return bits & 0x80 ? value : -value;
};

const TABLES = new Map([
  [0, Int16Array.from({ length: 256 }, (_, byte) => fromUlaw(byte))],
  [8, Int16Array.from({ length: 256 }, (_, byte) => fromAlaw(byte))],
]);

/** The share of the energy that is this tone (Goertzel); 0 for what is too soft to be it. */
function shareOf(payload, table, hz) {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE);
  let [previous, before, energy] = [0, 0, 0];
  for (const byte of payload) {
    const sample = table[byte];
    const current = sample + coefficient * previous - before;
    before = previous;
    previous = current;
    energy += sample * sample;
  }
  if (energy < SILENCE_RMS * SILENCE_RMS * payload.length) return 0;
  const power = previous * previous + before * before - coefficient * previous * before;
  return (2 * power) / (payload.length * energy);
}

export class ToneEar {
  #hz;
  #heard = [];

  constructor(hz) {
    this.#hz = hz;
  }

  hear(packet) {
    const table = TABLES.get(packet[1] & 0x7f);
    const payload = packet.subarray(12);
    if (table === undefined || payload.length === 0) return;
    const isTone = shareOf(payload, table, this.#hz) >= DOMINANT;
    const now = performance.timeOrigin + performance.now();
    this.#heard.push([now, packet.readUInt32BE(4) / 8, payload.length / 8, isTone ? 1 : 0]);
  }

  /** See HeardPacket in sip-peer.ts: the packets since the last time. */
  take() {
    return this.#heard.splice(0);
  }
}
