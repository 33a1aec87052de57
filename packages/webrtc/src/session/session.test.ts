import { nodeCrypto as crypto } from '@earshot/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DtlsClient } from '../dtls/testing/dtls-client.js';
import { SRTP_AUTH_FAILED, SRTP_MAX_OVERHEAD, SRTP_REPLAYED, SrtpReceiver, SrtpSender } from '../srtp/index.js';
import { FIRST, printCheck, SECOND } from '../testing/checks.js';
import { browserCertificate, CELLULAR, GATEWAY, type VirtualCall, virtualCall, WIFI } from '../testing/virtual-call.js';
import { MEDIA_NOT_READY, MEDIA_NOT_VALIDATED } from './types.js';

const STRANGER = { address: '198.51.100.66', port: 6666 };
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

function connectedCall(options?: Parameters<typeof virtualCall>[0]): VirtualCall {
  const call = virtualCall(options);
  call.network.runFor(400);
  expect(call.gateway.story()).toContain('ready');
  return call;
}

/** An attacker's ClientHello, and junk that looks like DTLS. */
function strangeDtls(): Uint8Array[] {
  const attacker = new DtlsClient({ crypto, certificate: browserCertificate });
  const fatalAlert = Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40);
  return [...attacker.start(0), fatalAlert];
}

describe('a call', () => {
  it('is checked, nominated and secured, then carries media both ways', () => {
    const { gateway, browser, talkFor } = connectedCall();
    expect(gateway.story()).toEqual(['checking', `path ${WIFI.address}`, 'connected', 'ready']);
    expect(gateway.session.path?.remote).toEqual(WIFI);
    expect(browser.ice.mapped).toEqual(WIFI);
    expect(browser.dtls.complaints).toEqual([]);
    talkFor(200);
    expect(gateway.heard).toEqual(range(0, 10));
    expect(browser.heard).toEqual(range(0, 10));
  });

  it('tells flights and timings of DTLS and never its keys', () => {
    const { gateway } = connectedCall();
    const ready = gateway.events.find(({ type }) => type === 'ready');
    expect(ready).toMatchObject({ profile: 'AES128_CM_HMAC_SHA1_80', durationMs: 20 });
    const flights = gateway.events.flatMap((event) =>
      event.type === 'dtls' && event.event.type === 'flight' ? [event.event.flight] : [],
    );
    expect(flights).toEqual([1, 4, 5, 6]);
    expect(JSON.stringify(gateway.events)).not.toMatch(/"(key|salt|keys)"/);
  });

  it('fails by name when the certificate is not the announced one', () => {
    const other = { ...browserCertificate, fingerprint: browserCertificate.fingerprint.replace(/^../, 'AA') };
    const call = virtualCall({ expectedCertificate: other });
    call.network.runFor(400);
    const failed = call.gateway.events.find(({ type }) => type === 'failed');
    expect(failed).toMatchObject({ fault: { code: 'dtls.fingerprint_mismatch' } });
    call.talkFor(100);
    expect(call.gateway.heard).toEqual([]);
    expect(call.gateway.session.protectRtp(new Uint8Array(200), 100)).toBe(MEDIA_NOT_READY);
  });

  it('that is closed says goodbye once and answers nothing', () => {
    const { gateway, network, browser } = connectedCall();
    gateway.apply(gateway.session.close(network.now));
    network.runFor(100);
    expect(browser.dtls.alerts).toEqual([0]);
    expect(gateway.session.close(network.now)).toEqual([]);
    expect(gateway.session.receive(network.now, printCheck(), WIFI, GATEWAY)).toEqual([]);
    expect(gateway.session.nextTimeout).toBeUndefined();
    expect(gateway.session.path).toBeUndefined();
    expect(gateway.session.localUfrags()).toEqual([]);
    expect(gateway.session.unprotectRtp(new Uint8Array(200), 100, WIFI, GATEWAY, network.now)).toBe(MEDIA_NOT_READY);
  });
});

