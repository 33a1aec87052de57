import { parsePrefix } from './ip-prefix.js';

/** Blocks for special use (RFC 6890 and the IANA registries it made). Those for documentation are left out: they lead nowhere. */

/** No datagram may go there, whatever is configured. */
export const NEVER = [
  '0.0.0.0/8', // this host, this network
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and the limited broadcast address
  '::/128', // unspecified
  'ff00::/8', // multicast
].map(parsePrefix);

/** Only what is named by a range that lies inside of the block. */
export const SPECIAL = [
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // shared by carriers (RFC 6598)
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments (RFC 6890)
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '::/96', // loopback, and the IPv4-compatible addresses (RFC 4291)
  '64:ff9b::/96', // IPv4 behind NAT64 (RFC 6052)
  '64:ff9b:1::/48', // the same, local (RFC 8215)
  '100::/64', // discarded (RFC 6666)
  '2001::/32', // IPv4 within Teredo (RFC 4380)
  '2002::/16', // IPv4 within 6to4 (RFC 3056)
  'fc00::/7', // private (RFC 4193)
  'fe80::/10', // link-local
  'fec0::/10', // site-local, deprecated (RFC 3879)
].map(parsePrefix);
