import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createLog } from '../../../apps/gateway/dist/log.js';
import { TurnService } from '../../../apps/gateway/dist/turn/index.js';

/**
 * The embedded relay as built, in a process of its own whose CPU time can be told apart. Its options come as JSON in the
 * first argument; it ends with its standard input.
 */
const { certificate, ...options } = JSON.parse(process.argv[2]);
const relay = await TurnService.start({
  ...options,
  certificate: {
    certificate: readFileSync(certificate.certificate, 'utf8'),
    key: readFileSync(certificate.key, 'utf8'),
  },
  log: createLog('error'),
  onEvent: () => {},
});
if (!relay.ok) {
  process.stdout.write(`${JSON.stringify(relay.error)}\n`);
  process.exit(1);
}
process.stdout.write(`${JSON.stringify({ ports: relay.value.ports })}\n`);
for await (const _ of createInterface({ input: process.stdin })) {
  // Nothing is asked of it.
}
await relay.value.close();
