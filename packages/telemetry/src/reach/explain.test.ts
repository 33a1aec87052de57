import { ERRORS } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import {
  BROWSER,
  GATEWAY,
  HOST,
  OUTSIDE,
  RELAYED,
  relay,
  SRFLX,
  TimelineWriter,
  TURN_TCP,
  TURN_TLS,
  TURN_UDP,
} from '../testing/timelines.js';
import type { CallTimeline } from '../timeline.js';
import { explainAll, explainReach } from './explain.js';
import { pathOf } from './path.js';
import type { Reach } from './types.js';

const ALL = [TURN_UDP, TURN_TCP, TURN_TLS];

function explained(timeline: CallTimeline): Reach {
  const reach = explainReach(timeline);
  if (reach === undefined) throw new Error('no browser leg');
  // Every reference leads to an entry, whatever the case.
  const referred = [...reach.tried, ...reach.findings].flatMap(({ entries }) => entries);
  for (const entry of referred) expect(timeline.entries[entry]).toBeDefined();
  for (const { entries } of reach.findings) expect(entries.length).toBeGreaterThan(0);
  return reach;
}

const codes = ({ findings }: Reach): string[] => findings.map(({ code, weight }) => `${code} ${weight}`);
const ways = ({ tried }: Reach): string[] =>
  tried.map(({ via, transport, outcome, code }) => [via, transport, outcome, code].filter(Boolean).join(' '));

/** A browser with all three relays, which calls directly. */
const direct = (): TimelineWriter =>
  new TimelineWriter().begins('auto', ALL).candidate(HOST).candidate(SRFLX).check('valid').state('checking');

/** A browser on a network that lets nothing but its relay's transport through. */
const viaRelay = (url: string, transport: 'udp' | 'tcp' | 'tls'): TimelineWriter =>
  new TimelineWriter()
    .begins('auto', ALL)
    .candidate(HOST)
    .allocated(transport)
    .candidate(relay(url, transport))
    .check('nominating', RELAYED)
    .state('connected', RELAYED)
    .pair(relay(url, transport));

