import { CHARS, type Scanner } from './scanner.js';

const isIpv4 = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);

/** RFC 4291 section 2.2. */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    const parts = half === '' ? [] : half.split(':');
    for (const [position, part] of parts.entries()) {
      const last = index === halves.length - 1 && position === parts.length - 1;
      if (last && isIpv4(part)) groups += 2;
      else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups += 1;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** An IPv4 or IPv6 address, the latter without brackets. */
export const isIpAddress = (host: string): boolean => isIpv4(host) || isIpv6(host);

/** Reads host of section 25.1: a name in lower case, an IPv4 address, or an IPv6 reference without its brackets. */
export function readHost(scanner: Scanner): string | undefined {
  const start = scanner.at;
  if (scanner.take('[')) {
    const address = scanner.run(CHARS.ipv6);
    if (!scanner.take(']')) return scanner.fail('an IPv6 address needs a closing bracket');
    return isIpv6(address) ? address.toLowerCase() : scanner.fail('that is no IPv6 address', start);
  }
  const host = scanner.run(CHARS.host);
  if (host === '') return scanner.fail('a host is missing', start);
  // A name's last label begins with a letter, so digits and dots alone must be an address.
  if (/^[\d.]+$/.test(host) && !isIpv4(host)) return scanner.fail('that is no IPv4 address', start);
  return host.toLowerCase();
}

export const printHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

export const printHostPort = (host: string, port: number | undefined): string =>
  port === undefined ? printHost(host) : `${printHost(host)}:${port}`;
