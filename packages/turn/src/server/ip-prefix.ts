import { parseIp, unmapIpv4 } from '@earshot/stun';

/** An address with the number of its leading bits that count (RFC 4632 section 3.1). */
export interface IpPrefix {
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Reads `192.0.2.0/24` or an address alone. Throws on anything else: the configuration was checked before. */
export function parsePrefix(text: string): IpPrefix {
  const [address = '', bits, ...rest] = text.split('/');
  const bytes = parseIp(address);
  const length = bits === undefined ? (bytes?.length ?? 0) * 8 : Number(bits);
  if (bytes === undefined || rest.length > 0 || !Number.isInteger(length) || length < 0 || length > bytes.length * 8) {
    throw new TypeError(`not an IP prefix: ${text}`);
  }
  const plain = unmapIpv4(bytes);
  return plain === bytes ? { bytes, length } : { bytes: plain, length: Math.max(0, length - 96) };
}

export function hasPrefix(ip: Uint8Array, { bytes, length }: IpPrefix): boolean {
  if (ip.length !== bytes.length) return false;
  const whole = length >> 3;
  for (let index = 0; index < whole; index += 1) if (ip[index] !== bytes[index]) return false;
  const rest = length & 7;
  return rest === 0 || ((ip[whole] ?? 0) ^ (bytes[whole] ?? 0)) >> (8 - rest) === 0;
}

/** Whether all addresses of `inner` are in `outer`. */
export const isInside = (inner: IpPrefix, outer: IpPrefix): boolean =>
  inner.length >= outer.length && hasPrefix(inner.bytes, outer);
