import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { loadCertificate, nodeCrypto } from '@earshot/crypto';
import { loadOpus } from '@earshot/rtp';
import { openUdpSocket } from './dgram-socket.js';
import { MediaWorker } from './media-worker.js';
import type { WorkerInput, WorkerOutput } from './messages.js';
import { portShare, type WorkerOptions } from './options.js';
import { rtpPorts } from './rtp-ports.js';

/** A packet time: comfort noise and timers need no finer grain. */
const TICK_MS = 20;

const now = (): number => performance.timeOrigin + performance.now();

async function start(options: WorkerOptions, post: (output: WorkerOutput) => void): Promise<MediaWorker | undefined> {
  const { index, workers, browserHost, browserPort, sipHost, sipPorts } = options;
  const port = browserPort === 0 ? 0 : browserPort + index;
  const browserSocket = await openUdpSocket(browserHost, port, 'media.port', true);
  if (!browserSocket.ok) {
    post({ type: 'not-started', fault: browserSocket.error });
    return undefined;
  }
  const open = (each: number) => openUdpSocket(sipHost, each, 'sip.mediaPorts', false);
  const worker = new MediaWorker({
    crypto: nodeCrypto,
    certificate: loadCertificate(options.certificate),
    browserSocket: browserSocket.value,
    openRtpSockets: rtpPorts(...portShare(sipPorts, index, workers), open),
    opus: await loadOpus(),
    clock: now,
    emit: (event) => post({ type: 'event', event }),
    onLegClosed: (legId) => post({ type: 'leg.closed', legId }),
    ...(options.opus === undefined ? {} : { opusEncoder: options.opus }),
    ...(options.srtpProfiles === undefined ? {} : { srtpProfiles: options.srtpProfiles }),
  });
  post({ type: 'started', browserPort: browserSocket.value.local.port });
  return worker;
}

/** Gathers what one turn of the event loop brings: the main thread is woken once for it. */
function poster(port: MessagePort): (output: WorkerOutput) => void {
  let gathered: WorkerOutput[] = [];
  const flush = (): void => {
    port.postMessage(gathered);
    gathered = [];
  };
  return (output) => {
    if (gathered.push(output) === 1) queueMicrotask(flush);
  };
}

if (parentPort !== null) {
  const port = parentPort;
  const worker = await start(workerData as WorkerOptions, poster(port));
  const ticking = worker === undefined ? undefined : setInterval(() => worker.tick(now()), TICK_MS);
  if (worker === undefined) port.close();
  port.on('message', (input: WorkerInput) => {
    if (input.type !== 'stop') {
      worker?.handle(input);
      return;
    }
    clearInterval(ticking);
    worker?.close();
    // The last figures leave first.
    queueMicrotask(() => port.close());
  });
}
