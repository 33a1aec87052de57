import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { PlainLog } from '../log.js';
import type { RelayInput, RelayOutput } from './messages.js';
import type { RelaySettings } from './settings.js';
import { TurnRelay } from './turn-relay.js';

/** How often the counters go to the main thread, in ms. */
const COUNTERS_MS = 1000;

/** Gathers what one turn of the event loop brings: the main thread is woken once for it. */
function poster(port: MessagePort): (output: RelayOutput) => void {
  let gathered: RelayOutput[] = [];
  const flush = (): void => {
    port.postMessage(gathered);
    gathered = [];
  };
  return (output) => {
    if (gathered.push(output) === 1) queueMicrotask(flush);
  };
}

async function run(port: MessagePort, settings: RelaySettings): Promise<void> {
  const post = poster(port);
  const log: PlainLog = {
    debug: (fields, message) => post({ type: 'log', level: 'debug', fields, message }),
    warn: (fields, message) => post({ type: 'log', level: 'warn', fields, message }),
  };
  const relay = new TurnRelay({ settings, log, onEvent: (event, tag, at) => post({ type: 'event', event, tag, at }) });
  const listening = await relay.listen();
  if (!listening.ok) {
    post({ type: 'not-listening', fault: listening.error });
    queueMicrotask(() => port.close());
    return;
  }
  const counting = setInterval(() => post({ type: 'counters', counters: relay.counters }), COUNTERS_MS);
  port.on('message', (input: RelayInput) => {
    switch (input.type) {
      case 'secrets':
        relay.setSecrets(input.secrets);
        break;
      case 'media':
        relay.setMedia(input.media);
        break;
      case 'certificate':
        relay.setCertificate(input.certificate);
        break;
      case 'drain':
        relay.drain();
        break;
      case 'stop':
        clearInterval(counting);
        relay.close();
        post({ type: 'counters', counters: relay.counters });
        // The last events leave first.
        queueMicrotask(() => port.close());
    }
  });
  post({ type: 'listening', ports: listening.value });
}

if (parentPort !== null) await run(parentPort, workerData as RelaySettings);
