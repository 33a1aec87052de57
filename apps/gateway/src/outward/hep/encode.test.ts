import { describe, expect, it } from 'vitest';
import { encodeHep, type HepPacket } from './encode.js';

const PACKET: HepPacket = {
  protocol: 'sip',
  source: { address: '192.0.2.1', port: 5060 },
  destination: { address: '198.51.100.7', port: 5070 },
  at: 1_760_000_000_123,
  captureId: 2001,
  password: 'myHep',
  correlationId: 'ab12',
  payload: Buffer.from('BYE'),
};

/** Bytes as the specification lists them: one chunk a line, vendor, type, length, value. */
const bytes = (text: string): string => text.replace(/#.*|\s/g, '');

describe('a HEP packet', () => {
  it('is the header and one chunk after the other', () => {
    expect(encodeHep(PACKET)?.toString('hex')).toBe(
      bytes(`
        48455033 007b           # HEP3, 123 bytes
        0000 0001 0007 02       # IPv4
        0000 0002 0007 11       # UDP
        0000 0003 000a c0000201 # from
        0000 0004 000a c6336407 # to
        0000 0007 0008 13c4     # port 5060
        0000 0008 0008 13ce     # port 5070
        0000 0009 000a 68e77800 # seconds
        0000 000a 000a 0001e078 # microseconds
        0000 000b 0007 01       # SIP
        0000 000c 000a 000007d1 # capture agent
        0000 000e 000b 6d79486570 # authentication key
        0000 0011 000a 61623132 # correlation id
        0000 000f 0009 425945   # payload
      `),
    );
  });

  it('leaves out what it does not have, and names RTCP by its number', () => {
    const { password: _password, correlationId: _correlationId, ...bare } = PACKET;
    const hex = encodeHep({ ...bare, protocol: 'rtcp' })?.toString('hex') ?? '';
    expect(hex.slice(0, 12)).toBe('484550330066');
    expect(hex).toContain('0000000b000705');
    expect(hex).not.toMatch(/0000000e|00000011/);
  });

  it('says IPv6 by its own chunks, and IPv4 beside it in mapped form', () => {
    const source = { address: '2001:db8::7', port: 1 };
    const hex = encodeHep({ ...PACKET, source })?.toString('hex') ?? '';
    expect(hex).toContain('0000000100070a');
    expect(hex).toContain('00000005001620010db8000000000000000000000007');
    expect(hex).toContain('00000006001600000000000000000000ffffc6336407');
    expect(hex).not.toContain('00000003000a');
  });

  it('counts its length in bytes, also of text that is not ASCII', () => {
    const packet = encodeHep({ ...PACKET, correlationId: 'é'.repeat(10) });
    expect(packet?.readUInt16BE(4)).toBe(packet?.length);
  });

  it('is none where there is nothing to say', () => {
    expect(encodeHep({ ...PACKET, source: { address: 'example.com', port: 1 } })).toBeUndefined();
    expect(encodeHep({ ...PACKET, payload: Buffer.alloc(65_400) })).toBeUndefined();
    expect(encodeHep({ ...PACKET, payload: Buffer.alloc(70_000) })).toBeUndefined();
    expect(encodeHep({ ...PACKET, payload: Buffer.alloc(65_000) })).toHaveLength(65_120);
  });
});
