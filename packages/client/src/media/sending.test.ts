import type { Sending } from '@earshot/signaling';
import { describe, expect, it } from 'vitest';
import type { Browser } from '../browser.js';
import { asStream, FakePeer, FakeStream } from '../testing/fake-media.js';
import { AudioConnection } from './audio-connection.js';
import { MicrophoneSending, wishing } from './sending.js';

const ANSWER = [
  'm=audio 40000 UDP/TLS/RTP/SAVPF 111 63 110',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=rtpmap:110 telephone-event/48000',
  'a=setup:passive',
  'a=rtcp-mux',
  '',
].join('\r\n');
const LESS: Sending = { bitrate: 24_000, ptimeMs: 40, red: false };
const COVERED: Sending = { bitrate: 32_000, ptimeMs: 20, red: true };

/** Lets what was begun come to its end. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
};

async function scene({ caps = true, answered = true } = {}) {
  const peer = new FakePeer({});
  const browser = { createPeer: () => peer, createStream: () => asStream(new FakeStream()) } as unknown as Browser;
  const audio = new AudioConnection(
    browser,
    [],
    'all',
    () => undefined,
    () => undefined,
  );
  await audio.offer(asStream(new FakeStream()));
  if (answered) await audio.takeAnswer(ANSWER);
  const caught: unknown[] = [];
  const parameters = { encodings: [{}] as { maxBitrate?: number }[] };
  const sender = peer.getTransceivers()[0]?.sender as unknown as Record<string, unknown>;
  if (caps) {
    sender.getParameters = () => structuredClone(parameters);
    sender.setParameters = async (next: typeof parameters) => void Object.assign(parameters, next);
  }
  peer.log.length = 0;
  return {
    peer,
    audio,
    parameters,
    noted: caught,
    sending: new MicrophoneSending(audio, (event) => caught.push(event)),
  };
}

describe('the gateway’s description', () => {
  it('asks for longer packets, and for redundancy by its place', () => {
    expect(wishing(ANSWER, LESS)).toBe(ANSWER.replace('a=rtcp-mux', 'a=ptime:40\r\na=rtcp-mux'));
    expect(wishing(ANSWER, COVERED)).toContain('m=audio 40000 UDP/TLS/RTP/SAVPF 63 111 110\r\n');
  });

  it('asks for no redundancy that it does not know', () => {
    const plain = ANSWER.replace('a=rtpmap:63 red/48000/2\r\n', '').replace(' 63', '');
    expect(wishing(plain, COVERED)).toContain('SAVPF 111 110\r\n');
  });
});

describe('how the microphone is sent', () => {
  it('is left alone while the gateway says nothing of it', async () => {
    const { sending, peer, noted } = await scene();
    sending.told(0);
    sending.told(1_000);
    await settled();
    expect([peer.log, noted]).toEqual([[], []]);
  });

  it('changes once for what is said again and again, without a word to the gateway, and back', async () => {
    const { sending, peer, noted, parameters } = await scene();
    for (const at of [0, 1_000, 2_000]) sending.told(at, { ...COVERED });
    await settled();
    expect(peer.log).toEqual(['local offer 2', `remote ${wishing(ANSWER, COVERED)}`]);
    expect(parameters.encodings[0]?.maxBitrate).toBe(32_000);
    sending.told(3_000);
    await settled();
    expect(peer.log.at(-1)).toBe(`remote ${wishing(ANSWER, { bitrate: 32_000, ptimeMs: 20, red: false })}`);
    expect(noted).toEqual([
      { type: 'media.adapted', bitrate: 32_000, ptimeMs: 20, fec: true, red: true },
      { type: 'media.adapted', bitrate: 32_000, ptimeMs: 20, fec: true, red: false },
    ]);
  });

  it('goes into the gateway’s later descriptions as well', async () => {
    const { sending, peer, audio } = await scene();
    sending.told(0, LESS);
    await settled();
    await audio.takeOffer(ANSWER.replace('passive', 'actpass'));
    expect(peer.log.find((line) => line.includes('actpass'))).toContain('a=ptime:40');
  });

  it('does without a limit for the bitrate where a browser has none', async () => {
    const { sending, peer, noted } = await scene({ caps: false });
    sending.told(0, LESS);
    await settled();
    expect(peer.log).toHaveLength(2);
    expect(noted).toHaveLength(1);
  });

  it('is not noted where nothing could be done about it', async () => {
    const { sending, noted, peer } = await scene({ caps: false, answered: false });
    sending.told(0, LESS);
    await settled();
    expect([noted, peer.log]).toEqual([[], []]);
  });

  it('goes back to what was agreed where the browser dislikes the change', async () => {
    const { sending, peer, parameters } = await scene();
    peer.setRemoteDescription = () => Promise.reject(new TypeError('no'));
    sending.told(0, LESS);
    await settled();
    expect(peer.log).toEqual(['local offer 2', 'rollback']);
    expect(parameters.encodings[0]?.maxBitrate).toBe(24_000);
  });

  it('is less by itself where signalling is stuck in a queue, until the gateway is heard again', async () => {
    const { sending, noted } = await scene();
    sending.told(0);
    sending.observe(3_900, 2_000);
    sending.observe(4_500, 200);
    await settled();
    expect(noted).toEqual([]);
    sending.observe(4_600, 2_000);
    sending.observe(5_600, 2_500);
    await settled();
    expect(noted).toMatchObject([{ bitrate: 16_000, ptimeMs: 60, fec: false, red: false }]);
    sending.told(6_000);
    await settled();
    expect(noted).toHaveLength(2);
  });

  it('is never changed by a long way alone, before the gateway was heard', async () => {
    const { sending, noted } = await scene();
    for (let at = 0; at < 20_000; at += 500) sending.observe(at, 3_000);
    await settled();
    expect(noted).toEqual([]);
  });
});
