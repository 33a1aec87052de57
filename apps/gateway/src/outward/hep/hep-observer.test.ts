import type { GatewayEvent, LegFigures, LegName } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { CALL_ID, callNow, STARTED_AT, timelineOf } from '../../testing/closed-calls.js';
import { type HepContent, HepObserver } from './hep-observer.js';

const PHONE = { address: '192.0.2.7', port: 5060 };
const SIP_ID = 'abc@192.0.2.7';
const BROWSER = { address: '198.51.100.9', port: 60_000 };
const MEDIA = { address: '203.0.113.5', port: 40_000 };

class World {
  readonly sent: HepContent[] = [];
  now = STARTED_AT;
  readonly observer = new HepObserver({
    send: (packet) => this.sent.push(packet),
    now: () => this.now,
    ownAddress: () => '203.0.113.5',
  });

  message(direction: 'in' | 'out', lines: readonly string[]): HepContent | undefined {
    const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
    const flow = { transport: 'udp', local: { address: '0.0.0.0', port: 5060 }, remote: PHONE } as const;
    this.observer.message({ direction, flow, bytes });
    return this.sent.at(-1);
  }

  event(event: GatewayEvent): this {
    this.observer.event(this.now, event, callNow());
    return this;
  }

  seconds(count: number, leg: LegName, figures: Partial<LegFigures> = {}): this {
    const steady: LegFigures = {
      ms: 1_000,
      codec: 'opus',
      packetsReceived: 45,
      bytesReceived: 3_000,
      packetsLost: 5,
      jitterMs: 10,
      packetsSent: 50,
      bytesSent: 3_200,
      ...figures,
    };
    for (let index = 0; index < count; index += 1) {
      this.now += 1_000;
      this.observer.sample(this.now, leg, { at: this.now, source: 'gateway', leg, figures: steady }, callNow());
    }
    return this;
  }

  get reports() {
    return this.sent
      .filter(({ protocol }) => protocol === 'rtcp')
      .map(({ payload, ...rest }) => ({ ...rest, report: JSON.parse(Buffer.from(payload).toString()) }));
  }
}

const INVITE = ['INVITE sip:100@192.0.2.7 SIP/2.0', `Call-ID: ${SIP_ID}`, 'To: <sip:100@192.0.2.7>'];

describe('SIP to Homer', () => {
  it('goes on as it is, between the addresses it was sent between', () => {
    const world = new World();
    const sent = world.message('out', [...INVITE, `Session-ID: ${CALL_ID};remote=${'0'.repeat(32)}`]);
    expect(sent).toMatchObject({
      protocol: 'sip',
      source: { address: '203.0.113.5', port: 5060 },
      destination: PHONE,
      at: STARTED_AT,
      correlationId: CALL_ID,
    });
    expect(Buffer.from(sent?.payload ?? []).toString()).toMatch(/^INVITE .*\r\n\r\n$/s);
    const answer = world.message('in', ['SIP/2.0 180 Ringing', `i: ${SIP_ID}`]);
    expect(answer).toMatchObject({ source: PHONE, destination: { port: 5060 }, correlationId: CALL_ID });
  });

  it('that comes in is named by the session of its caller, or else by ours as soon as we answer', () => {
    const theirs = 'f'.repeat(32);
    const world = new World();
    expect(world.message('in', [...INVITE, `Session-ID: ${theirs};remote=${'0'.repeat(32)}`])?.correlationId).toBe(
      theirs,
    );
    expect(world.message('out', ['SIP/2.0 100 Trying', `Call-ID: ${SIP_ID}`])?.correlationId).toBe(theirs);

    const plain = new World();
    expect(plain.message('in', INVITE)?.correlationId).toBeUndefined();
    expect(plain.message('out', ['SIP/2.0 180 Ringing', `Call-ID: ${SIP_ID}`, `Session-ID: ${CALL_ID}`])).toMatchObject(
      {
        correlationId: CALL_ID,
      },
    );
    expect(plain.message('in', ['ACK sip:100@192.0.2.7 SIP/2.0', `Call-ID: ${SIP_ID}`])).toMatchObject({
      correlationId: CALL_ID,
    });
  });

  it('is not named by what others claim inside a dialog, nor by the nil session', () => {
    const world = new World();
    const claimed = `Session-ID: ${'e'.repeat(32)}`;
    expect(world.message('in', ['SIP/2.0 200 OK', `Call-ID: ${SIP_ID}`, claimed])?.correlationId).toBeUndefined();
    const nil = `Session-ID: ${'0'.repeat(32)}`;
    expect(world.message('in', [...INVITE, nil])?.correlationId).toBeUndefined();
    const inDialog = ['INVITE sip:a SIP/2.0', `Call-ID: ${SIP_ID}`, 'To: <sip:100@192.0.2.7>;tag=1', claimed];
    expect(world.message('in', inDialog)?.correlationId).toBeUndefined();
  });
});

