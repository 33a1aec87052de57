import type { IceCredentials, TransportAddress } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import { ATTRIBUTE_SOFTWARE, printStun, textAttribute } from '@earshot/stun';
import { beforeEach, describe, expect, it } from 'vitest';
import { FIRST, printCheck, readAnswer, SECOND, TRANSACTION_ID } from '../testing/checks.js';
import { IceLiteAgent } from './agent.js';
import type { IceEvent, IceOutput, LocalCandidate } from './types.js';

const wifi: TransportAddress = { address: '192.0.2.1', port: 50_000 };
const cellular: TransportAddress = { address: '198.51.100.7', port: 60_000 };
const HIGH = 2000;
const LOW = 1000;

/** The addresses of ours. */
const OURS: LocalCandidate = { address: '203.0.113.9', port: 40_000, priority: 3000 };
const OURS_V6: LocalCandidate = { address: '2001:db8::9', port: 40_000, priority: 2500 };

let agent: IceLiteAgent;
const receive = (now: number, datagram: Uint8Array, from: TransportAddress, local = OURS): IceOutput[] =>
  agent.receive(now, datagram, from, local);
const plain = ({ address, port }: TransportAddress): TransportAddress => ({ address, port });
beforeEach(() => {
  agent = new IceLiteAgent(crypto, { ice: FIRST });
});

const answersOf = (outputs: readonly IceOutput[], from: IceCredentials = FIRST) =>
  outputs.flatMap((output) =>
    output.type === 'send' ? [{ ...readAnswer(output.datagram, from), from: output.from, to: output.to }] : [],
  );
const eventsOf = (outputs: readonly IceOutput[]): IceEvent[] =>
  outputs.flatMap((output) => (output.type === 'event' ? [output.event] : []));
const typesOf = (outputs: readonly IceOutput[]): string[] =>
  eventsOf(outputs).map((event) =>
    event.type === 'ice' ? event.state : event.type === 'check' ? event.outcome : `path ${event.remote.port}`,
  );
const nominate = (now: number, from: TransportAddress, priority = HIGH, to = FIRST, local = OURS): string[] =>
  typesOf(receive(now, printCheck({ useCandidate: true, priority, to }), from, local));