describe('a call with a path', () => {
  it('goes directly', () => {
    const timeline = direct().check('nominating').state('connected').pair(SRFLX).done();
    const reach = explained(timeline);
    expect(reach).toMatchObject({
      outcome: 'reached',
      policy: 'auto',
      path: { via: 'direct', transport: 'udp', family: 'ipv4', entry: timeline.entries.length - 1 },
      findings: [],
      summary: 'Media went directly over UDP (IPv4).',
    });
    expect(reach.path).toEqual(pathOf(timeline));
    expect(reach.path?.since).toBe(timeline.entries.at(-1)?.at);
  });

  it.each([
    ['is not reached', 701, 'TURN allocate request timed out.'],
    ['refuses its credentials', 401, 'Unauthorized'],
  ])('goes directly, and a relay beside it that %s is no fault', (_what, status, text) => {
    const reach = explained(
      direct()
        .state('connected')
        .pair(SRFLX)
        .after(9_000)
        .error(TURN_UDP, status, text)
        .error(TURN_TLS, status, text)
        .ends()
        .done(),
    );
    expect(reach.findings).toEqual([]);
    // It is told, all the same, to whoever looks at what was tried.
    expect(ways(reach)[0]).toBe('direct udp used');
    expect(reach.tried.slice(1).every(({ code }) => code !== undefined)).toBe(true);
  });

  it('goes through a relay over TLS, because nothing came by UDP', () => {
    const reach = explained(viaRelay(TURN_TLS, 'tls').error(TURN_UDP, 701, 'TURN allocate request timed out.').done());
    expect(reach.path).toMatchObject({ via: 'relay', transport: 'tls', family: 'ipv4', server: TURN_TLS });
    expect(codes(reach)).toEqual(['ice.udp_blocked degraded', 'ice.relay_tcp degraded']);
    expect(ways(reach)).toEqual(['direct udp unheard', 'relay udp silent turn.silent', 'relay tls used']);
    expect(reach.summary).toMatch(/^Media went through the relay turns:turn.example.com:443\S* over TLS \(IPv4\)\. /);
  });

  it('goes through a relay over UDP, and the media port is named as what is closed', () => {
    const reach = explained(viaRelay(TURN_UDP, 'udp').candidate(SRFLX).done());
    expect(codes(reach)).toEqual(['ice.udp_blocked degraded']);
    expect(reach.findings[0]?.text).toMatch(/UDP works to other servers/);
  });

  it('goes through a relay because that is the policy', () => {
    const reach = explained(
      new TimelineWriter()
        .begins('relay', ALL)
        .allocated('udp')
        .candidate(relay(TURN_UDP, 'udp'))
        .check('nominating', RELAYED)
        .state('connected', RELAYED)
        .pair(relay(TURN_UDP, 'udp'))
        .done(),
    );
    expect(reach.findings).toEqual([]);
    expect(ways(reach)).toEqual(['relay udp used']);
    expect(reach.summary).toMatch(/The policy allowed relays only\.$/);
  });

  it('goes through a relay though checks came directly: the browser chose', () => {
    const reach = explained(viaRelay(TURN_UDP, 'udp').check('valid').done());
    expect(ways(reach)).toEqual(['direct udp ready', 'relay udp used']);
    expect(reach.findings).toEqual([]);
  });

  it('goes through a relay, since the gateway was advertised where the browser is not', () => {
    const inner = { address: '10.0.0.5', port: 40_000 };
    const reach = explained(
      new TimelineWriter()
        .begins('auto', [TURN_UDP], [inner])
        .candidate(HOST)
        .allocated('udp')
        .candidate(relay(TURN_UDP, 'udp'))
        .check('nominating', RELAYED)
        .state('connected', RELAYED)
        .pair(relay(TURN_UDP, 'udp'))
        .done(),
    );
    expect(codes(reach)).toEqual(['server.bad_advertised_address degraded']);
    expect(reach.findings[0]?.text).toBe(`The browser comes from ${OUTSIDE}, but was told to send to 10.0.0.5 only.`);
  });

  it('is told by the gateway alone where the browser says nothing', () => {
    const plain = new TimelineWriter().check('valid').state('connected').done();
    expect(explained(plain)).toMatchObject({ path: { via: 'direct', transport: 'udp', family: 'ipv4' }, findings: [] });
    const relayed = new TimelineWriter()
      .allocated('tls', { address: '2001:db8::9', port: 61_000 })
      .check('nominating', { ...RELAYED, address: '10.0.0.5' }) // behind 1:1 NAT the relay's inner address
      .state('connected', { ...RELAYED, address: '10.0.0.5' })
      .done();
    const path = pathOf(relayed);
    expect(path).toMatchObject({ via: 'relay', transport: 'tls', family: 'ipv6' });
    expect(path?.server).toBeUndefined();
  });

  it('knows the relay of a pair by its URL, its protocol or its allocation', () => {
    const bare = { type: 'relay', protocol: 'udp', ...RELAYED } as const;
    const v6 = 'turns:[2001:db8::1]:443?transport=tcp';
    expect(pathOf(new TimelineWriter().allocated('tcp').pair(bare).done())).toMatchObject({ transport: 'tcp' });
    expect(pathOf(new TimelineWriter().pair({ ...bare, url: v6 }).done())).toMatchObject({
      transport: 'tls',
      family: 'ipv6',
      server: v6,
    });
    expect(pathOf(new TimelineWriter().pair({ ...bare, relayProtocol: 'udp' }).done())).toMatchObject({
      transport: 'udp',
      family: 'ipv4',
    });
  });

  it('is the last one, after a change of networks', () => {
    const reach = explained(
      direct()
        .state('connected')
        .pair(SRFLX)
        .after(60_000)
        .browser({ type: 'ice.attempt', policy: 'relay', reason: 'relay-only' })
        .gateway({ type: 'ice.restart' })
        .allocated('tls')
        .candidate(relay(TURN_TLS, 'tls'))
        .check('nominating', RELAYED)
        .state('connected', RELAYED)
        .pair(relay(TURN_TLS, 'tls'))
        .done(),
    );
    expect(reach.path).toMatchObject({ via: 'relay', transport: 'tls' });
    expect(codes(reach)).toEqual(['ice.relay_tcp degraded']);
  });

  it('was lost', () => {
    const reach = explained(direct().state('connected').pair(SRFLX).state('lost').ends('ice.consent_lost').done());
    expect([reach.outcome, ...codes(reach)]).toEqual(['lost', 'ice.consent_lost fault']);
    expect(reach.summary).toMatch(/^Media went directly over UDP \(IPv4\)\. The connection worked, until/);
  });

  it('was nominated, but the handshake on it never came through', () => {
    const reach = explained(
      direct()
        .state('connected')
        .pair(SRFLX)
        .gateway({ type: 'leg.silence', code: 'dtls.blackholed', afterMs: 5_000 })
        .ends('ice.udp_blocked')
        .done(),
    );
    expect([reach.outcome, ...codes(reach)]).toEqual(['failed', 'dtls.blackholed fault']);
    expect(reach.findings[0]?.text).toBe(ERRORS['dtls.blackholed'].what);
  });
});