describe('RTCP to Homer', () => {
  const connected = (): World =>
    new World().event({ type: 'ice.state', leg: 'caller', state: 'connected', remote: BROWSER, local: MEDIA });

  it('is a report of five seconds, by the names its agents use', () => {
    const world = connected();
    world.message('out', [...INVITE, `Session-ID: ${CALL_ID}`]);
    world.seconds(5, 'caller');
    expect(world.reports).toEqual([
      {
        protocol: 'rtcp',
        source: MEDIA,
        destination: BROWSER,
        at: STARTED_AT + 5_000,
        // Homer shows it beside the SIP messages of this Call-ID.
        correlationId: SIP_ID,
        report: {
          sender_information: {
            ntp_timestamp_sec: STARTED_AT / 1000 + 5 + 2_208_988_800,
            ntp_timestamp_usec: 0,
            octets: 16_000,
            rtp_timestamp: 0,
            packets: 250,
          },
          ssrc: expect.any(Number),
          type: 200,
          report_count: 1,
          report_blocks: [
            {
              source_ssrc: expect.any(Number),
              highest_seq_no: 0,
              fraction_lost: 25,
              ia_jitter: 480,
              packets_lost: 25,
              lsr: 0,
              dlsr: 0,
            },
          ],
        },
      },
    ]);
  });

  it('counts packets from the beginning, and fractions of each interval', () => {
    const world = connected().seconds(5, 'caller').seconds(5, 'caller', { packetsLost: -2 });
    const [, second] = world.reports;
    expect(second?.report).toMatchObject({
      sender_information: { packets: 500 },
      report_blocks: [{ packets_lost: 15, fraction_lost: 0 }],
    });
  });

  it('says what the remote reports of ours as coming from there', () => {
    const world = connected().seconds(5, 'caller', { codec: 'PCMA', remotePacketsLost: 10, remoteJitterMs: 4 });
    const [ours, theirs] = world.reports;
    expect(theirs).toMatchObject({ source: BROWSER, destination: MEDIA });
    expect(theirs?.report).toMatchObject({
      type: 201,
      ssrc: ours?.report.report_blocks[0].source_ssrc,
      report_blocks: [{ source_ssrc: ours?.report.ssrc, packets_lost: 50, fraction_lost: 51, ia_jitter: 32 }],
    });
    expect(theirs?.report.sender_information).toBeUndefined();
  });

  it('finds the addresses of a SIP leg in its descriptions, and goes without where there are none', () => {
    const world = new World().seconds(6, 'callee');
    expect(world.sent).toEqual([]);
    const audio = { direction: 'sendrecv', codecs: ['PCMA'], telephoneEvents: true } as const;
    world.event({ type: 'sdp.set', leg: 'callee', side: 'local', kind: 'offer', audio: { ...audio, ...MEDIA } });
    world.event({
      type: 'sip.message',
      leg: 'callee',
      direction: 'in',
      method: 'INVITE',
      status: 200,
      cseq: 1,
      retransmission: false,
      bytes: 500,
      audio: { ...audio, address: '192.0.2.7', port: 4_000 },
    });
    world.seconds(5, 'callee');
    world.event({ type: 'media.moved', leg: 'callee', remote: { address: '192.0.2.8', port: 4_002 } });
    world.seconds(5, 'callee');
    expect(world.reports.map(({ destination, correlationId }) => [destination, correlationId])).toEqual([
      [{ address: '192.0.2.7', port: 4_000 }, CALL_ID],
      [{ address: '192.0.2.8', port: 4_002 }, CALL_ID],
    ]);
  });

  it('of what was left comes when the call is closed, and nothing after that', () => {
    const world = connected().seconds(7, 'caller');
    expect(world.reports).toHaveLength(1);
    world.observer.closed(timelineOf());
    expect(world.reports).toHaveLength(2);
    expect(world.reports[1]?.at).toBe(STARTED_AT + 7_000);
    world.observer.closed(timelineOf());
    expect(world.reports).toHaveLength(2);
  });
});
