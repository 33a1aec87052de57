import { err, type Fault, fault, type IceCredentials, type Result, type TransportAddress } from '@earshot/base';
import { parseRelayUrl, type StunTiming, type TurnCredentials } from '@earshot/turn';
import { askServer, askThrough, PROBE_TIMING } from './ask.js';
import { openLink, type RelayLink } from './link.js';
import { RelaySession } from './relay-session.js';

/** What asking a server showed. A server is of use where `fault` is absent. */
export interface RelayReport {
  readonly url: string;
  /** Why browsers would not get through by it. */
  readonly fault?: Fault;
  /** What stops some browsers, such as a certificate of a private authority. */
  readonly warnings: readonly Fault[];
  /** From the first request to the answer that counted, in ms. */
  readonly roundTripMs?: number;
  /** The server as it was reached. */
  readonly server?: TransportAddress;
  /** Where the server sees us. */
  readonly mapped?: TransportAddress;
  readonly relayed?: TransportAddress;
  /** The address of this gateway that answered through the relay. Undefined: nobody was there to ask. */
  readonly reached?: TransportAddress;
}

/** An ICE agent of this gateway's media that answers checks: the only way to prove that a relay leads here. */
export interface RelayTarget {
  /** As browsers are told; one that answers is enough. */
  readonly addresses: readonly TransportAddress[];
  readonly ice: IceCredentials;
}

/** Asks one `stun:`, `turn:` or `turns:` URL. Never rejects: what fails is in the report. */
export type RelayProbe = (
  url: string,
  credentials: TurnCredentials | undefined,
  signal: AbortSignal,
) => Promise<RelayReport>;

export interface ProbeOptions {
  readonly target?: RelayTarget | undefined;
  readonly timing?: StunTiming;
  /** How long connecting may take, in ms. */
  readonly connectMs?: number;
  /** PEM: authorities to trust instead of the usual ones. */
  readonly ca?: string | readonly string[];
  /** True: the server is asked by another name than browsers use, so its certificate says nothing. */
  readonly ignoreCertificate?: boolean;
  /** Gives up at once. */
  readonly signal?: AbortSignal;
}

const CONNECT_MS = 5_000;
/** What an allocation of a check is asked to last, in ms: it is released, but the answer to that may be lost. */
const LIFETIME_MS = 60_000;
/** More addresses of one gateway are not tried. */
const MAX_TARGETS = 4;

export async function probeRelay(
  text: string,
  credentials: TurnCredentials | undefined,
  options: ProbeOptions = {},
): Promise<RelayReport> {
  const report = { url: text, warnings: [] };
  const url = parseRelayUrl(text);
  if (url === undefined) return { ...report, fault: fault('turn.unsupported', 'browsers have no use for this URL') };
  const { connectMs = CONNECT_MS, ca, signal } = options;
  const link = await openLink(url, {
    timeoutMs: connectMs,
    ...(ca === undefined ? {} : { ca }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!link.ok) return { ...report, fault: link.error };
  const { server } = link.value;
  const certificateFaults = options.ignoreCertificate === true ? [] : link.value.certificateFaults;
  const refused = certificateFaults.find(({ code }) => isRefused(code));
  if (refused !== undefined) {
    link.value.close();
    return { ...report, server, fault: refused };
  }
  const found =
    url.scheme === 'stun' ? await probeStun(link.value, options) : await probeTurn(link.value, credentials, options);
  return { ...report, warnings: certificateFaults, server, ...found };
}

/** Every browser refuses these. An authority that Node does not know may be known to the browsers of an office. */
const isRefused = (code: string): boolean =>
  code === 'server.certificate_expired' || code === 'server.certificate_name';

type Found = Omit<RelayReport, 'url' | 'warnings'>;

async function probeStun(link: RelayLink, { timing }: ProbeOptions): Promise<Found> {
  const answer = await askServer(link, timing);
  link.close();
  return answer.ok ? answer.value : { fault: answer.error };
}

async function probeTurn(
  link: RelayLink,
  credentials: TurnCredentials | undefined,
  { timing = PROBE_TIMING, target }: ProbeOptions,
): Promise<Found> {
  if (credentials === undefined) {
    link.close();
    return { fault: fault('turn.auth_failed', 'no credentials are configured') };
  }
  const begun = performance.now();
  const isIpv6Only = target?.addresses.every(({ address }) => address.includes(':')) === true;
  const family = isIpv6Only ? ({ family: 6 } as const) : {};
  const session = new RelaySession(link, { credentials, timing, lifetimeMs: LIFETIME_MS, ...family });
  const allocated = await session.allocate();
  const roundTripMs = performance.now() - begun;
  if (!allocated.ok) {
    await session.close();
    return { fault: allocated.error };
  }
  const { relayed, mapped } = allocated.value;
  const found = { roundTripMs, mapped, relayed };
  const reached = target === undefined ? undefined : await reach(session, relayed, target, timing);
  await session.close();
  if (reached === undefined) return found;
  return reached.ok ? { ...found, reached: reached.value } : { ...found, fault: reached.error };
}

/** Asks the target through the relay, by every address that the relay may send to. Undefined: none is of its family. */
async function reach(
  session: RelaySession,
  relayed: TransportAddress,
  { addresses, ice }: RelayTarget,
  timing: StunTiming,
): Promise<Result<TransportAddress> | undefined> {
  const isIpv6 = relayed.address.includes(':');
  const candidates = addresses.filter(({ address }) => address.includes(':') === isIpv6).slice(0, MAX_TARGETS);
  const permitted: TransportAddress[] = [];
  let refused: Fault | undefined;
  for (const candidate of candidates) {
    const answer = await session.permit(candidate.address);
    if (answer.ok) permitted.push(candidate);
    else refused ??= { ...answer.error, where: candidate.address };
  }
  if (permitted.length === 0) return refused === undefined ? undefined : err(refused);
  const reached = await askThrough(session, permitted, ice, timing);
  if (reached.ok) return reached;
  const list = permitted.map(({ address, port }) => `${address} port ${port}`).join(', ');
  return err(fault('turn.not_relaying', `no answer from ${list}`));
}
