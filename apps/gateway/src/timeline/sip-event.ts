import type { SipEvent } from '@earshot/sip';
import type { GatewayEvent, LegName } from '@earshot/telemetry';
import type { AudioSections } from './audio-section.js';

/** Of texts that others write. */
const MOST_TEXT = 160;
/** What may be somebody's number. */
const NUMBERS = /\+?\d{5,}/g;

/** Words of the far end without what may be a number, and no more of them than is needed. */
export const plainText = (text: string): string => text.replace(NUMBERS, '…').slice(0, MOST_TEXT);

/** An event of the SIP agent as an entry of the timeline. Numbers, names and raw messages stay out. */
export function sipEventOf(leg: LegName, event: SipEvent, sections: AudioSections): GatewayEvent | undefined {
  switch (event.type) {
    case 'message':
      return messageOf(leg, event, sections);
    case 'failed': {
      const { fault, status } = event;
      return {
        type: 'leg.failed',
        leg,
        code: fault.code,
        ...(status === undefined ? {} : { status }),
        ...(fault.detail === undefined ? {} : { detail: plainText(fault.detail) }),
      };
    }
    case 'ended': {
      const { by, fault, reasonHeader } = event;
      return {
        type: 'leg.ended',
        leg,
        by,
        ...reasonOf(reasonHeader),
        ...(fault === undefined ? {} : { code: fault.code }),
      };
    }
    case 'cancelled':
      return { type: 'leg.ended', leg, by: 'remote', ...reasonOf(event.reasonHeader), code: 'sip.cancelled_by_caller' };
    default:
      return undefined;
  }
}

const reasonOf = (header: string | undefined): { readonly reason?: string } =>
  header === undefined ? {} : { reason: plainText(header) };

function messageOf(
  leg: LegName,
  { direction, summary, bytes, flow }: Extract<SipEvent, { readonly type: 'message' }>,
  sections: AudioSections,
): GatewayEvent {
  const { method, status, reason: phrase, cseq, retransmission, reasonHeader, warning, agent, sdp } = summary;
  const said = [reasonHeader, warning].filter((text) => text !== undefined).join(' ');
  const audio = sdp === undefined || retransmission ? undefined : sections.read(sdp);
  const { address, port } = flow.remote;
  return {
    type: 'sip.message',
    leg,
    direction,
    method,
    ...(status === undefined ? {} : { status }),
    ...(phrase === undefined ? {} : { phrase: plainText(phrase) }),
    cseq,
    retransmission,
    bytes: bytes.length,
    remote: { address, port },
    ...(said === '' ? {} : { reason: plainText(said) }),
    ...(agent === undefined ? {} : { agent: plainText(agent) }),
    ...(audio === undefined ? {} : { audio }),
  };
}
