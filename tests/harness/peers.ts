import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where Debian keeps the programs of PostgreSQL's servers, one folder for each version, the newest first. */
const POSTGRES = '/usr/lib/postgresql';

function postgresFolders(): readonly string[] {
  if (!existsSync(POSTGRES)) return [];
  const versions = readdirSync(POSTGRES).sort((one, other) => Number(other) - Number(one));
  return versions.map((version) => join(POSTGRES, version, 'bin'));
}

/** The path of a peer's program, or undefined. */
export function findProgram(program: string): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter);
  const folders = [...path, '/usr/sbin', '/usr/local/sbin', ...postgresFolders()];
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** For `describe.skipIf(lacks('baresip'))`: `npm test` names what is missing and fails on it where CI=true. */
export const lacks = (...programs: readonly string[]): boolean =>
  programs.some((program) => findProgram(program) === undefined);

export function programPath(program: string): string {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed: npm test installs it where it may`);
  return path;
}

/** This machine's own address: browsers offer host candidates of it and not of loopback. */
export function hostAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}

/** The same of IPv6; undefined where this machine has none that others could reach. */
export function hostIpv6(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const usable = addresses.filter((entry) => entry.family === 'IPv6' && !entry.internal && entry.scopeid === 0);
  return usable[0]?.address;
}
