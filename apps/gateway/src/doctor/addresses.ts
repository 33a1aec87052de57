import { type Fault, fault } from '@earshot/base';
import { type AddressKind, canonical, kindOf } from './address-kind.js';
import { type Finding, fine, problem, skipped } from './finding.js';
import type { Scope } from './scope.js';

/** Where a server outside saw this machine come from. */
export interface OutsideView {
  /** The server, for people. */
  readonly by: string;
  readonly mapped: string;
}

const REASONS: Readonly<Partial<Record<AddressKind, string>>> = {
  loopback: 'it leads every browser to its own machine',
  'link-local': 'it means something on one link alone',
  example: 'it is an address of documentation',
  unusable: 'nothing can be sent there',
};

const ADDRESS = 'address';
const OUTSIDE = 'address.outside';

/** The addresses that browsers are told, each by itself, then against what was seen from outside. */
export function checkAddresses(
  { advertised, own }: Pick<Scope, 'advertised' | 'own'>,
  views: readonly OutsideView[],
): Finding[] {
  if (advertised.length === 0) return [problem(ADDRESS, bad('none is advertised'))];
  const each = advertised.map((address) => checkAddress(address, own));
  const told = new Set(advertised.map(canonical));
  if (views.length > 0) return [...each, ...views.map((view) => compare(view, told, own))];
  // What is wrong in itself need not be compared.
  return each.some(({ status }) => status === 'problem') ? each : [...each, unseen(advertised)];
}

function checkAddress(address: string, own: ReadonlySet<string>): Finding {
  const kind = kindOf(address);
  const reason = REASONS[kind];
  const isOwn = own.has(canonical(address));
  // A laboratory may really use what documentation does.
  const isMeant = kind === 'example' && isOwn;
  if (reason !== undefined && !isMeant) return problem(ADDRESS, bad(`${address}: ${reason}`));
  const where = isOwn ? 'on this machine' : 'not on this machine, so a NAT has to lead here';
  const reach = kind === 'public' ? 'public' : kind === 'carrier' ? "within a carrier's network" : 'private';
  return fine(ADDRESS, `Browsers are told ${address}: ${reach}, ${where}.`);
}

/** Nobody outside was asked. */
function unseen(advertised: readonly string[]): Finding {
  if (advertised.some((address) => kindOf(address) === 'public')) {
    return skipped(
      OUTSIDE,
      'Nobody outside was asked whether these addresses lead here; name a STUN server with --stun.',
    );
  }
  return {
    check: OUTSIDE,
    status: 'warning',
    code: 'server.bad_advertised_address',
    detail: 'All of them are private: browsers elsewhere cannot reach them.',
    remedy:
      'Right where every browser is in this network. Else set media.advertisedAddresses; --stun shows what the outside sees.',
  };
}

function compare({ by, mapped }: OutsideView, told: ReadonlySet<string>, own: ReadonlySet<string>): Finding {
  const seen = canonical(mapped);
  const kind = kindOf(mapped);
  if (told.has(seen)) return fine(OUTSIDE, `${by} sees this machine as ${mapped}, which is advertised.`);
  if (kind === 'loopback') return skipped(OUTSIDE, `${by} is on this machine and sees nothing from outside.`);
  if (own.has(seen) && kind !== 'public') {
    return skipped(OUTSIDE, `${by} is in this network: it sees ${mapped}, an address of this machine.`);
  }
  return problem(
    OUTSIDE,
    bad(`${by} sees this machine as ${mapped}, which is not among those advertised: ${[...told].join(', ')}`),
    `Add ${mapped} to media.advertisedAddresses, and have the media ports forwarded if there is a NAT.`,
  );
}

const bad = (detail: string): Fault => fault('server.bad_advertised_address', detail);