describe('a call without a path', () => {
  /** Nothing of the browser's UDP arrives anywhere. */
  const blocked = (policy: 'auto' | 'relay' = 'auto', urls: readonly string[] = ALL): TimelineWriter => {
    const writer = new TimelineWriter().begins(policy, urls);
    return policy === 'relay' ? writer : writer.candidate(HOST);
  };

  it('has UDP blocked, and no relay', () => {
    const reach = explained(blocked('auto', []).fails().ends('ice.udp_blocked').done());
    expect([reach.outcome, ...codes(reach)]).toEqual(['failed', 'ice.udp_blocked fault']);
    expect(ways(reach)).toEqual(['direct udp unheard']);
    expect(reach.summary).toMatch(/^There was no media path\. The network lets no UDP through/);
  });

  it('has UDP blocked, and a relay that does not take its credentials', () => {
    const timeline = blocked('auto', [TURN_TCP])
      .refused('tcp', 'turn.auth_failed')
      .error(TURN_TCP, 401, 'Unauthorized')
      .fails()
      .done();
    const reach = explained(timeline);
    expect(codes(reach)).toEqual(['ice.udp_blocked fault', 'turn.auth_failed fault']);
    // Both ends of the refusal are its evidence.
    expect(reach.findings[1]?.entries.map((entry) => timeline.entries[entry]?.event.type).sort()).toEqual([
      'ice.candidate_error',
      'turn.refused',
    ]);
  });

  it('says of a refusal what the log of the relay knows: the credentials had expired', () => {
    const reach = explained(
      blocked('relay', [TURN_TCP])
        .refused('tcp', 'turn.credentials_expired')
        .error(TURN_TCP, 401, 'Unauthorized')
        .fails()
        .done(),
    );
    expect(codes(reach)).toEqual(['turn.credentials_expired fault']);
  });

  it('says of a refusal what the browser was told, where the relay is not ours', () => {
    const of = (status: number): string[] =>
      codes(explained(blocked('relay', [TURN_TCP]).error(TURN_TCP, status).fails().done()));
    expect([401, 486, 508, 403].flatMap(of)).toEqual([
      'turn.auth_failed fault',
      'turn.quota_reached fault',
      'turn.relay_full fault',
      'turn.unsupported fault',
    ]);
  });

  it('has a relay that cannot be reached, and one that does not answer', () => {
    const reach = explained(
      blocked('relay')
        .error(TURN_TCP, 701, 'TURN server connection failed.')
        .error(TURN_UDP, 701, 'TURN allocate request timed out.')
        .fails()
        .done(),
    );
    expect(codes(reach).sort()).toEqual(['turn.silent fault', 'turn.silent fault', 'turn.unreachable fault']);
    // Of the third one, over TLS, the browser never said a word.
    expect(ways(reach)).toEqual([
      'relay udp silent turn.silent',
      'relay tcp failed turn.unreachable',
      'relay tls silent turn.silent',
    ]);
  });

  it('has a relay that does not answer, however often the browser restarts meanwhile', () => {
    const writer = blocked('auto', [TURN_UDP]);
    for (let restart = 0; restart < 3; restart += 1) {
      writer.after(4_000).browser({ type: 'ice.attempt', policy: 'all', reason: 'media-lost' });
    }
    expect(codes(explained(writer.ends('ice.udp_blocked').done()))).toEqual([
      'ice.udp_blocked fault',
      'turn.silent fault',
    ]);
  });

  it('has a relay whose answer did not come back: what the relay saw is part of the evidence', () => {
    const timeline = blocked('relay', [TURN_UDP]).allocated('udp').fails().done();
    const [finding] = explained(timeline).findings;
    expect(finding?.code).toBe('turn.silent');
    expect(finding?.entries.map((entry) => timeline.entries[entry]?.event.type)).toContain('turn.allocated');
  });

  it('has a relay that leads nowhere', () => {
    const writer = (): TimelineWriter =>
      blocked('relay', [TURN_UDP]).allocated('udp').candidate(relay(TURN_UDP, 'udp'));
    expect(codes(explained(writer().fails().done()))).toEqual(['turn.not_relaying fault']);
    expect(
      codes(explained(writer().refused('udp', 'turn.peer_forbidden', 'create-permission').fails().done())),
    ).toEqual(['turn.peer_forbidden fault']);
  });

  it('has a NAT that lets nothing through directly, while UDP works to the STUN server', () => {
    const reach = explained(blocked('auto', []).candidate(SRFLX).fails().done());
    expect(codes(reach)).toEqual(['ice.nat_needs_relay fault']);
  });

  it('has a NAT that lets nothing through directly, while a relay answers by UDP, if only to refuse', () => {
    const reach = explained(blocked('auto', [TURN_UDP]).error(TURN_UDP, 401).fails().done());
    expect(codes(reach)).toEqual(['ice.nat_needs_relay fault', 'turn.auth_failed fault']);
  });

  it('has checks that arrive, and answers that do not', () => {
    const reach = explained(blocked('auto', []).check('valid').fails().done());
    expect(codes(reach)).toEqual(['ice.nat_needs_relay fault']);
    expect(ways(reach)).toEqual(['direct udp silent']);
  });

  it.each([
    ['directly', { address: OUTSIDE, port: 60_000 }],
    ['through a relay', RELAYED],
  ])('has checks with a wrong password, that come %s', (_how, from) => {
    const reach = explained(blocked('auto', [TURN_UDP]).allocated('udp').check('bad-integrity', from).fails().done());
    expect(codes(reach)).toEqual(['ice.credential_mismatch fault']);
  });

  it('has no candidates at all', () => {
    const reach = explained(
      new TimelineWriter().begins('auto', []).browser({ type: 'ice.gathering', state: 'complete' }).fails().done(),
    );
    expect(codes(reach)).toEqual(['ice.no_candidates fault']);
  });

  it('was given a policy and no relay', () => {
    expect(codes(explained(blocked('relay', []).fails().done()))).toEqual(['ice.nat_needs_relay fault']);
  });

  it('was told to send to an address of another network', () => {
    const advertised = [
      { address: '10.0.0.5', port: 40_000 },
      { address: '127.0.0.1', port: 40_000 },
    ];
    const writer = new TimelineWriter().begins('auto', [], advertised).candidate(HOST);
    expect(codes(explained(writer.candidate(SRFLX).fails().done()))).toEqual(['server.bad_advertised_address fault']);
  });

  it('was told to send to a private address in its own network, which is all right', () => {
    const writer = new TimelineWriter().begins('auto', [], [{ address: '192.168.1.2', port: 40_000 }]);
    const near = { ...HOST, address: BROWSER };
    expect(codes(explained(writer.candidate(near).fails().done()))).toEqual(['ice.udp_blocked fault']);
  });

  it('is told by the gateway alone where the browser says nothing', () => {
    const reach = explained(
      new TimelineWriter()
        .gateway({ type: 'ice.advertised', candidates: [GATEWAY] })
        .after(5_000)
        .gateway({ type: 'leg.silence', code: 'ice.udp_blocked', afterMs: 5_000 })
        .ends('ice.udp_blocked')
        .done(),
    );
    expect([reach.outcome, ...codes(reach)]).toEqual(['failed', 'ice.udp_blocked fault']);
  });
});

