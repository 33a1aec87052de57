import { parseArgs } from 'node:util';
import { ok, type Result } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { createTurnCredentials, TURN_TAG } from '@earshot/turn';
import { makeSecret } from '../auth/kept-secret.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { rotated, type SecretRing } from '../ice/secret-ring.js';
import { SecretsFile } from '../ice/secrets-file.js';
import { type Command, printFaults, UsageError } from './main.js';

const MAX_SECONDS = 604_800;

export const turn: Command = {
  usage:
    'earshot turn rotate [--now] [--config FILE] | earshot turn credentials [--seconds N] [--tag NAME] [--config FILE]',
  summary:
    'Makes a new secret for relay credentials (--now: earlier ones are refused at once), or prints "USERNAME PASSWORD" for a test.',
  async run(args) {
    const [action, ...rest] = args;
    if (action === 'rotate') return rotate(rest);
    if (action === 'credentials') return credentials(rest);
    throw new UsageError('the actions are "rotate" and "credentials"');
  },
};

function rotate(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: { now: { type: 'boolean', default: false }, config: { type: 'string' } },
  });
  const config = configOf(values.config);
  if (config === undefined) return 1;
  const file = new SecretsFile(config.dataDir);
  const read = file.read();
  const made = read.ok ? change(file, read.value, config, values.now) : read;
  if (!made.ok) {
    printFaults([made.error]);
    return 1;
  }
  const older = made.value.slice(1).map(({ acceptedUntil }) => acceptedUntil ?? 0);
  const until = older.length === 0 ? '' : new Date(Math.max(...older)).toISOString();
  const says =
    until === '' ? 'What was signed before is refused.' : `What was signed before is accepted until ${until}.`;
  process.stdout.write(`Relay credentials have a new secret. ${says} A server that runs takes it up within seconds.\n`);
  return 0;
}

function credentials(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '3600' },
      tag: { type: 'string', default: 'test' },
      config: { type: 'string' },
    },
  });
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS) {
    throw new UsageError(`--seconds takes a whole number from 1 to ${MAX_SECONDS}`);
  }
  if (!TURN_TAG.test(values.tag)) throw new UsageError('--tag takes 1 to 64 letters, digits, "_" or "-"');
  const config = configOf(values.config);
  if (config === undefined) return 1;
  const file = new SecretsFile(config.dataDir);
  const read = file.read();
  // A server that starts later takes what is made here.
  const ring = read.ok ? (read.value === undefined ? change(file, undefined, config, false) : ok(read.value)) : read;
  if (!ring.ok) {
    printFaults([ring.error]);
    return 1;
  }
  const made = createTurnCredentials(nodeCrypto, ring.value[0].secret, Date.now() + seconds * 1000, values.tag);
  process.stdout.write(`${made.username} ${made.password}\n`);
  return 0;
}

function configOf(file: string | undefined): Config | undefined {
  const config = loadConfig(file);
  if (config.ok) return config.value;
  printFaults(config.error);
  return undefined;
}

function change(
  file: SecretsFile,
  ring: SecretRing | undefined,
  { turn: { credentialSeconds } }: Config,
  drop: boolean,
): Result<SecretRing> {
  const next = { secret: makeSecret(), now: Date.now(), credentialMs: credentialSeconds * 1000, drop };
  const changed = rotated(ring, next);
  const written = file.write(changed);
  return written.ok ? ok(changed) : written;
}
