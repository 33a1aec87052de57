import { expect, it } from 'vitest';
import { bridgedCall } from './ends.js';
import { legMedia, PCMA, World } from './world.js';

const media = legMedia([PCMA]);
const frame = new Uint8Array(160);

const deliveredTo = (world: World, legId: string): string[] =>
  world.story(legId).filter((line) => line.startsWith('delivered'));

it('presumes delivery to a phone that sends media and never speaks RTCP', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  phone.speaksRtcp = false;
  world.run(800, () => browser.speak(8, frame));
  expect(deliveredTo(world, 'phone')).toEqual([]);
  world.run(1200, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  expect(deliveredTo(world, 'phone')).toEqual(['delivered presumed']);
});

it('denies delivery when reports say that nothing arrives, and takes it back when something does', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  world.network.attach(phone.address, () => {});
  world.run(3000, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  expect(deliveredTo(world, 'phone')).toEqual(['delivered denied']);
  const { sent } = phone;
  world.network.attach(phone.address, (packet) => {
    phone.reception.receive(packet, packet.length, world.network.now);
  });
  world.run(3000, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  expect(phone.sent).toBeGreaterThan(sent);
  expect(deliveredTo(world, 'phone')).toEqual(['delivered denied', 'delivered reported']);
  world.network.attach(phone.address, () => {});
  world.run(4000, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  expect(deliveredTo(world, 'phone').at(-1)).toBe('delivered denied');
});

it('keeps what was reported while nothing is sent', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  world.run(1000, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  world.run(5000, () => phone.speak(8, frame));
  expect(deliveredTo(world, 'phone')).toEqual(['delivered reported']);
});

it('takes an ICMP refusal as a denial', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  phone.speaksRtcp = false;
  world.run(1500, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  world.sockets[0]?.onRefused();
  expect(deliveredTo(world, 'phone')).toEqual(['delivered presumed', 'delivered denied']);
  world.run(5000, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  expect(deliveredTo(world, 'phone').at(-1)).toBe('delivered presumed');
});

it('does not forget, over a re-INVITE that moves nothing, that the phone speaks RTCP and hears nothing', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  world.network.attach(phone.address, () => {});
  const speak = (): void => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  };
  world.run(3000, speak);
  const remote = { rtp: phone.address, rtcp: phone.rtcpAddress };
  world.worker.handle({ type: 'rtp.remote', legId: 'phone', remote, media });
  world.run(3000, speak);
  expect(deliveredTo(world, 'phone')).toEqual(['delivered denied']);
  const hold = { rtp: { address: '0.0.0.0', port: 7000 }, rtcp: { address: '0.0.0.0', port: 7001 } };
  for (const next of [hold, remote]) {
    world.worker.handle({ type: 'rtp.remote', legId: 'phone', remote: next, media });
    world.run(3000, speak);
  }
  expect(deliveredTo(world, 'phone')).toEqual(['delivered denied']);
});