describe('an ICE restart in mid-call', () => {
  it('moves to another network without losing a packet, and keeps DTLS', () => {
    const { gateway, browser, network, talkFor } = connectedCall();
    talkFor(200);
    gateway.apply(gateway.session.restart(network.now, SECOND));
    browser.restart(SECOND, [CELLULAR]);
    talkFor(1000);
    network.cut(WIFI);
    talkFor(7000);
    network.runFor(100);
    expect(gateway.session.path?.remote).toEqual(CELLULAR);
    expect(gateway.heard).toEqual(range(0, browser.sent));
    expect(browser.heard).toEqual(range(0, 410));
    expect(gateway.story().filter((word) => word === 'ready').length).toBe(1);
    expect(gateway.story().slice(4)).toEqual([`path ${CELLULAR.address}`]);
    expect(gateway.session.localUfrags()).toEqual([FIRST.ufrag, SECOND.ufrag]);
    network.runFor(30_000);
    expect(gateway.session.localUfrags()).toEqual([SECOND.ufrag]);
  });

  it('regains a path that was lost', () => {
    const { gateway, browser, network, talkFor } = connectedCall({ consentTimeoutMs: 3000 });
    network.cut(WIFI);
    talkFor(4000);
    expect(gateway.story().at(-1)).toBe('lost');
    gateway.apply(gateway.session.restart(network.now, SECOND));
    browser.restart(SECOND, [CELLULAR]);
    talkFor(1000);
    expect(gateway.story().slice(-3)).toEqual(['lost', `path ${CELLULAR.address}`, 'connected']);
    expect(gateway.heard.length).toBeGreaterThan(40);
  });

  it('that the browser never answers leaves the call as it is', () => {
    const { gateway, browser, network, talkFor } = connectedCall();
    gateway.apply(gateway.session.restart(network.now, SECOND));
    talkFor(2000);
    network.runFor(50);
    expect(gateway.heard).toEqual(range(0, browser.sent));
    expect(gateway.session.localUfrags()).toEqual([FIRST.ufrag, SECOND.ufrag]);
  });
});

describe('two addresses of the browser', () => {
  it('aggressively nominated end on the preferred one', () => {
    const { gateway } = connectedCall({ addresses: [WIFI, CELLULAR], nomination: 'aggressive' });
    expect(gateway.session.path?.remote).toEqual(WIFI);
  });

  it('regularly nominated follow the browser when its first path breaks and when it mends', () => {
    const { gateway, network, talkFor } = connectedCall({ addresses: [WIFI, CELLULAR] });
    expect(gateway.session.path?.remote).toEqual(WIFI);
    network.cut(WIFI);
    talkFor(4000);
    expect(gateway.session.path?.remote).toEqual(CELLULAR);
    network.mend(WIFI);
    talkFor(2000);
    expect(gateway.session.path?.remote).toEqual(WIFI);
    expect(gateway.story()).not.toContain('lost');
  });
});

describe('a browser that nominates late', () => {
  const late = (): VirtualCall => {
    const call = virtualCall({ nominatesAfterMs: 2500 });
    call.network.runFor(400);
    return call;
  };

  it('hears at once what goes the way its handshake came', () => {
    const { gateway, browser, talkFor, network } = late();
    expect(gateway.story()).toEqual(['checking', 'ready']);
    talkFor(200);
    network.runFor(50);
    expect(gateway.heard).toEqual(range(0, 10));
    expect(browser.heard).toEqual(range(0, 10));
    talkFor(3000);
    expect(gateway.story().slice(2)).toEqual([`path ${WIFI.address}`, 'connected']);
    expect(gateway.session.path?.remote).toEqual(WIFI);
  });

  it('is sent nothing before its certificate was verified', () => {
    const call = virtualCall({ nominatesAfterMs: 2500 });
    while (call.gateway.session.path === undefined) call.network.runFor(1);
    expect(call.gateway.story()).toEqual(['checking', 'ready']);
  });

  it('and falls silent before it does is sent nothing after 30 s', () => {
    const { gateway, network } = late();
    network.cut(WIFI);
    network.runFor(29_000);
    expect(gateway.session.path?.remote).toEqual(WIFI);
    network.runFor(1100);
    expect(gateway.session.path).toBeUndefined();
    expect(gateway.session.nextTimeout).toBeUndefined();
  });
});