describe('a valid check', () => {
  it('is answered with the address it came from, protected by the same password', () => {
    const outputs = receive(1000, printCheck({ transactionId: TRANSACTION_ID }), wifi);
    expect(answersOf(outputs)).toMatchObject([
      { class: 'success', mapped: wifi, integrity: 'sha1', transactionId: TRANSACTION_ID, to: wifi, from: OURS },
    ]);
    expect(eventsOf(outputs)).toEqual([
      { type: 'check', outcome: 'valid', from: wifi, local: plain(OURS), generation: 0, count: 1, at: 1000 },
      { type: 'ice', state: 'checking', remote: wifi, local: OURS, generation: 0, at: 1000 },
    ]);
  });

  it('validates its address as a peer-reflexive candidate and selects nothing', () => {
    expect(agent.isValidated(wifi)).toBe(false);
    receive(1000, printCheck(), wifi);
    expect(agent.isValidated(wifi)).toBe(true);
    expect(agent.isValidated({ ...wifi, port: wifi.port + 1 })).toBe(false);
    expect(agent.path).toBeUndefined();
  });

  it.each(['2001:db8::7', '::ffff:192.0.2.1'])('is answered over IPv6 (%s)', (address) => {
    const mapped = address === '2001:db8::7' ? address : '192.0.2.1';
    const outputs = receive(0, printCheck(), { address, port: 4000 });
    expect(answersOf(outputs)).toMatchObject([{ mapped: { address: mapped, port: 4000 } }]);
  });

  it('is answered with SHA-256 when it came with SHA-256', () => {
    expect(answersOf(receive(0, printCheck({ algorithm: 'sha256' }), wifi))).toMatchObject([
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
    const outputs = receive(5, datagram, wifi);
    expect(answersOf(outputs).map((answer) => answer.error)).toEqual(error === undefined ? [] : [error]);
    expect(eventsOf(outputs)).toMatchObject([{ type: 'check', outcome, from: wifi, count: 1, at: 5 }]);
    expect(agent.isValidated(wifi)).toBe(false);
    expect(agent.state).toBe('new');
    expect(agent.nextTimeout).toBeUndefined();
  });

  it('with an attribute that must be understood and is not gets 420 with its number', () => {
    const datagram = printCheck({ more: [{ type: 0x7abc, value: new Uint8Array(4) }] });
    expect(answersOf(receive(0, datagram, wifi))).toMatchObject([{ error: 420, unknown: [0x7abc], integrity: 'sha1' }]);
  });

  it('with an unknown attribute that may be ignored is valid', () => {
    const datagram = printCheck({ more: [{ type: 0xc057, value: new Uint8Array(4) }] });
    expect(answersOf(receive(0, datagram, wifi))).toMatchObject([{ class: 'success' }]);
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
      const sent = receive(0, question, from).flatMap((output) => (output.type === 'send' ? [output] : []));
      expect(sent.length).toBeLessThanOrEqual(1);
      expect(sent[0]?.datagram.length ?? 0).toBeLessThanOrEqual(question.length);
    }
  }
});

describe('nomination', () => {
  it('selects the pair and connects', () => {
    expect(nominate(0, wifi)).toEqual(['nominating', `path ${wifi.port}`, 'connected']);
    expect(agent.path?.remote).toEqual(wifi);
  });

  it('by an aggressive peer ends on the pair of highest priority, in whatever order they come', () => {
    nominate(0, cellular, LOW);
    expect(nominate(20, wifi, HIGH)).toContain(`path ${wifi.port}`);
    expect(nominate(40, cellular, LOW)).toEqual(['nominating']);
    expect(agent.path?.remote).toEqual(wifi);
  });

  it('by a regular peer follows its change of mind to a lower priority', () => {
    nominate(0, wifi, HIGH);
    receive(1500, printCheck({ priority: HIGH }), wifi);
    const outputs = receive(1600, printCheck({ useCandidate: true, priority: LOW }), cellular);
    expect(eventsOf(outputs)).toContainEqual({
      type: 'path',
      remote: cellular,
      local: OURS,
      previous: { local: OURS, remote: wifi },
      generation: 0,
      at: 1600,
    });
    expect(agent.path?.remote).toEqual(cellular);
    expect(agent.isValidated(wifi)).toBe(true);
  });

  it('moves at once when a NAT gives the same candidate another port', () => {
    nominate(0, wifi, HIGH);
    const rebound = { ...wifi, port: wifi.port + 1 };
    expect(nominate(100, rebound, HIGH)).toContain(`path ${rebound.port}`);
  });
});

describe('several addresses of ours', () => {
  it('each answer from where they were asked', () => {
    for (const local of [OURS, OURS_V6]) {
      expect(answersOf(receive(0, printCheck(), wifi, local))).toMatchObject([
        { class: 'success', from: local, to: wifi },
      ]);
    }
  });

  it('make pairs of their own with one address of the peer', () => {
    nominate(0, wifi, HIGH, FIRST, OURS);
    expect(agent.path).toMatchObject({ local: OURS, remote: wifi });
    expect(nominate(2000, wifi, HIGH, FIRST, OURS_V6)).toContain(`path ${wifi.port}`);
    expect(agent.path).toMatchObject({ local: OURS_V6, remote: wifi });
    expect(eventsOf(receive(2100, printCheck({ password: 'wrong' }), wifi, OURS))).toMatchObject([
      { type: 'check', outcome: 'bad-integrity', local: plain(OURS) },
    ]);
  });

  it('are chosen from by an aggressive peer as it chooses, by the priority of both ends', () => {
    nominate(0, wifi, HIGH, FIRST, OURS_V6);
    expect(nominate(10, wifi, HIGH, FIRST, OURS)).toContain(`path ${wifi.port}`);
    expect(nominate(20, wifi, HIGH, FIRST, OURS_V6)).toEqual(['nominating']);
    expect(nominate(30, cellular, LOW, FIRST, OURS)).toEqual(['nominating']);
    expect(agent.path).toMatchObject({ local: OURS, remote: wifi });
  });

  it('get consent one by one', () => {
    nominate(0, wifi, HIGH, FIRST, OURS);
    receive(10_000, printCheck(), wifi, OURS_V6);
    expect(agent.nextTimeout).toBe(15_000);
    receive(10_000, printCheck(), wifi, OURS);
    expect(agent.nextTimeout).toBe(25_000);
  });

  it('may be bound anew: the path goes on by the new socket from the next check on', () => {
    nominate(0, wifi, HIGH, FIRST, OURS);
    expect(agent.path?.local).toBe(OURS);
    const again = { ...OURS };
    receive(10, printCheck(), wifi, again);
    expect(agent.path?.local).toBe(again);
  });
});

it('tells a relay beside it the address that others see it by', () => {
  const relay = { address: '10.0.0.5', port: 45_000 };
  const outside = { address: '203.0.113.9', port: 45_000 };
  agent = new IceLiteAgent(crypto, { ice: FIRST, seenFromOutside: (from) => (from === relay ? outside : from) });
  expect(answersOf(receive(0, printCheck(), relay))).toMatchObject([{ mapped: outside, to: relay }]);
  expect(answersOf(receive(0, printCheck(), wifi))).toMatchObject([{ mapped: wifi, to: wifi }]);
  expect(agent.isValidated(relay)).toBe(true);
});

describe('a check that was recorded on its way', () => {
  const STRANGER: TransportAddress = { address: '203.0.113.66', port: 6666 };

  it('moves nothing when somebody else sends it again, and draws no answer', () => {
    const recorded = printCheck({ useCandidate: true });
    receive(0, recorded, wifi);
    for (const now of [10, 5000, 29_000]) {
      expect(receive(now, recorded, STRANGER)).toEqual(
        now === 29_000 ? [] : [expect.objectContaining({ type: 'event' })],
      );
    }
    expect(agent.isValidated(STRANGER)).toBe(false);
    expect(agent.path?.remote).toEqual(wifi);
    // Nor is it a sign of life.
    expect(agent.nextTimeout).toBe(15_000);
  });

  it('is named for what it is', () => {
    const recorded = printCheck();
    receive(0, recorded, wifi);
    expect(eventsOf(receive(10, recorded, STRANGER))).toMatchObject([{ outcome: 'replayed', from: STRANGER }]);
    expect(eventsOf(receive(10, recorded, wifi, OURS_V6))).toMatchObject([{ outcome: 'replayed', from: wifi }]);
  });

  it('is answered again when its sender repeats it, whose answer was lost', () => {
    const check = printCheck();
    receive(0, check, wifi);
    expect(answersOf(receive(500, check, wifi))).toMatchObject([{ class: 'success', to: wifi }]);
  });

  it('is known for thousands of checks, and forgotten in the end', () => {
    const recorded = printCheck({ useCandidate: true });
    receive(0, recorded, wifi);
    for (let now = 1; now < 4096; now += 1) receive(now, printCheck({ password: FIRST.pwd }), wifi);
    expect(typesOf(receive(5000, recorded, STRANGER))).toEqual(['replayed']);
    for (let now = 5001; now < 5010; now += 1) receive(now, printCheck(), wifi);
    expect(typesOf(receive(6000, recorded, STRANGER))).toContain('nominating');
  });
});

describe('an ICE restart', () => {
  it('answers both generations and serves the old pair until the new one is nominated', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    expect(agent.localUfrags()).toEqual(['gen0', 'gen1']);
    expect(answersOf(receive(10, printCheck({ to: SECOND }), cellular), SECOND)).toMatchObject([
      { class: 'success', integrity: 'sha1' },
    ]);
    expect(agent.path?.remote).toEqual(wifi);
    expect(agent.isValidated(cellular)).toBe(true);
    expect(answersOf(receive(20, printCheck(), wifi))).toMatchObject([{ class: 'success' }]);

    expect(nominate(30, cellular, LOW, SECOND)).toContain(`path ${cellular.port}`);
    expect(agent.path?.remote).toEqual(cellular);
    expect(agent.state).toBe('connected');
  });

  it('does not go back for a nomination of the old pair that was under way', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    nominate(100, cellular, LOW, SECOND);
    expect(nominate(150, wifi, HIGH)).toEqual(['nominating']);
    expect(agent.path?.remote).toEqual(cellular);
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
    receive(25_000, printCheck(), wifi);
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
    expect(agent.path?.remote).toEqual(wifi);
  });

  it('of a peer that abandons its paths revokes consent for them, and sends there until another is nominated', () => {
    nominate(0, wifi);
    agent.restart(SECOND, true);
    expect(nominate(100, wifi)).toEqual(['revoked']);
    expect(answersOf(receive(200, printCheck(), wifi))).toMatchObject([{ error: 403, integrity: 'sha1' }]);
    expect(agent.path?.remote).toEqual(wifi);
    expect(nominate(300, cellular, LOW, SECOND)).toContain(`path ${cellular.port}`);
    expect(nominate(5000, wifi)).toEqual([]);
    expect(agent.path?.remote).toEqual(cellular);
  });

  it('again and again keeps few generations, among them the one that serves', () => {
    nominate(0, wifi);
    for (let index = 1; index <= 10; index += 1) agent.restart({ ufrag: `new${index}`, pwd: SECOND.pwd });
    expect(agent.localUfrags()).toEqual(['gen0', 'new6', 'new7', 'new8', 'new9', 'new10']);
  });
});

