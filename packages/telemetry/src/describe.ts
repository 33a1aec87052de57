import { describeBrowserEvent } from './describe-browser.js';
import { describeGatewayEvent } from './describe-gateway.js';
import { describeRelayEvent } from './describe-relay.js';
import { describeVerdictEvent } from './describe-verdict.js';
import type { TimelineEntry } from './timeline.js';

/** What an entry says, as a plain phrase. */
export function describeEntry(entry: TimelineEntry): string {
  switch (entry.source) {
    case 'browser':
      return describeBrowserEvent(entry.event);
    case 'gateway':
      return describeGatewayEvent(entry.event);
    case 'relay':
      return describeRelayEvent(entry.event);
    case 'diagnosis':
      return describeVerdictEvent(entry.event);
  }
}
