import type { IceCredentials, TransportAddress } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import { ATTRIBUTE_SOFTWARE, printStun, textAttribute } from '@earshot/stun';
import { beforeEach, describe, expect, it } from 'vitest';
import { FIRST, printCheck, readAnswer, SECOND, TRANSACTION_ID } from '../testing/checks.js';
import { IceLiteAgent } from './agent.js';
import type { IceEvent, IceOutput } from './types.js';

const wifi: TransportAddress = { address: '192.0.2.1', port: 50_000 };
const cellular: TransportAddress = { address: '198.51.100.7', port: 60_000 };
const HIGH = 2000;
const LOW = 1000;

let agent: IceLiteAgent;
beforeEach(() => {
  agent = new IceLiteAgent(crypto, { ice: FIRST });
});

const answersOf = (outputs: readonly IceOutput[], from: IceCredentials = FIRST) =>
  outputs.flatMap((output) =>
    output.type === 'send' ? [{ ...readAnswer(output.datagram, from), to: output.to }] : [],
  );
const eventsOf = (outputs: readonly IceOutput[]): IceEvent[] =>
  outputs.flatMap((output) => (output.type === 'event' ? [output.event] : []));
const typesOf = (outputs: readonly IceOutput[]): string[] =>
  eventsOf(outputs).map((event) =>
    event.type === 'ice' ? event.state : event.type === 'check' ? event.outcome : `path ${event.remote.port}`,
  );
const nominate = (now: number, from: TransportAddress, priority = HIGH, to = FIRST): string[] =>
  typesOf(agent.receive(now, printCheck({ useCandidate: true, priority, to }), from));

describe('a valid check', () => {
  it('is answered with the address it came from, protected by the same password', () => {
    const outputs = agent.receive(1000, printCheck(), wifi);
    expect(answersOf(outputs)).toMatchObject([
      { class: 'success', mapped: wifi, integrity: 'sha1', transactionId: TRANSACTION_ID, to: wifi },
    ]);
    expect(eventsOf(outputs)).toEqual([
      { type: 'check', outcome: 'valid', from: wifi, generation: 0, count: 1, at: 1000 },
      { type: 'ice', state: 'checking', remote: wifi, generation: 0, at: 1000 },
    ]);
  });

  it('validates its address as a peer-reflexive candidate and selects nothing', () => {
    expect(agent.isValidated(wifi)).toBe(false);
    agent.receive(1000, printCheck(), wifi);
    expect(agent.isValidated(wifi)).toBe(true);
    expect(agent.isValidated({ ...wifi, port: wifi.port + 1 })).toBe(false);
    expect(agent.remote).toBeUndefined();
  });

  it.each(['2001:db8::7', '::ffff:192.0.2.1'])('is answered over IPv6 (%s)', (address) => {
    const mapped = address === '2001:db8::7' ? address : '192.0.2.1';
    const outputs = agent.receive(0, printCheck(), { address, port: 4000 });
    expect(answersOf(outputs)).toMatchObject([{ mapped: { address: mapped, port: 4000 } }]);
  });

  it('is answered with SHA-256 when it came with SHA-256', () => {
    expect(answersOf(agent.receive(0, printCheck({ algorithm: 'sha256' }), wifi))).toMatchObject([
      { class: 'success', integrity: 'sha256' },
    ]);
  });
});

describe('a check that is not valid', () => {
  it.each([
    ['with a wrong password', printCheck({ password: 'wrong' }), 'bad-integrity', 401],
    ['without integrity', printCheck({ password: null }), 'unauthenticated', 400],
    ['without a username', printCheck({ username: null }), 'unauthenticated', 400],
    ['from a peer that believes itself controlled', printCheck({ role: 'controlled' }), 'role-conflict', 487],
    ['for an unknown ufrag', printCheck({ username: 'nobody:bR0w' }), 'unknown-ufrag', undefined],
    ['with a username without colon', printCheck({ username: FIRST.ufrag }), 'unknown-ufrag', undefined],
    ['without FINGERPRINT', printCheck({ fingerprint: false }), 'malformed', undefined],
    ['that is no STUN', new Uint8Array(64), 'malformed', undefined],
    ['of another method', printCheck({ method: 3 }), 'unexpected', undefined],
    ['that is a response', printCheck({ messageClass: 'success' }), 'unexpected', undefined],
    ['that is an indication', printCheck({ messageClass: 'indication' }), 'indication', undefined],
  ])('%s gets its error or silence, leaves evidence and changes nothing', (_what, datagram, outcome, error) => {
    const outputs = agent.receive(5, datagram, wifi);
    expect(answersOf(outputs).map((answer) => answer.error)).toEqual(error === undefined ? [] : [error]);
    expect(eventsOf(outputs)).toMatchObject([{ type: 'check', outcome, from: wifi, count: 1, at: 5 }]);
    expect(agent.isValidated(wifi)).toBe(false);
    expect(agent.state).toBe('new');
    expect(agent.nextTimeout).toBeUndefined();
  });

  it('with an attribute that must be understood and is not gets 420 with its number', () => {
    const datagram = printCheck({ more: [{ type: 0x7abc, value: new Uint8Array(4) }] });
    expect(answersOf(agent.receive(0, datagram, wifi))).toMatchObject([
      { error: 420, unknown: [0x7abc], integrity: 'sha1' },
    ]);
  });

  it('with an unknown attribute that may be ignored is valid', () => {
    const datagram = printCheck({ more: [{ type: 0xc057, value: new Uint8Array(4) }] });
    expect(answersOf(agent.receive(0, datagram, wifi))).toMatchObject([{ class: 'success' }]);
  });
});

