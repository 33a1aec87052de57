import { parseArgs } from 'node:util';
import { Tokens } from '../auth/tokens.js';
import { loadConfig } from '../config/load.js';
import { type Command, printFaults, UsageError } from './main.js';

const MAX_SECONDS = 86_400;

export const token: Command = {
  usage: 'earshot token --name NAME [--call DESTINATION]... [--receive] [--phone NUMBER] [--seconds N] [--config FILE]',
  summary: 'Prints a signed access token that says whom a browser may call ("+49*" covers any rest).',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        name: { type: 'string' },
        call: { type: 'string', multiple: true, default: [] },
        receive: { type: 'boolean', default: false },
        phone: { type: 'string' },
        seconds: { type: 'string', default: '300' },
        config: { type: 'string' },
      },
    });
    if (values.name === undefined || !/^[A-Za-z0-9._+-]{1,64}$/.test(values.name)) {
      throw new UsageError('--name takes 1 to 64 letters, digits, ".", "_", "+" or "-"');
    }
    if (values.phone !== undefined && !/^[A-Za-z0-9._+-]{1,64}$/.test(values.phone)) {
      throw new UsageError('--phone takes a number such as +4930123456: where calls of this user may go on');
    }
    const seconds = Number(values.seconds);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS) {
      throw new UsageError(`--seconds takes a whole number from 1 to ${MAX_SECONDS}`);
    }
    const config = loadConfig(values.config);
    if (!config.ok) {
      printFaults(config.error);
      return 1;
    }
    const { name, call: mayCall, receive: mayReceive, phone } = values;
    const identity = { name, mayCall, mayReceive, ...(phone === undefined ? {} : { phone }) };
    const tokens = Tokens.fromConfig(config.value);
    if (!tokens.ok) {
      printFaults([tokens.error]);
      return 1;
    }
    process.stdout.write(`${await tokens.value.sign(identity, seconds, Date.now())}\n`);
    return 0;
  },
};
