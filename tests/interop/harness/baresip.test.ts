import { afterEach, describe, expect, it } from 'vitest';
import { Baresip } from '../../harness/baresip.js';
import { lacks } from '../../harness/peers.js';
import { until } from '../../harness/process.js';
import { toneMs } from '../../harness/tones.js';

const phones: Baresip[] = [];
const start = async (...args: Parameters<typeof Baresip.start>): Promise<Baresip> => {
  const phone = await Baresip.start(...args);
  phones.push(phone);
  return phone;
};
afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()));
});

describe.skipIf(lacks('baresip'))('two phones, so that the harness itself is proved', () => {
  it.each(['pcma/8000/1', 'opus/48000/2'])('hear each other over %s and pass digits', async (codec) => {
    const [caller, callee] = await Promise.all([
      start({ user: 'caller', frequencyHz: 500, codecs: [codec] }),
      start({ user: 'callee', frequencyHz: 900, codecs: [codec] }),
    ]);
    caller.dial(callee.uri);
    await caller.waitFor('CALL_ESTABLISHED');
    const hears = (phone: Baresip, frequencyHz: number) => () => {
      const pcm = phone.heard();
      return pcm !== undefined && toneMs(pcm, frequencyHz) >= 500 ? true : undefined;
    };
    await until('the callee to hear 500 Hz', hears(callee, 500));
    await until('the caller to hear 900 Hz', hears(caller, 900));
    caller.sendDigits('42');
    await until('digits at the callee', () => (callee.digits() === '42' ? true : undefined));
    caller.hangUp();
    expect((await callee.waitFor('CALL_CLOSED')).type).toBe('CALL_CLOSED');
  });
});