describe('consent', () => {
  it('is lost when the browser falls silent and regained when it is back', () => {
    const { gateway, network } = connectedCall();
    network.cut(WIFI);
    network.runFor(16_000);
    expect(gateway.story().at(-1)).toBe('lost');
    network.runFor(20_000);
    expect(gateway.session.path).toBeUndefined();
    network.mend(WIFI);
    network.runFor(2000);
    expect(gateway.story().at(-1)).toBe('connected');
    expect(gateway.session.path?.remote).toEqual(WIFI);
  });
});

describe('without consent', () => {
  it('nothing is sent to a browser that fell silent, neither media nor the goodbye, until it is back', () => {
    const { gateway, browser, network, talkFor } = connectedCall();
    network.cut(WIFI);
    talkFor(31_000);
    const before = network.sent.filter(({ from }) => from === GATEWAY).length;
    talkFor(10_000);
    expect(network.sent.filter(({ from }) => from === GATEWAY).length).toBe(before);
    network.mend(WIFI);
    network.runFor(1000);
    const heard = browser.heard.length;
    talkFor(100);
    network.runFor(20);
    expect(browser.heard.length).toBe(heard + 5);
    network.cut(WIFI);
    talkFor(31_000);
    expect(gateway.session.close(network.now).filter(({ type }) => type === 'send')).toEqual([]);
  });
});

describe('from an address that ICE did not validate', () => {
  /** The stranger speaks; nothing may come back or change. */
  function intrude({ gateway, network }: VirtualCall): void {
    const datagrams = strangeDtls();
    const before = gateway.session.counters.dtlsNotValidated;
    const [events, due] = [gateway.events.length, gateway.session.nextTimeout];
    for (const datagram of datagrams) {
      expect(gateway.session.receive(network.now, datagram, STRANGER, GATEWAY)).toEqual([]);
    }
    expect(gateway.session.counters.dtlsNotValidated).toBe(before + datagrams.length);
    expect([gateway.events.length, gateway.session.nextTimeout]).toEqual([events, due]);
  }

  it('a ClientHello before, during and after the handshake changes nothing', () => {
    const call = virtualCall();
    intrude(call);
    for (let step = 0; step < 40; step += 1) {
      call.network.runFor(5);
      intrude(call);
    }
    call.talkFor(100);
    intrude(call);
    call.talkFor(100);
    expect(call.gateway.heard).toEqual(range(0, call.browser.sent));
    expect(call.gateway.heard.length).toBeGreaterThan(8);
    expect(call.network.sent.filter(({ to }) => to.address === STRANGER.address)).toEqual([]);
    expect(call.browser.dtls.alerts).toEqual([]);
  });

  it('media is dropped even when it would authenticate, and stays playable from the right one', () => {
    const { gateway, browser, network } = connectedCall();
    const packet = browser.protect(0) ?? new Uint8Array();
    network.send(packet, STRANGER, GATEWAY);
    network.runFor(20);
    expect(gateway.refused).toEqual([MEDIA_NOT_VALIDATED]);
    network.send(packet, WIFI, GATEWAY);
    network.runFor(20);
    expect(gateway.heard).toEqual([0]);
    expect(gateway.session.counters).toMatchObject({ mediaNotValidated: 1, mediaRefused: 0 });
  });

  it('a check with a wrong password opens no door', () => {
    const { gateway, network } = virtualCall();
    network.send(printCheck({ password: 'guessed', useCandidate: true }), STRANGER, GATEWAY);
    network.runFor(20);
    expect(gateway.session.isValidated(STRANGER)).toBe(false);
    intrude({ gateway, network, browser: virtualCall().browser, talkFor: () => undefined });
  });
});

