const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;
const HEXTET = /^[0-9A-Fa-f]{1,4}$/;

/** Whether `text` is a unicast-shaped IP address: no name, no TTL, no zone. */
export const isIpAddress = (text: string): boolean => IPV4.test(text) || isIpv6(text);

/** The address type of a c= or o= line. */
export const addressType = (address: string): 'IP4' | 'IP6' => (address.includes(':') ? 'IP6' : 'IP4');

/** The unspecified address: `c=IN IP4 0.0.0.0` put a peer on hold before RFC 3264 (its section 8.4). */
export const isUnspecified = (address: string): boolean => /^(?:0\.0\.0\.0|[0:]+)$/.test(address);

function isIpv6(text: string): boolean {
  if (text.length > 45) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    for (const [position, part] of parts.entries()) {
      const isLast = index === halves.length - 1 && position === parts.length - 1;
      if (isLast && IPV4.test(part)) groups += 2;
      else if (HEXTET.test(part)) groups += 1;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}
