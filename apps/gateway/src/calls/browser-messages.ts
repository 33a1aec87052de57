import { fault } from '@earshot/base';
import type { ClientMessage } from '@earshot/signaling';
import type { ActiveCall } from './active-call.js';
import type { BrowserLeg } from './browser-leg.js';
import type { CallBacks } from './call-back.js';

/** What a page says of a call in which it has a leg. */
export type BrowserLegMessage = Exclude<ClientMessage, { type: 'call.start' | 'call.abandoned' | 'presence.set' }>;

/** Puts what a page says about its leg into the words of the call. */
export function takeBrowserMessage(
  call: ActiveCall,
  leg: BrowserLeg,
  message: BrowserLegMessage,
  callBacks: CallBacks,
): void {
  const legId = leg.id;
  leg.asked(message.type);
  switch (message.type) {
    case 'call.accept':
      call.handle({ type: 'leg.answered', legId, sdp: message.sdp });
      return;
    case 'call.reject': {
      const code = message.reason === 'busy' ? 'sip.busy' : 'sip.declined';
      call.handle({ type: 'leg.failed', legId, fault: fault(code) });
      return;
    }
    case 'call.hangup':
      call.handle({ type: 'leg.ended', legId });
      return;
    case 'call.description':
      if (message.kind === 'offer') {
        const { sdp, abandons = false } = message;
        call.handle({ type: 'leg.description', legId, sdp, abandons });
      }
      return;
    case 'call.restarted':
      call.handle({ type: 'leg.restarted', legId, sdp: message.sdp });
      return;
    case 'call.rejoin':
      call.rejoin(leg, message.sdp);
      return;
    case 'call.fallback': {
      const accepted = callBacks.accept(leg, message.number);
      if (!accepted.ok) {
        leg.refuse(accepted.error);
        return;
      }
      leg.fallbackNumber = message.number;
      leg.refusesFallback = message.number === undefined;
      return;
    }
    case 'call.callback':
      void callBacks.begin(call, leg, true, message.number);
      return;
    case 'call.receiving':
      call.handle({ type: 'leg.receiving', legId });
      return;
    case 'call.evidence':
      for (const event of message.events) {
        if (event.type !== 'ice.candidate') continue;
        call.handle({ type: 'leg.gathered', legId, candidate: event.candidate.type });
      }
      for (const sample of message.samples?.slice(-1) ?? []) call.counted(legId, sample);
      return;
    case 'call.report':
      if (leg.mayReport()) {
        // Of a fault the code alone: its texts are whatever a page says.
        const report = { ...message.report, fault: message.report.fault?.code };
        call.log.info({ leg: legId, report }, 'browser report');
      }
      return;
  }
}