it('never answers with more bytes than it was asked with', () => {
  const questions = [
    printCheck(),
    printCheck({ algorithm: 'sha256' }),
    printCheck({ role: 'none' }),
    printCheck({ password: 'wrong' }),
    printCheck({ password: null, username: null, role: 'none' }),
    printCheck({ role: 'controlled' }),
    printCheck({ more: Array.from({ length: 40 }, (_, type) => ({ type: 0x7000 + type, value: new Uint8Array(0) })) }),
    printStun({ class: 'request', method: 1, transactionId: TRANSACTION_ID }, [], { fingerprint: true }),
    printStun({ class: 'request', method: 1, transactionId: TRANSACTION_ID }, [textAttribute(ATTRIBUTE_SOFTWARE, 'x')]),
  ];
  for (const question of questions) {
    for (const from of [wifi, { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 1 }]) {
      const sent = agent.receive(0, question, from).flatMap((output) => (output.type === 'send' ? [output] : []));
      expect(sent.length).toBeLessThanOrEqual(1);
      expect(sent[0]?.datagram.length ?? 0).toBeLessThanOrEqual(question.length);
    }
  }
});

describe('nomination', () => {
  it('selects the pair and connects', () => {
    expect(nominate(0, wifi)).toEqual(['nominating', `path ${wifi.port}`, 'connected']);
    expect(agent.remote).toEqual(wifi);
  });

  it('by an aggressive peer ends on the pair of highest priority, in whatever order they come', () => {
    nominate(0, cellular, LOW);
    expect(nominate(20, wifi, HIGH)).toContain(`path ${wifi.port}`);
    expect(nominate(40, cellular, LOW)).toEqual(['nominating']);
    expect(agent.remote).toEqual(wifi);
  });

  it('by a regular peer follows its change of mind to a lower priority', () => {
    nominate(0, wifi, HIGH);
    agent.receive(1500, printCheck({ priority: HIGH }), wifi);
    const outputs = agent.receive(1600, printCheck({ useCandidate: true, priority: LOW }), cellular);
    expect(eventsOf(outputs)).toContainEqual({
      type: 'path',
      remote: cellular,
      previous: wifi,
      generation: 0,
      at: 1600,
    });
    expect(agent.remote).toEqual(cellular);
    expect(agent.isValidated(wifi)).toBe(true);
  });

  it('moves at once when a NAT gives the same candidate another port', () => {
    nominate(0, wifi, HIGH);
    const rebound = { ...wifi, port: wifi.port + 1 };
    expect(nominate(100, rebound, HIGH)).toContain(`path ${rebound.port}`);
  });
});

describe('an ICE restart', () => {
  it('answers both generations and serves the old pair until the new one is nominated', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    expect(agent.localUfrags()).toEqual(['gen0', 'gen1']);
    expect(answersOf(agent.receive(10, printCheck({ to: SECOND }), cellular), SECOND)).toMatchObject([
      { class: 'success', integrity: 'sha1' },
    ]);
    expect(agent.remote).toEqual(wifi);
    expect(agent.isValidated(cellular)).toBe(true);
    expect(answersOf(agent.receive(20, printCheck(), wifi))).toMatchObject([{ class: 'success' }]);

    expect(nominate(30, cellular, LOW, SECOND)).toContain(`path ${cellular.port}`);
    expect(agent.remote).toEqual(cellular);
    expect(agent.state).toBe('connected');
  });

  it('does not go back for a nomination of the old pair that was under way', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    nominate(100, cellular, LOW, SECOND);
    expect(nominate(150, wifi, HIGH)).toEqual(['nominating']);
    expect(agent.remote).toEqual(cellular);
  });

  it('goes back when the peer, as Chromium may, takes up a pair with the older credentials again', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    nominate(100, cellular, LOW, SECOND);
    expect(nominate(5000, wifi, HIGH)).toContain(`path ${wifi.port}`);
    expect(agent.nextTimeout).toBe(20_000);
    expect(nominate(5100, cellular, LOW, SECOND)).toContain(`path ${cellular.port}`);
  });

  it('lets the old generation go when it was not heard for 30 s after the new one was nominated', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    for (const now of [100, 12_000, 24_000, 36_000, 48_000]) nominate(now, cellular, LOW, SECOND);
    agent.receive(25_000, printCheck(), wifi);
    agent.handleTimeout(54_999);
    expect(agent.isValidated(wifi)).toBe(true);
    expect(agent.nextTimeout).toBe(55_000);
    agent.handleTimeout(55_000);
    expect(agent.isValidated(wifi)).toBe(false);
    expect(agent.localUfrags()).toEqual(['gen1']);
    expect(nominate(55_001, wifi)).toEqual(['unknown-ufrag']);
  });

  it('that nobody answers leaves the old pair in service', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    for (let now = 2500; now <= 60_000; now += 2500) {
      nominate(now, wifi);
      expect(agent.handleTimeout(now)).toEqual([]);
    }
    expect(agent.remote).toEqual(wifi);
  });

  it('again and again keeps few generations, among them the one that serves', () => {
    nominate(0, wifi);
    for (let index = 1; index <= 10; index += 1) agent.restart({ ufrag: `new${index}`, pwd: SECOND.pwd });
    expect(agent.localUfrags()).toEqual(['gen0', 'new8', 'new9', 'new10']);
  });
});

