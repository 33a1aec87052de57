import type { SipEvent } from '@earshot/sip';
import type { ActiveCall } from './active-call.js';
import { faultOfReason } from './reason.js';

/** What the SIP agent says of a leg that a call has. */
export type SipLegEvent = Exclude<SipEvent, { type: 'incoming' | 'bad-message' | 'message' | 'options' | 'confirmed' }>;

/** Puts what happens on a SIP leg into the words of its call. */
export function takeSipEvent(call: ActiveCall, event: SipLegEvent): void {
  const { legId } = event;
  const sdp = 'sdp' in event && event.sdp !== undefined ? { sdp: event.sdp } : {};
  switch (event.type) {
    case 'progress':
      call.handle({ type: 'leg.progress', legId, status: event.status, ...sdp });
      return;
    case 'answered':
      call.handle({ type: 'leg.answered', legId, ...sdp });
      return;
    case 'failed': {
      const status = event.status === undefined ? {} : { status: event.status };
      call.handle({ type: 'leg.failed', legId, fault: event.fault, ...status });
      return;
    }
    case 'ended': {
      const because = event.fault ?? faultOfReason(event.reasonHeader);
      call.handle({ type: 'leg.ended', legId, ...(because === undefined ? {} : { fault: because }) });
      return;
    }
    case 'cancelled':
      call.handle({ type: 'leg.ended', legId });
      return;
    case 'dtmf': {
      const { digit, durationMs } = event;
      call.handle({ type: 'media', event: { type: 'leg.dtmf', legId, digit, durationMs } });
      return;
    }
    case 'reinvite':
      if (event.needsAnswer) call.handle({ type: 'leg.description', legId, sdp: event.sdp });
      else call.answeredOffer(legId, event.sdp);
      return;
  }
}
