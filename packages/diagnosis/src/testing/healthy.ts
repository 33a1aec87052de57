import type { BrowserFigures, CandidateFacts, LegFigures } from '@earshot/telemetry';
import { AUDIO, CallWriter, REMOTE, type Second } from './call-writer.js';
import { viaUdpRelay } from './cases-path.js';

/** A call with nothing wrong, of each kind there is. `random`: 0 to 1, for what differs from call to call. */
export type HealthyCall = (random: () => number) => CallWriter;

const between = (random: () => number, low: number, high: number): number => low + random() * (high - low);

/** A second as networks are: a little uneven, now and then a packet missing. */
const alive = (random: () => number): Required<Second> => {
  const stray = (): number => (random() < 0.02 ? 1 : 0);
  const page = (): Partial<BrowserFigures> => {
    const lost = stray();
    return {
      packetsLost: lost,
      packetsReceived: 50 - lost + Math.round(between(random, -1, 1)),
      jitterMs: between(random, 0, 18),
      roundTripMs: between(random, 5, 150),
      pairRoundTripMs: between(random, 5, 150),
      concealedSamples: Math.round(between(random, 0, 900)),
      silentConcealedSamples: 0,
      micEnergy: random() < 0.4 ? between(random, 1e-7, 1e-6) : between(random, 1e-3, 0.1),
      lateMs: between(random, 0, 90),
    };
  };
  const leg = (): Partial<LegFigures> => {
    const lost = stray();
    return {
      packetsLost: lost,
      packetsReceived: 50 - lost,
      jitterMs: between(random, 0, 18),
      maxGapMs: between(random, 21, 70),
    };
  };
  return { page, caller: leg, callee: () => ({ ...leg(), levelDb: between(random, -62, -12) }) };
};

const rtp = (packets: number): Partial<LegFigures> => ({ packetsReceived: packets, bytesReceived: packets * 8 });
const HIDDEN: CandidateFacts = { type: 'host', protocol: 'udp', address: 'f3b1.local', port: 50_000 };
const GONE = {
  packetsReceived: 0,
  packetsSent: 0,
  transportBytesReceived: 0,
  transportBytesSent: 0,
  concealedSamples: 48_000,
  remoteEnergy: 0.001,
};

/** The gateway comes late, several times a second, as it says now and goes on doing. */
function starve(writer: CallWriter, random: () => number, times: number): CallWriter {
  for (let i = 0; i < times; i += 1) {
    writer.after(200).gateway({ type: 'gateway.stalled', lateMs: Math.round(between(random, 240, 650)) });
  }
  return writer;
}

