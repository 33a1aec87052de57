import type { Vantage } from '@earshot/telemetry';
import { BOTH, type CataloguePart, EITHER, GATEWAY, row } from './entry.js';

const MIDDLE: readonly (readonly Vantage[])[] = [['gateway'], ['capture']];

/** Sound that does not come through, and networks that harm it. */
export const MEDIA: CataloguePart = {
  'media.one_way_uplink': row(
    'fault',
    BOTH,
    4_000,
    'packets leave one hop and never reach the next, on the way from caller to callee; the count of lost packets stays 0',
    'Look at firewall and NAT at the hop that is named.',
  ),
  'media.one_way_downlink': row(
    'fault',
    BOTH,
    4_000,
    'packets leave one hop and never reach the next, on the way from callee to caller; the count of lost packets stays 0',
    'Look at firewall and NAT at the hop that is named.',
  ),
  'media.far_end_leg_dead': row(
    'fault',
    MIDDLE,
    4_000,
    'answered, not on hold, and no packet from the phone side for 3.5 s',
    'Check firewall and NAT between gateway and phone side, and sip.advertisedAddress.',
  ),
  'media.far_end_silent': row(
    'fault',
    [['gateway'], ['browser']],
    4_000,
    'packets with digital silence from the answer on, while somebody speaks on this side',
    'Look at the phone or PBX: muted, or its audio device is missing.',
  ),
  'media.payload_mismatch': row(
    'fault',
    EITHER,
    0,
    'packets that were not agreed on or do not decode, 3 of 5 s',
    'Compare the codecs agreed on with what the phone or PBX sends.',
  ),
  'network.loss': row(
    'degraded',
    EITHER,
    2_000,
    'more than 1% (G.711) or 4% (Opus) lost, or 3% audibly concealed, 3 of 5 s',
    'Look at the network of this side; prefer Opus there.',
  ),
  'network.loss_burst': row(
    'degraded',
    EITHER,
    2_000,
    'losses in runs of four packets and more, or two runs of 100 ms in 10 s',
    'Wi-Fi that roams or is disturbed does this.',
  ),
  'network.jitter': row(
    'degraded',
    EITHER,
    4_000,
    'jitter above 30 ms of 10 packets a second and more, or packets too late to be played without loss, 3 of 5 s',
    'Look for full queues on the way; prefer voice there.',
  ),
  'network.delay': row(
    'degraded',
    EITHER,
    2_000,
    'a round trip above 400 ms that stays so: 3 of 5 s, or two measurements',
    'Use a nearer relay or gateway for this network.',
  ),
  'network.congestion': row(
    'degraded',
    EITHER,
    2_000,
    'the round trip rises by 100 ms and more, or packets wait on the way, then are lost; or it climbs without end',
    'Have voice preferred in the router of this side.',
  ),
  'network.far_end_loss': row(
    'degraded',
    GATEWAY,
    2_000,
    'loss on the SIP leg, by our count or its reports',
    'Look at the network towards the PBX or trunk.',
  ),
};
