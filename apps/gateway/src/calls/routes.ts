import type { Route } from '@earshot/calls';
import { GUEST_PREFIX } from '../auth/tokens.js';
import type { Config } from '../config/schema.js';

/** Puts a user part before the host of a trunk's URI. */
const withUser = (trunkUri: string): string => trunkUri.replace(/^(sip:)(?:[^@]*@)?/, '$1{number}@');

export interface LineRoute {
  readonly name: string;
  readonly uri: string;
}

/** The route table: configured rows first, so that they can stand in for a built-in line, then the lines. */
export function routeTable(config: Config, lines: readonly LineRoute[]): Route[] {
  return [...configuredRoutes(config, config.routes), ...lineRoutes(lines)];
}

/** What a call from the phone network may reach besides waiting pages: no way out again that nobody opened for it. */
export const inboundTable = (config: Config, lines: readonly LineRoute[]): Route[] => [
  ...configuredRoutes(
    config,
    config.routes.filter(({ inbound }) => inbound),
  ),
  ...lineRoutes(lines),
];

function configuredRoutes(config: Config, rows: Config['routes']): Route[] {
  return rows.map(({ match, to, trunk, codec }): Route => {
    const target = trunk === undefined ? to : withUser(config.trunks[trunk]?.target ?? '');
    return {
      match,
      kind: 'sip',
      target: target ?? '',
      ...(codec === undefined ? {} : { codecPolicy: codec }),
      ...(trunk === undefined ? {} : { trunk }),
    };
  });
}

export const lineRoutes = (lines: readonly LineRoute[]): Route[] =>
  lines.map(({ name, uri }) => ({ match: name, kind: 'sip', target: uri }));

/**
 * What the built-in page, which anybody may open, can call unless configured: everything, until a route with a wildcard
 * opens a way out whose calls may cost money; then only what routes and lines name literally, and other guests.
 */
export function defaultMayCall(config: Config, lines: readonly LineRoute[]): string[] {
  const matches = config.routes.map(({ match }) => match);
  if (!matches.some((match) => match.includes('*'))) return ['*'];
  return [...matches.filter((match) => !match.includes('*')), ...lines.map(({ name }) => name), `${GUEST_PREFIX}*`];
}