describe('consent', () => {
  it('is lost when the selected pair goes silent and regained with its next check', () => {
    nominate(0, wifi);
    receive(2500, printCheck(), wifi);
    receive(10_000, printCheck(), cellular);
    expect(agent.nextTimeout).toBe(17_500);
    expect(agent.handleTimeout(17_499)).toEqual([]);
    expect(eventsOf(agent.handleTimeout(17_500))).toEqual([
      { type: 'ice', state: 'lost', remote: wifi, local: OURS, generation: 0, at: 17_500 },
    ]);
    expect(agent.handleTimeout(17_600)).toEqual([]);
    expect(agent.path?.remote).toEqual(wifi);
    expect(typesOf(receive(18_000, printCheck(), cellular))).not.toContain('connected');
    expect(typesOf(receive(18_000, printCheck(), wifi))).toContain('connected');
  });

  it('expires after 30 s: nothing is sent any more until a check comes back', () => {
    nominate(0, wifi);
    agent.handleTimeout(15_000);
    expect(agent.nextTimeout).toBe(30_000);
    agent.handleTimeout(30_000);
    expect(agent.path).toBeUndefined();
    expect(agent.nextTimeout).toBeUndefined();
    receive(31_000, printCheck(), wifi);
    expect(agent.path?.remote).toEqual(wifi);
    expect(agent.state).toBe('connected');
  });

  it('is given by a check from the selected address, whichever credentials it came with', () => {
    nominate(0, wifi);
    agent.restart(SECOND);
    receive(10_000, printCheck({ to: SECOND }), wifi);
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
      receive(port, printCheck({ priority: LOW }), { address: '203.0.113.1', port });
    }
    const kept = Array.from({ length: 200 }, (_, index) => index + 1).filter((port) =>
      agent.isValidated({ address: '203.0.113.1', port }),
    );
    expect(kept.length).toBe(63);
    expect(kept.at(-1)).toBe(200);
    expect(agent.isValidated(wifi)).toBe(true);
  });

  it('says the first of many equal checks and then every doubling', () => {
    const counts: number[] = [];
    for (let index = 0; index < 1000; index += 1) {
      for (const event of eventsOf(receive(index, printCheck({ password: 'wrong' }), wifi))) {
        if (event.type === 'check') counts.push(event.count);
      }
    }
    expect(counts).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  it('counts checks from countless addresses by their outcome alone', () => {
    let events = 0;
    for (let port = 1; port <= 5000; port += 1) {
      events += eventsOf(receive(0, new Uint8Array(20), { address: '203.0.113.1', port })).length;
    }
    expect(events).toBeLessThan(64 + 14);
  });
});
