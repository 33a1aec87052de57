import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askNtp, printRequest, readAnswer, readTime, writeTime } from './ntp.js';

const NOW = 1_767_225_600_250;

/** What a server says whose clock is `aheadMs` ahead, and who takes `workMs` to answer. */
function answerTo(request: Buffer, aheadMs: number, { workMs = 0, stratum = 2, mode = 4, at = NOW } = {}): Buffer {
  const answer = Buffer.alloc(48);
  answer[0] = 0x20 | mode;
  answer[1] = stratum;
  answer.write('RATE', 12, 'latin1');
  request.copy(answer, 24, 40, 48);
  writeTime(answer, 32, at + aheadMs);
  writeTime(answer, 40, at + aheadMs + workMs);
  return answer;
}

describe('NTP', () => {
  it('writes and reads times, also of the era that begins in 2036', () => {
    const bytes = Buffer.alloc(8);
    for (const ms of [0, NOW, Date.UTC(2036, 1, 8), Date.UTC(2060, 0, 1) + 999]) {
      writeTime(bytes, 0, ms);
      expect(readTime(bytes, 0)).toBeCloseTo(ms, 3);
    }
    writeTime(bytes, 0, Date.UTC(1970, 0, 1));
    expect(bytes.toString('hex')).toBe('83aa7e8000000000');
  });

  it('finds the offset whatever the way takes, as long as it takes the same back', () => {
    const request = printRequest(NOW);
    // 40 ms there, 5 ms at the server, 40 ms back.
    const answer = answerTo(request, 1_000, { workMs: 5, at: NOW + 40 });
    const reading = readAnswer(answer, request, NOW, NOW + 85);
    expect(reading).toMatchObject({ ok: true, value: { stratum: 2 } });
    if (!reading?.ok) return;
    expect(reading.value.offsetMs).toBeCloseTo(1_000, 3);
    expect(reading.value.roundTripMs).toBeCloseTo(80, 3);
  });

  it('takes no answer to another request, no request, and nothing cut short', () => {
    const request = printRequest(NOW);
    expect(readAnswer(answerTo(printRequest(NOW - 1), 0), request, NOW, NOW)).toBeUndefined();
    expect(readAnswer(answerTo(request, 0, { mode: 3 }), request, NOW, NOW)).toBeUndefined();
    expect(readAnswer(answerTo(request, 0).subarray(0, 47), request, NOW, NOW)).toBeUndefined();
  });

  it('names a refusal and a server without time', () => {
    const request = printRequest(NOW);
    expect(readAnswer(answerTo(request, 0, { stratum: 0 }), request, NOW, NOW)).toMatchObject({
      ok: false,
      error: { code: 'server.time_unavailable', detail: 'refused: RATE' },
    });
    expect(readAnswer(answerTo(request, 0, { stratum: 16 }), request, NOW, NOW)).toMatchObject({ ok: false });
  });
});

describe('a time server', () => {
  let server: Socket;
  beforeEach(async () => {
    server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  it('is asked again when the first packet is lost', async () => {
    let requests = 0;
    server.on('message', (request, from) => {
      requests += 1;
      if (requests > 1) server.send(answerTo(request, 5_000, { at: Date.now() }), from.port, from.address);
    });
    const reading = await askNtp('127.0.0.1', server.address().port);
    expect(reading.ok && Math.round(reading.value.offsetMs / 100)).toBe(50);
  });

  it('that is not there is named', async () => {
    const { port } = server.address();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    server = createSocket('udp4').bind(0, '127.0.0.1');
    expect(await askNtp('127.0.0.1', port)).toEqual({
      ok: false,
      error: { code: 'server.time_unavailable', detail: 'ECONNREFUSED' },
    });
  });
});