export const HEALTHY: Readonly<Record<string, HealthyCall>> = {
  'an ordinary call': (random) => new CallWriter().connects().runs(30, alive(random)).ends(),
  'a call from the phone': (random) => {
    const writer = new CallWriter('sip', 'browser');
    return writer
      .gateway({ type: 'call.state', state: 'routing' })
      .after(900)
      .gateway({ type: 'call.state', state: 'answered', waitingFor: [] })
      .runs(20, { caller: alive(random).caller, callee: {} })
      .ends(undefined, 'caller');
  },
  'between two browsers': (random) =>
    new CallWriter('browser', 'browser')
      .gateway({ type: 'call.state', state: 'routing' })
      .after(2_000)
      .gateway({ type: 'call.state', state: 'answered', waitingFor: [] })
      .runs(20, { page: alive(random).page })
      .ends(undefined, 'callee'),
  'muted for a while': (random) =>
    new CallWriter()
      .connects()
      .runs(8, alive(random))
      .browser({ type: 'mic.track', state: 'disabled' })
      .runs(12, { ...alive(random), page: { micEnergy: 0 } })
      .browser({ type: 'mic.track', state: 'enabled' })
      .runs(6, alive(random))
      .ends(),
  'long silence with DTX': (random) =>
    new CallWriter()
      .connects()
      .runs(6, alive(random))
      .runs(25, {
        page: () => ({
          packetsSent: 3,
          bytesSent: 30,
          micEnergy: between(random, 8e-8, 6e-7),
          packetsReceived: 3,
          remoteEnergy: 1e-7,
        }),
        caller: () => ({ ...rtp(3), packetsSent: 3 }),
        callee: () => ({ ...rtp(50), levelDb: -64, packetsSent: 50 }),
      })
      .runs(5, alive(random))
      .ends(),
  'a phone that suppresses silence': (random) =>
    new CallWriter()
      .connects()
      .runs(12, { ...alive(random), callee: (i) => rtp(i % 2 === 0 ? 50 : 18) })
      .runs(10, {
        ...alive(random),
        callee: rtp(0),
        page: { packetsReceived: 0, remoteEnergy: 0 },
        caller: { packetsSent: 0 },
      })
      .runs(5, alive(random))
      .ends(),
  'nobody talks at all': () =>
    new CallWriter()
      .connects()
      .runs(25, { page: { micEnergy: 3e-7, remoteEnergy: 1e-8 }, callee: { levelDb: -66 } })
      .ends(),
  'muted from the start on a line that echoes': () =>
    new CallWriter()
      .connects()
      .browser({ type: 'mic.track', state: 'disabled' })
      .runs(25, { page: { micEnergy: 0, remoteEnergy: 0 }, callee: { levelDb: -127 } })
      .ends(),
  'early media': (random) =>
    new CallWriter()
      .begins()
      .reaches()
      .after(20)
      .sip('in', 'INVITE', 100)
      .after(300)
      .sip('in', 'INVITE', 183, { audio: AUDIO } as never)
      .gateway({ type: 'call.state', state: 'early' })
      .runs(12, { page: { remoteEnergy: 0.01 } })
      .answers()
      .heard()
      .runs(10, alive(random))
      .ends(),
  'rings for long': (random) =>
    new CallWriter()
      .begins()
      .reaches()
      .rings()
      .runs(30, {
        page: { packetsReceived: 0, packetsSent: 0, remoteEnergy: 0, samplesReceived: 0 },
        caller: { ...rtp(0), packetsSent: 0 },
        callee: { ...rtp(0), packetsSent: 0 },
      })
      .answers(500)
      .heard()
      .runs(10, alive(random))
      .ends(),
  'the far end holds and comes back': (random) =>
    new CallWriter()
      .connects()
      .runs(6, alive(random))
      .sip('in', 'INVITE', undefined, { audio: { ...AUDIO, direction: 'sendonly' } } as never)
      .runs(12, { ...alive(random), callee: { levelDb: -25 } })
      .sip('in', 'INVITE', undefined, { audio: AUDIO } as never)
      .runs(6, alive(random))
      .ends(),
  'nobody sends while it is held, and sound takes a moment to come back': (random) =>
    new CallWriter()
      .connects()
      .runs(6, alive(random))
      .sip('in', 'INVITE', undefined, { audio: { ...AUDIO, direction: 'inactive' } } as never)
      .runs(9, {
        page: { packetsReceived: 0, remoteEnergy: 0 },
        caller: { packetsSent: 0 },
        callee: { ...rtp(0), packetsSent: 0 },
      })
      .sip('in', 'INVITE', undefined, { audio: AUDIO } as never)
      .runs(1, {
        page: { packetsReceived: 0, remoteEnergy: 0 },
        caller: { packetsSent: 0 },
        callee: { ...rtp(0), packetsSent: 4 },
      })
      .runs(8, alive(random))
      .ends(),
  'through a relay over UDP': (random) => viaUdpRelay().runs(15, alive(random)).ends(),
  'G.711 from end to end': (random) =>
    new CallWriter()
      .connects()
      .gateway({ type: 'call.codecs', mode: 'pass-through', caller: 'PCMA', callee: 'PCMA' })
      .runs(20, { page: { decoder: 'PCMA', jitterMs: between(random, 0, 15) }, caller: { codec: 'PCMA' } })
      .ends(),
  'an ICE restart': (random) =>
    new CallWriter()
      .connects()
      .runs(6, alive(random))
      .gateway({ type: 'ice.restart' })
      .runs(1, { page: { ...GONE }, caller: { ...rtp(0), packetsSent: 50 } })
      .gateway({ type: 'ice.state', state: 'connected', remote: { address: '198.51.100.0', port: 50_002 } })
      .runs(8, alive(random))
      .ends(),
  'a network switch that recovers': (random) =>
    new CallWriter()
      .connects()
      .runs(6, alive(random))
      .gateway({ type: 'leg.signaling', state: 'lost' })
      .runs(2, { page: { ...GONE }, caller: rtp(0) })
      .gateway({ type: 'leg.signaling', state: 'resumed' })
      .browser({ type: 'ice.pair', local: { ...HIDDEN, address: '192.0.2.0' }, remote: REMOTE })
      .gateway({ type: 'ice.state', state: 'connected', remote: { address: '192.0.2.0', port: 7 } })
      .runs(10, alive(random))
      .ends(),
  'a page that is loaded anew': (random) =>
    new CallWriter()
      .connects()
      .runs(6, alive(random))
      .browser({ type: 'client.lifecycle', state: 'leaving' })
      .gateway({ type: 'leg.signaling', state: 'lost' })
      .runs(1, { page: 'nothing', caller: rtp(Math.round(between(random, 0, 45))) })
      .gateway({ type: 'leg.signaling', state: 'resumed' })
      .gateway({ type: 'leg.replaced', reason: 'rejoined' })
      .gateway({ type: 'call.state', state: 'reconnecting', side: 'caller' })
      .browser({ type: 'client.lifecycle', state: 'taken_up' })
      .gateway({ type: 'ice.state', state: 'connected', remote: { address: '198.51.100.0', port: 50_100 } })
      .gateway({ type: 'dtls.state', state: 'connected', durationMs: 50 })
      .gateway({ type: 'call.state', state: 'connected' })
      .runs(1, { ...alive(random), caller: rtp(30) })
      .runs(12, alive(random))
      .ends(),
  'moved to a phone because the user asked': (random) =>
    new CallWriter()
      .connects()
      .runs(6, alive(random))
      .gateway({ type: 'leg.callback', state: 'calling', asked: true })
      .runs(4, alive(random))
      .gateway({ type: 'leg.callback', state: 'joined', asked: true })
      .gateway({ type: 'leg.replaced', reason: 'moved_to_phone' })
      .gateway({ type: 'call.state', state: 'reconnecting', side: 'caller' })
      .after(200)
      .gateway({ type: 'call.state', state: 'connected' })
      .runs(2, { page: 'nothing', caller: { codec: 'PCMA', levelDb: -30 } })
      .gateway({ type: 'leg.signaling', state: 'gone' })
      .runs(20, { page: 'nothing', caller: { codec: 'PCMA', levelDb: -30 } })
      .ends(),
  'a page in the background': (random) =>
    new CallWriter()
      .connects()
      .runs(4, alive(random))
      .browser({ type: 'client.lifecycle', state: 'hidden' })
      .runs(15, { page: () => ({ hidden: true, lateMs: between(random, 0, 990) }) })
      .ends(),
  'figures that come seldom': (random) => {
    const writer = new CallWriter().connects().runs(5, alive(random));
    for (let i = 0; i < 4; i += 1) {
      writer.runs(4, { page: 'nothing' });
      writer.runs(1, {
        page: {
          ms: 5_000,
          packetsReceived: 250,
          packetsSent: 250,
          samplesReceived: 240_000,
          micSeconds: 5,
          remoteSeconds: 5,
          micEnergy: 0.1,
          remoteEnergy: 0.1,
          transportBytesReceived: 27_500,
        },
      });
    }
    return writer.ends();
  },
  'a gateway that hardly gets its turn, and a page that stands still': (random) => {
    const writer = new CallWriter().connects().runs(5, alive(random));
    starve(writer, random, 3).runs(4, { page: 'nothing', caller: rtp(0), callee: { ...rtp(50), packetsSent: 4 } });
    return writer
      .browser({ type: 'client.stalled', lateMs: 4_200 })
      .runs(1, { page: { ms: 4_900, packetsSent: 60, packetsReceived: 119, lateMs: 4_191 }, caller: rtp(56) })
      .runs(8, alive(random))
      .ends();
  },
  'a machine that starves for seconds, again and again': (random) => {
    const writer = new CallWriter().connects().runs(5, alive(random));
    for (let i = 0; i < 3; i += 1) {
      const sent = { ms: 5_000, packetsSent: 234, packetsReceived: 209, lateMs: 4_400, checksAnswered: 1 };
      starve(writer, random, 2).runs(2, { page: 'nothing', caller: rtp(16), callee: { packetsSent: 16 } });
      writer.browser({ type: 'client.stalled', lateMs: 4_400 }).runs(1, { page: sent, caller: rtp(0) });
      starve(writer, random, 2).runs(3, { page: 'nothing', caller: rtp(0), callee: { packetsSent: 4 } });
      writer.runs(2, { ...alive(random), caller: rtp(110) });
    }
    return writer.runs(6, alive(random)).ends();
  },
  'a machine that starved, and a page that plays late until it has caught up': (random) => {
    const writer = starve(new CallWriter().connects().runs(5, alive(random)), random, 4);
    for (let bufferMs = 1_600; bufferMs > 100; bufferMs -= 220) {
      const page = { jitterBufferMs: bufferMs, jitterMs: between(random, 21, 28) };
      writer.runs(1, { ...alive(random), page });
    }
    return writer.runs(10, alive(random)).ends();
  },
  'silence of which little is sent, after a moment that was uneven': (random) => {
    const writer = new CallWriter().connects().runs(5, alive(random));
    for (let jitterMs = 74; jitterMs > 15; jitterMs *= 0.8) {
      const caller = { packetsReceived: 4, jitterMs, maxGapMs: 410 };
      writer.runs(1, { ...alive(random), page: { packetsSent: 4 }, caller });
    }
    return writer.runs(5, alive(random)).ends();
  },
  'everything sent twice, as after losses that are over': (random) => {
    const { page, ...legs } = alive(random);
    const twice = (second: number): Partial<BrowserFigures> => ({
      ...(typeof page === 'function' ? page(second) : {}),
      packetsDiscarded: 50,
    });
    return new CallWriter()
      .connects()
      .runs(15, { ...legs, page: twice })
      .ends();
  },
  'one bad second': (random) =>
    new CallWriter()
      .connects()
      .runs(6, alive(random))
      .runs(1, {
        page: { packetsLost: 12, packetsReceived: 38, jitterMs: 45, concealedSamples: 11_000, concealmentEvents: 9 },
      })
      .runs(10, alive(random))
      .ends(),
  'hung up by the far end, media stops first': (random) =>
    new CallWriter()
      .connects()
      .runs(8, alive(random))
      .runs(2, { page: { packetsReceived: 0, remoteEnergy: 0 }, caller: { packetsSent: 0 }, callee: rtp(0) })
      .sip('in', 'BYE', undefined, { reason: 'Q.850;cause=16;text="Normal call clearing"' } as never)
      .gateway({ type: 'leg.ended', by: 'remote', reason: 'Q.850;cause=16;text="Normal call clearing"' }, 'callee')
      .ends(undefined, 'callee'),
  'hung up and the page closes': (random) =>
    new CallWriter()
      .connects()
      .runs(8, alive(random))
      .browser({ type: 'client.lifecycle', state: 'leaving' })
      .gateway({ type: 'leg.ended', by: 'remote' })
      .ends()
      .after(50)
      .gateway({ type: 'leg.signaling', state: 'gone' })
      .gateway({ type: 'ice.state', state: 'lost' })
      .browser({ type: 'mic.track', state: 'ended' }),
  'cancelled while it rings': () =>
    new CallWriter()
      .begins()
      .reaches()
      .rings()
      .after(3_000)
      .sip('out', 'CANCEL')
      .sip('in', 'INVITE', 487)
      .ends('sip.cancelled_by_caller', 'caller', 'cancelled'),
  'challenged, and answered with credentials': (random) =>
    new CallWriter()
      .begins()
      .reaches()
      .after(20)
      .sip('in', 'INVITE', 407)
      .sip('out', 'ACK')
      .sip('out', 'INVITE', undefined, { cseq: 2 } as never)
      .rings()
      .answers()
      .heard()
      .runs(8, alive(random))
      .ends(),
};