describe('a call that is not decided', () => {
  it('has just begun', () => {
    const reach = explained(new TimelineWriter().begins('auto', ALL).candidate(HOST).done());
    expect(reach).toMatchObject({ outcome: 'open', tried: [], findings: [], summary: 'There is no media path yet.' });
  });

  it('goes on without a path: what is known so far is said', () => {
    const reach = explained(
      new TimelineWriter()
        .begins('auto', [])
        .candidate(HOST)
        .gateway({ type: 'leg.silence', code: 'ice.udp_blocked', afterMs: 5_000 })
        .done(),
    );
    expect([reach.outcome, ...codes(reach)]).toEqual(['open', 'ice.udp_blocked fault']);
    expect(reach.summary).toMatch(/^There is no media path yet\. The network lets no UDP/);
  });

  it('ended before a path could be found: nobody is to blame, and no relay was silent', () => {
    const reach = explained(new TimelineWriter().begins('auto', ALL).candidate(HOST).after(500).ends().done());
    expect(reach).toMatchObject({ outcome: 'open', findings: [] });
    expect(reach.tried.filter(({ via }) => via === 'relay')).toEqual([]);
  });
});

it('explains every browser of a call, and none that there is not', () => {
  const timeline = direct().state('connected').done();
  expect(explainAll({ ...timeline, callee: 'browser' }).map(({ leg, outcome }) => [leg, outcome])).toEqual([
    ['caller', 'reached'],
    ['callee', 'open'],
  ]);
  expect(explainAll({ ...timeline, caller: 'sip' })).toEqual([]);
  expect(explainReach({ ...timeline, caller: 'sip' })).toBeUndefined();
  expect(explainReach(timeline, 'callee')).toBeUndefined();
  expect(pathOf({ ...timeline, caller: 'sip' })).toBeUndefined();
});
