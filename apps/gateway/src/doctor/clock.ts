import { readFileSync } from 'node:fs';
import { fault } from '@earshot/base';
import { resolveHost } from '../net/addresses.js';
import { canonical } from './address-kind.js';
import { type Finding, fine, problem, skipped, warning } from './finding.js';
import { get } from './http.js';
import { askNtp } from './ntp.js';
import { hostOf, type NamedServer, type Scope } from './scope.js';

const CLOCK = 'clock';
/** Credentials and tokens live for minutes and hours: a few seconds matter to nobody but those who compare logs. */
const TOLERATED_MS = 1_000;
const WRONG_MS = 10_000;

/** Where time services of Debian and others name their servers. */
const TIME_SETTINGS = [
  '/etc/chrony/chrony.conf',
  '/etc/chrony.conf',
  '/etc/ntpsec/ntp.conf',
  '/etc/ntp.conf',
  '/etc/systemd/timesyncd.conf',
];
const NTP_PORT = 123;

/** Against a time server: the one named, or the system's own. Else against the Date of the page, if it is elsewhere. */
export async function checkClock(
  { ntp, url, own }: Pick<Scope, 'ntp' | 'url' | 'own'>,
  settings: readonly string[] = TIME_SETTINGS,
): Promise<Finding> {
  const server = ntp ?? systemServer(settings);
  if (server !== undefined) {
    const found = await compareNtp(server);
    // Who named a server wants to know; the system's own is only an offer.
    if (found.status !== 'skipped' || ntp !== undefined) return found;
  }
  const compared = url === undefined ? undefined : await compareHttp(url, own);
  return compared ?? skipped(CLOCK, 'Nobody could be asked for the time; name a time server with --ntp.');
}

export function systemServer(settings: readonly string[]): NamedServer | undefined {
  for (const path of settings) {
    const host = /^\s*(?:(?:server|pool)\s+|NTP\s*=\s*)([A-Za-z0-9.:-]+)/m.exec(textOf(path))?.[1];
    if (host !== undefined) return { host, port: NTP_PORT };
  }
  return undefined;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another service keeps time here, or none.
    return '';
  }
}

async function compareNtp({ host, port }: NamedServer): Promise<Finding> {
  const by = `${host}:${port}`;
  const address = await resolveHost(host);

  if (address === undefined) return skippedFor('the name has no address', by);
  const reading = await askNtp(address, port);
  if (!reading.ok) return skippedFor(reading.error.detail ?? '', by);
  return judge(reading.value.offsetMs, `the time server ${by}`, reading.value.roundTripMs / 2);
}

const skippedFor = (reason: string, by: string): Finding =>
  skipped(CLOCK, `The time server ${by} gave no time: ${reason}.`);

/** The Date header tells whole seconds (RFC 9110 section 6.6.1). */
async function compareHttp(url: URL, own: ReadonlySet<string>): Promise<Finding | undefined> {
  const address = await resolveHost(hostOf(url));
  // This machine's own clock agrees with itself.
  if (address === undefined || own.has(canonical(address))) return undefined;
  const answer = await get(url);
  if (!answer.ok || answer.value.date === undefined) return undefined;
  return judge(answer.value.date + 500 - answer.value.receivedAt, `the Date of ${url.host}`, 500);
}

function judge(offsetMs: number, by: string, uncertainMs: number): Finding {
  const off = Math.abs(offsetMs);
  const seconds = (off / 1000).toFixed(off < 10_000 ? 1 : 0);
  const detail = `${seconds} s ${offsetMs > 0 ? 'behind' : 'ahead of'} ${by}`;
  if (off - uncertainMs >= WRONG_MS) return problem(CLOCK, fault('server.clock_off', detail));
  if (off - uncertainMs >= TOLERATED_MS) return warning(CLOCK, fault('server.clock_off', detail));
  return fine(CLOCK, `It agrees with ${by} within ${Math.max(1, Math.round(off + uncertainMs))} ms.`);
}
