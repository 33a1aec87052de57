import { parseArgs } from 'node:util';
import { removeStatusFile, writeStatusFile } from '../admin/status-file.js';
import { loadConfig } from '../config/load.js';
import { createLog, faultFields } from '../log.js';
import { onHangup } from './hangup.js';
import { type Command, printFaults } from './main.js';

/** Resolves with the first signal that asks the process to stop. A second one ends it at once, as if nobody listened. */
const stopSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve(signal);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });

export const start: Command = {
  usage: 'earshot start [--config FILE]',
  summary: 'Runs the gateway until SIGINT or SIGTERM. Prints one JSON record a line; "ready" names every address.',
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
    const config = loadConfig(values.config);
    if (!config.ok) {
      printFaults(config.error);
      return 1;
    }
    const log = createLog(config.value.log.level);
    const stopped = stopSignal();
    const { Gateway } = await import('../gateway.js');
    const gateway = await Gateway.start(config.value, log);
    if (!gateway.ok) {
      printFaults([gateway.error]);
      return 1;
    }
    const { dataDir } = config.value;
    const note = (): void => {
      const noted = writeStatusFile(dataDir, gateway.value.running());
      if (!noted.ok) log.warn(faultFields(noted.error), 'commands beside this server will not find it');
    };
    onHangup(() => {
      log.info('reading configuration, certificate, key and relay secrets again');
      const changed = loadConfig(values.config);
      if (!changed.ok) {
        for (const each of changed.error) log.error(faultFields(each), 'the configuration so far stays in use');
      }
      void gateway.value.reload(changed.ok ? changed.value : undefined).then(note);
    });
    gateway.value.onMoved(note);
    note();
    log.info(gateway.value.addresses, 'ready');
    log.info({ signal: await stopped }, 'stopping');
    await gateway.value.stop();
    removeStatusFile(dataDir);
    log.info('stopped');
    return 0;
  },
};