describe('consent', () => {
  it('is lost when the selected pair goes silent and regained with its next check', () => {
    nominate(0, wifi);
    agent.receive(2500, printCheck(), wifi);
    agent.receive(10_000, printCheck(), cellular);
    expect(agent.nextTimeout).toBe(17_500);
    expect(agent.handleTimeout(17_499)).toEqual([]);
    expect(eventsOf(agent.handleTimeout(17_500))).toEqual([
      { type: 'ice', state: 'lost', remote: wifi, generation: 0, at: 17_500 },
    ]);
    expect(agent.handleTimeout(17_600)).toEqual([]);
    expect(agent.remote).toEqual(wifi);
    expect(typesOf(agent.receive(18_000, printCheck(), cellular))).not.toContain('connected');
    expect(typesOf(agent.receive(18_000, printCheck(), wifi))).toContain('connected');
  });

  it('expires after 30 s: nothing is sent any more until a check comes back', () => {
    nominate(0, wifi);
    agent.handleTimeout(15_000);
    expect(agent.nextTimeout).toBe(30_000);
    agent.handleTimeout(30_000);
    expect(agent.remote).toBeUndefined();
    expect(agent.nextTimeout).toBeUndefined();
    agent.receive(31_000, printCheck(), wifi);
    expect(agent.remote).toEqual(wifi);
    expect(agent.state).toBe('connected');
  });

  it('is given by a check from the selected address, whichever credentials it came with', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    agent.receive(10_000, printCheck({ to: SECOND }), wifi);
    expect(agent.nextTimeout).toBe(25_000);
  });

  it('comes back with the new pair of a restart', () => {
    nominate(0, wifi);
    agent.handleTimeout(15_000);
    agent.restart(SECOND);
    expect(nominate(16_000, cellular, LOW, SECOND)).toEqual(['nominating', `path ${cellular.port}`, 'connected']);
  });

  it('takes the time it is told', () => {
    agent = new IceLiteAgent(crypto, { ice: FIRST, consentTimeoutMs: 4000 });
    nominate(0, wifi);
    expect(agent.nextTimeout).toBe(4000);
    expect(typesOf(agent.handleTimeout(4000))).toEqual(['lost']);
  });
});

describe('bounds', () => {
  it('keeps few addresses, among them the selected one, however many a peer validates', () => {
    nominate(0, wifi, HIGH);
    for (let port = 1; port <= 200; port += 1) {
      agent.receive(port, printCheck({ priority: LOW }), { address: '203.0.113.1', port });
    }
    const kept = Array.from({ length: 200 }, (_, index) => index + 1).filter((port) =>
      agent.isValidated({ address: '203.0.113.1', port }),
    );
    expect(kept.length).toBe(15);
    expect(kept.at(-1)).toBe(200);
    expect(agent.isValidated(wifi)).toBe(true);
  });

  it('says the first of many equal checks and then every doubling', () => {
    const counts: number[] = [];
    for (let index = 0; index < 1000; index += 1) {
      for (const event of eventsOf(agent.receive(index, printCheck({ password: 'wrong' }), wifi))) {
        if (event.type === 'check') counts.push(event.count);
      }
    }
    expect(counts).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  it('counts checks from countless addresses by their outcome alone', () => {
    let events = 0;
    for (let port = 1; port <= 5000; port += 1) {
      events += eventsOf(agent.receive(0, new Uint8Array(20), { address: '203.0.113.1', port })).length;
    }
    expect(events).toBeLessThan(64 + 14);
  });
});
