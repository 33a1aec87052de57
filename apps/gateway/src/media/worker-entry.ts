import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { loadCertificate, nodeCrypto } from '@earshot/crypto';
import { loadOpus } from '@earshot/rtp';
import { BrowserPort } from './browser-port.js';
import { BrowserSockets } from './browser-sockets.js';
import { openUdpSocket } from './dgram-socket.js';
import { MediaWorker, TICK_MS } from './media-worker.js';
import type { WorkerInput, WorkerOutput } from './messages.js';
import { type MediaHost, portShare, type WorkerOptions } from './options.js';
import { rtpPorts } from './rtp-ports.js';

const now = (): number => performance.timeOrigin + performance.now();

interface Running {
  readonly worker: MediaWorker;
  readonly sockets: BrowserSockets;
}

async function start(options: WorkerOptions, post: (output: WorkerOutput) => void): Promise<Running | undefined> {
  const { index, workers, browserHosts, browserPort, sipHost, sipPorts } = options;
  const port = new BrowserPort();
  const openShared = (host: string, number: number) => openUdpSocket(host, number, 'media.port', true);
  const sockets = new BrowserSockets(port, openShared, browserPort === 0 ? 0 : browserPort + index);
  const listening = await sockets.listen(browserHosts);
  const [fault] = listening.faults;
  if (fault !== undefined) {
    sockets.close();
    post({ type: 'not-started', fault });
    return undefined;
  }
  const open = (each: number) => openUdpSocket(sipHost, each, 'sip.mediaPorts', false);
  const worker = new MediaWorker({
    crypto: nodeCrypto,
    certificate: loadCertificate(options.certificate),
    browserPort: port,
    openRtpSockets: rtpPorts(...portShare(sipPorts, index, workers), open),
    opus: await loadOpus(),
    clock: now,
    emit: (event) => post({ type: 'event', event }),
    onLegClosed: (legId) => post({ type: 'leg.closed', legId }),
    ...(options.adapt === undefined ? {} : { adapt: options.adapt }),
    ...(options.opus === undefined ? {} : { opusEncoder: options.opus }),
    ...(options.srtpProfiles === undefined ? {} : { srtpProfiles: options.srtpProfiles }),
  });
  post({ type: 'started', sockets: listening.sockets });
  return { worker, sockets };
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
  const post = poster(port);
  const running = await start(workerData as WorkerOptions, post);
  const worker = running?.worker;
  const ticking = worker === undefined ? undefined : setInterval(() => worker.tick(now()), TICK_MS);
  if (worker === undefined) port.close();
  let rebinding = Promise.resolve();
  const rebind = async (hosts: readonly MediaHost[]): Promise<void> => {
    const listening = await running?.sockets.listen(hosts);
    if (listening !== undefined) post({ type: 'listening', ...listening });
  };
  port.on('message', (input: WorkerInput) => {
    if (input.type === 'listen') {
      rebinding = rebinding.then(() => rebind(input.hosts));
      return;
    }
    if (input.type !== 'stop') {
      worker?.handle(input);
      return;
    }
    clearInterval(ticking);
    // A socket that is being bound would keep the thread.
    void rebinding.then(() => {
      worker?.close();
      // The last figures leave first.
      queueMicrotask(() => port.close());
    });
  });
}
