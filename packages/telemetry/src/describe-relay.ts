import { formatAddress } from '@earshot/base';
import type { RelayEvent } from './relay-event.js';

export function describeRelayEvent(event: RelayEvent): string {
  const client = `${formatAddress(event.client)} over ${event.transport.toUpperCase()}`;
  switch (event.type) {
    case 'turn.allocated':
      return `allocation for ${client}: ${formatAddress(event.relayed)}`;
    case 'turn.refused': {
      const peer = event.peer === undefined ? '' : ` to ${formatAddress(event.peer)}`;
      const times = event.count === 1 ? '' : `, ${event.count} times`;
      return `refused ${event.method}${peer} of ${client}: ${event.status} ${event.code}${times}`;
    }
    case 'turn.relaying':
      return `first data ${event.direction === 'up' ? 'to' : 'from'} ${formatAddress(event.peer)} for ${client}`;
    case 'turn.closed': {
      const { packetsUp, packetsDown, droppedUp, droppedDown } = event;
      const lost = droppedUp + droppedDown === 0 ? '' : `, ${droppedUp + droppedDown} dropped`;
      return `allocation of ${client} closed (${event.reason}): ${packetsUp} packets up, ${packetsDown} down${lost}`;
    }
  }
}