describe('media', () => {
  it('before the keys is refused as not ready', () => {
    const { gateway, network } = virtualCall();
    network.send(printCheck(), STRANGER, GATEWAY);
    network.runFor(15);
    const packet = new Uint8Array(200).fill(0x80);
    expect(gateway.session.unprotectRtp(packet, 172, STRANGER, GATEWAY, network.now)).toBe(MEDIA_NOT_READY);
    expect(gateway.session.unprotectRtcp(packet, 172, STRANGER)).toBe(MEDIA_NOT_READY);
    expect(gateway.session.counters.mediaNotReady).toBe(2);
  });

  it('replayed or forged is refused and counted, and the call goes on', () => {
    const { gateway, browser, network, talkFor } = connectedCall();
    const packet = browser.protect(0) ?? new Uint8Array();
    const forged = packet.slice();
    forged[20] = (forged[20] ?? 0) ^ 1;
    for (const datagram of [forged, packet, packet]) network.send(datagram, WIFI, GATEWAY);
    network.runFor(20);
    expect(gateway.refused).toEqual([SRTP_AUTH_FAILED, SRTP_REPLAYED]);
    expect(gateway.session.counters.mediaRefused).toBe(2);
    browser.sent = 1;
    talkFor(100);
    expect(gateway.heard).toEqual(range(0, 6));
  });

  it('of RTCP goes through in both directions', () => {
    const { gateway, browser } = connectedCall();
    const { keys } = browser.dtls;
    if (keys === undefined) throw new Error('no keys');
    const sender = new SrtpSender(crypto, keys.profile, keys.local.key, keys.local.salt);
    const receiver = new SrtpReceiver(crypto, keys.profile, keys.remote.key, keys.remote.salt);
    const report = Uint8Array.of(0x80, 201, 0, 1, 1, 2, 3, 4);
    const packet = new Uint8Array(report.length + SRTP_MAX_OVERHEAD);

    packet.set(report);
    const sent = gateway.session.protectRtcp(packet, report.length);
    expect(receiver.unprotectRtcp(packet, sent)).toBe(report.length);
    const received = sender.protectRtcp(packet, report.length);
    expect(gateway.session.unprotectRtcp(packet, received, STRANGER)).toBe(MEDIA_NOT_VALIDATED);
    expect(gateway.session.unprotectRtcp(packet, received, WIFI)).toBe(report.length);
    expect(packet.subarray(0, report.length)).toEqual(report);
  });
});

describe('any datagram', () => {
  it('neither throws nor draws more bytes than it brought, from anywhere, at any time', () => {
    const check = printCheck();
    const hello = strangeDtls()[0] ?? new Uint8Array();
    const mutated = fc
      .tuple(fc.constantFrom(check, hello), fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 5 }))
      .map(([original, changes]) => {
        const bytes = original.slice();
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    const call = connectedCall();
    const fresh = virtualCall();
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), mutated), fc.boolean(), (datagram, isOld) => {
        const { session } = (isOld ? call : fresh).gateway;
        const from = { address: STRANGER.address, port: 7000 };
        const wasValidated = session.isValidated(from);
        const sent = session
          .receive(1000, datagram, from, GATEWAY)
          .flatMap((output) => (output.type === 'send' ? [output] : []));
        session.unprotectRtp(datagram.slice(), datagram.length, from, GATEWAY, 1000);
        session.unprotectRtcp(datagram.slice(), datagram.length, from);
        const bytes = sent.reduce((sum, output) => sum + output.datagram.length, 0);
        if (!wasValidated) expect(bytes).toBeLessThanOrEqual(datagram.length);
        expect(sent.length).toBeLessThanOrEqual(8);
      }),
      { seed: 7983, numRuns: 2000 },
    );
  });
});
