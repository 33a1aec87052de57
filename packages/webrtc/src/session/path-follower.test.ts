import type { TransportAddress } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { SRTP_AUTH_FAILED } from '../srtp/index.js';
import { printCheck } from '../testing/checks.js';
import { CELLULAR, GATEWAY, type VirtualCall, virtualCall, WIFI } from '../testing/virtual-call.js';
import { MEDIA_NOT_VALIDATED } from './types.js';

const REBOUND: TransportAddress = { address: '192.0.2.1', port: 50_777 };
const STRANGER: TransportAddress = { address: '198.51.100.66', port: 6666 };
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** A call in which both ends have talked for a while. The browser checks its pair every 2.5 s, as Chromium does. */
function talking(options?: Parameters<typeof virtualCall>[0], intervalMs = 2500): VirtualCall {
  const call = virtualCall(options);
  call.network.runFor(400);
  call.talkFor(1000);
  call.browser.ice.intervalMs = intervalMs;
  call.network.runFor(600);
  return call;
}

/** What the gateway sent to an address: datagrams and bytes. */
function sentTo({ network }: VirtualCall, address: TransportAddress): { count: number; bytes: number } {
  const sent = network.sent.filter(({ from, to }) => from === GATEWAY && to.port === address.port);
  return { count: sent.length, bytes: sent.reduce((sum, { datagram }) => sum + datagram.length, 0) };
}

const pathsOf = ({ gateway }: VirtualCall): number[] =>
  gateway.events.flatMap((event) => (event.type === 'path' ? [event.remote.port] : []));

describe('a NAT that rebinds', () => {
  it('costs no packet of the browser, and of the gateway only what was on its way', () => {
    const call = talking();
    const { browser, gateway, network } = call;
    const heard = browser.heard.length;
    network.rebind(WIFI, REBOUND);
    call.talkFor(600);
    network.runFor(20);
    expect(gateway.heard).toEqual(range(0, browser.sent));
    // One packet that was sent meanwhile, and one that our question to the new address was sent in place of.
    expect(browser.heard.length - heard).toBe(28);
    expect(gateway.session.path?.remote).toEqual(REBOUND);
    expect(gateway.session.isValidated(REBOUND)).toBe(true);
    expect(pathsOf(call)).toEqual([WIFI.port, REBOUND.port]);
  });

  it('is confirmed by a check, where the browser answers no question', () => {
    const call = talking({}, 1500);
    const { browser, gateway, network } = call;
    browser.ice.answersChecks = false;
    network.rebind(WIFI, REBOUND);
    call.talkFor(3000);
    expect(gateway.session.isValidated(REBOUND)).toBe(true);
    expect(gateway.session.path?.remote).toEqual(REBOUND);
    // Told when the media moved, and when the check nominated it.
    expect(pathsOf(call)).toEqual([WIFI.port, REBOUND.port, REBOUND.port]);
  });

  it('again and again is followed each time', () => {
    const call = talking();
    for (let port = 51_000; port < 51_006; port += 1) {
      call.network.rebind(WIFI, { ...WIFI, port });
      call.talkFor(300);
      expect(call.gateway.session.path?.remote.port).toBe(port);
    }
    call.network.runFor(20);
    expect(call.gateway.heard).toEqual(range(0, call.browser.sent));
  });

  it('brings a path back whose consent had expired', () => {
    const call = talking();
    const { gateway, network } = call;
    network.cut(WIFI);
    network.runFor(31_000);
    expect(gateway.session.path).toBeUndefined();
    network.mend(WIFI);
    network.rebind(WIFI, REBOUND);
    call.browser.ice.nextTimeout = undefined;
    call.talkFor(200);
    expect(gateway.session.path?.remote).toEqual(REBOUND);
    expect(gateway.story().at(-1)).toBe('connected');
  });
});

describe('between two validated addresses', () => {
  const both = (): VirtualCall => talking({ addresses: [WIFI, CELLULAR] });

  it('media leads before the browser nominates', () => {
    const call = both();
    const { browser, gateway, network } = call;
    const packet = browser.protect(browser.sent);
    browser.sent += 1;
    if (packet !== undefined) network.send(packet, CELLULAR, GATEWAY);
    network.runFor(15);
    expect(gateway.session.path?.remote).toEqual(CELLULAR);
    expect(pathsOf(call).at(-1)).toBe(CELLULAR.port);
  });

  it('what was on its way when the browser moved does not move it back', () => {
    const call = both();
    const { browser, gateway, network } = call;
    const [late, ...newer] = range(browser.sent, browser.sent + 3).map((sequence) => browser.protect(sequence));
    for (const packet of newer) if (packet !== undefined) network.send(packet, CELLULAR, GATEWAY);
    network.runFor(5);
    if (late !== undefined) network.send(late, WIFI, GATEWAY);
    network.runFor(20);
    expect(gateway.heard.slice(-3)).toEqual([browser.sent + 1, browser.sent + 2, browser.sent]);
    expect(gateway.session.path?.remote).toEqual(CELLULAR);
  });
});

