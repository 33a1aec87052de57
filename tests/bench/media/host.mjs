import { createInterface } from 'node:readline';
import { createCertificate, loadCertificate } from '@earshot/crypto';
import { MediaPool } from '../../../apps/gateway/dist/media/index.js';

/**
 * The gateway's media engine as built, in a process of its own whose CPU time can be told apart: media commands as
 * lines of JSON in, media events likewise out. One worker, since everything here has one core.
 */
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const certificate = await createCertificate(Date.now());
const pool = await MediaPool.start({
  workers: 1,
  browserHosts: [{ address: '127.0.0.1', required: true, priority: 1 }],
  browserPort: 0,
  sipHost: '127.0.0.1',
  sipPorts: [0, 0],
  certificate,
});
if (!pool.ok) {
  write({ type: 'not-started', fault: pool.error });
  process.exit(1);
}

const worker = pool.value.assign('bench');
worker.onEvent((event) => {
  // A second's figures of each leg are computed and cross the threads as ever; only this relay leaves them out.
  if (event.type !== 'leg.stats') write(event);
});
write({ type: 'started', browserPort: worker.browserPort, fingerprint: loadCertificate(certificate).fingerprint });

for await (const line of createInterface({ input: process.stdin })) worker.send(JSON.parse(line));
await pool.value.close();
