import { parseArgs } from 'node:util';

/** parseArgs that answers a mistake with one line and the usage instead of a stack. */
export function options(config, usage) {
  try {
    return parseArgs({ args: process.argv.slice(2), ...config });
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    return process.exit(2);
  }
}