describe('an attacker', () => {
  /** The newest packet is captured on its way; the gateway has it by now. */
  function captured({ browser, network }: VirtualCall): Uint8Array {
    const packet = browser.protect(browser.sent) ?? new Uint8Array();
    browser.sent += 1;
    network.send(packet, WIFI, GATEWAY);
    network.runFor(20);
    return packet;
  }

  it('who repeats a packet, the newest or an old one, moves nothing and is sent nothing', () => {
    const call = talking();
    const { gateway, network } = call;
    const old = captured(call);
    call.talkFor(100);
    const newest = captured(call);
    for (const packet of [old, newest]) network.send(packet, STRANGER, GATEWAY);
    network.runFor(20);
    expect(gateway.refused.slice(-2)).toEqual([MEDIA_NOT_VALIDATED, MEDIA_NOT_VALIDATED]);
    expect(gateway.session.path?.remote).toEqual(WIFI);
    expect(sentTo(call, STRANGER).count).toBe(0);
  });

  it('who injects what he made up moves nothing, and costs no more than a hundred tags a second', () => {
    const call = talking();
    const { gateway, network } = call;
    const forged = captured(call).slice();
    forged[3] = (forged[3] ?? 0) + 5;
    const before = { ...gateway.session.counters };
    for (let count = 0; count < 5000; count += 1) network.send(forged, { ...STRANGER, port: 1000 + count }, GATEWAY);
    network.runFor(15);
    expect(gateway.refused.slice(-5000).filter((code) => code === SRTP_AUTH_FAILED).length).toBe(100);
    expect(gateway.session.counters.mediaRefused - before.mediaRefused).toBe(100);
    expect(gateway.session.counters.mediaNotValidated - before.mediaNotValidated).toBe(4900);
    expect(gateway.session.path?.remote).toEqual(WIFI);
    expect(network.sent.filter(({ to }) => to.address === STRANGER.address)).toEqual([]);
    call.talkFor(1100);
    // The flood over, the call is followed as before.
    network.rebind(WIFI, REBOUND);
    call.talkFor(100);
    expect(gateway.session.path?.remote).toEqual(REBOUND);
  });

  it('who is faster than the browser once has the path for as long as a packet takes', () => {
    const call = talking();
    const { browser, gateway, network } = call;
    const packet = browser.protect(browser.sent) ?? new Uint8Array();
    browser.sent += 1;
    network.send(packet, STRANGER, GATEWAY);
    network.runFor(15);
    expect(gateway.session.path?.remote).toEqual(STRANGER);
    call.talkFor(100);
    expect(gateway.session.path?.remote).toEqual(WIFI);
    call.talkFor(3000);
    expect(gateway.session.path?.remote).toEqual(WIFI);
    expect(gateway.session.isValidated(STRANGER)).toBe(false);
    expect(pathsOf(call)).toEqual([WIFI.port, STRANGER.port, WIFI.port]);
  });

  it('who sends on all that the browser says is sent no more than he sent, and loses the path after two seconds', () => {
    const call = talking();
    const { browser, gateway, network } = call;
    let brought = 0;
    /** The browser's own packets and checks never arrive. */
    network.cut(WIFI);
    const intercept = (duration: number): void => {
      for (let passed = 0; passed < duration; passed += 20) {
        const packet = browser.protect(browser.sent) ?? new Uint8Array();
        browser.sent += 1;
        brought += packet.length;
        network.send(packet, STRANGER, GATEWAY);
        // Three for each that comes.
        for (let count = 0; count < 3; count += 1) gateway.speak();
        network.runFor(20);
        expect(sentTo(call, STRANGER).bytes).toBeLessThanOrEqual(brought);
      }
    };
    intercept(1900);
    expect(gateway.session.path?.remote).toEqual(STRANGER);
    const heard = gateway.heard.length;
    intercept(400);
    expect(gateway.session.path?.remote).toEqual(WIFI);
    const { count } = sentTo(call, STRANGER);
    intercept(5000);
    expect(sentTo(call, STRANGER).count).toBe(count);
    // What the browser said is used nevertheless: it is authentic, wherever it came from.
    expect(gateway.heard.length - heard).toBeGreaterThan(260);
  });

  it('who answers the question with a password that he guessed confirms nothing', () => {
    const call = talking();
    const { browser, gateway, network } = call;
    const answers: Uint8Array[] = [];
    network.attach(STRANGER, (question) => {
      const forged = printCheck({ messageClass: 'success', transactionId: question.slice(8, 20), password: 'guessed' });
      answers.push(forged);
      network.send(forged, STRANGER, GATEWAY);
    });
    network.send(browser.protect(browser.sent) ?? new Uint8Array(), STRANGER, GATEWAY);
    network.runFor(3000);
    expect(answers.length).toBeGreaterThan(0);
    expect(gateway.session.isValidated(STRANGER)).toBe(false);
    expect(gateway.session.path?.remote).toEqual(WIFI);
  });

  it('who begins a stream of his own from elsewhere is not heard, even with the keys', () => {
    const call = talking();
    const { browser, gateway, network } = call;
    network.send(browser.protect(7, 0x55555555) ?? new Uint8Array(), STRANGER, GATEWAY);
    network.runFor(20);
    expect(gateway.refused.at(-1)).toBe(MEDIA_NOT_VALIDATED);
    expect(gateway.session.path?.remote).toEqual(WIFI);
  });
});
