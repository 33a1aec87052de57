import { parentPort, workerData } from 'node:worker_threads';
import { answerer } from './services.js';
import type { ThreadRequest } from './thread.js';
import type { ThreadSettings } from './threads.js';

const port = parentPort;
if (port !== null) {
  const answerTo = answerer(workerData as ThreadSettings);
  port.on('message', (request: ThreadRequest) => {
    void answerTo(request).then((answer) => port.postMessage(answer));
  });
}
