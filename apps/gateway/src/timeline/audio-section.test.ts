import { expect, it } from 'vitest';
import { browserSdp, phoneOffer } from '../testing/descriptions.js';
import { AudioSections } from './audio-section.js';

const sections = new AudioSections();

it('says of a phone where its media is, and of a browser its part in DTLS', () => {
  expect(sections.read(phoneOffer())).toEqual({
    direction: 'sendrecv',
    codecs: ['PCMU', 'PCMA'],
    telephoneEvents: true,
    address: '192.0.2.9',
    port: 4000,
    packetMs: 20,
  });
  expect(sections.read(browserSdp('active'))).toEqual({
    direction: 'sendrecv',
    codecs: ['opus', 'PCMU', 'PCMA'],
    telephoneEvents: false,
    setup: 'active',
  });
});

it('says nothing of what is no description, again and again', () => {
  for (const text of ['', 'v=0', 'x'.repeat(10_000)]) {
    expect([sections.read(text), sections.read(text)]).toEqual([undefined, undefined]);
  }
});

it('remembers the newest, and is right about all', () => {
  for (let port = 4_000; port < 4_500; port += 1) expect(sections.read(phoneOffer(port))?.port).toBe(port);
  expect(sections.read(phoneOffer(4_000))?.port).toBe(4_000);
});
