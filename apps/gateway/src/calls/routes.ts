import type { Route } from '@earshot/calls';
import type { Config } from '../config/schema.js';

/** A SIP URI's host and port; `sip:` and `sips:` URIs as the configuration and the route table allow them. */
export function hostPortOf(uri: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^sips?:(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[^:;?@[\]]+)(?::(\d{1,5}))?(?:[;?].*)?$/.exec(uri);
  const host = match?.[1];
  if (host === undefined) return undefined;
  const port = Number(match?.[2] ?? 5060);
  return port > 0 && port < 65_536 ? { host, port } : undefined;
}

/** Puts a user part before the host of a trunk's URI. */
const withUser = (trunkUri: string): string => trunkUri.replace(/^(sips?:)(?:[^@]*@)?/, '$1{number}@');

export interface LineRoute {
  readonly name: string;
  readonly uri: string;
}

/** The route table: configured rows first, so that they can stand in for a built-in line, then the lines. */
export function routeTable(config: Config, lines: readonly LineRoute[]): Route[] {
  const configured = config.routes.map(({ match, to, trunk, codec }): Route => {
    const target = trunk === undefined ? to : withUser(config.trunks[trunk]?.target ?? '');
    return {
      match,
      kind: 'sip',
      target: target ?? '',
      ...(codec === undefined ? {} : { codecPolicy: codec }),
      ...(trunk === undefined ? {} : { trunk }),
    };
  });
  return [...configured, ...lineRoutes(lines)];
}

/** All that a call from the phone network may reach besides waiting pages: no way out again, so no toll to defraud. */
export const lineRoutes = (lines: readonly LineRoute[]): Route[] =>
  lines.map(({ name, uri }) => ({ match: name, kind: 'sip', target: uri }));
