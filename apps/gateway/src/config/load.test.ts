import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from './load.js';

const mistakes = (text: string, environment: NodeJS.ProcessEnv = {}): string[] => {
  const parsed = parseConfig(text, environment);
  return parsed.ok ? [] : parsed.error.map(({ code, where, detail }) => `${code} ${where}: ${detail}`);
};

describe('earshot.yaml', () => {
  it('is complete without a line', () => {
    const parsed = parseConfig('');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    expect(parsed.value.http).toMatchObject({ host: '::', port: 8080 });
    expect(parsed.value.sip.mediaPorts).toEqual([41000, 44999]);
    expect(parsed.value.media.opus.complexity).toBe(1);
    expect(parsed.value.calls.codec).toBe('quality');
  });

  it('names every mistake with its path and what is allowed', () => {
    const text = `
http: { port: 70000, allowedOrigins: ["www.example.com"], hots: x }
sip: { host: localhost, mediaPorts: [5, 4] }
media: { opus: { complexity: 11 } }
calls: { codec: best, ringSeconds: soon }
routes: [{ match: "1*", trunk: nowhere }, { match: "2" }]
auth: { secret: short }
`;
    expect(mistakes(text)).toEqual([
      'config.invalid http.port: a port is 0 to 65535',
      'config.invalid http.allowedOrigins[0]: "self", or an origin such as https://www.example.com without a path',
      'config.invalid http: unknown setting "hots"',
      'config.invalid sip.host: an IP address such as 192.0.2.10',
      'config.invalid sip.mediaPorts: first and last port, last above first',
      'config.invalid media.opus.complexity: 0 to 10',
      'config.invalid auth.secret: at least 32 characters',
      'config.invalid calls.codec: allowed: quality, density, auto',
      'config.invalid calls.ringSeconds: must be a number',
    ]);
    expect(mistakes('routes: [{ match: "1*", trunk: nowhere }, { match: "2" }]')).toEqual([
      'config.invalid routes[0].trunk: no such trunk; trunks: none are configured',
      'config.invalid routes[1]: give either "to" or "trunk"',
    ]);
  });

  it('says how an advertised address is written', () => {
    const what = 'an IP address such as 192.0.2.10, or { local: 10.0.0.5, public: 192.0.2.10 } behind 1:1 NAT';
    expect(mistakes('media: { advertisedAddresses: ["203.0.113.5/10.0.0.5", { public: 203.0.113.5 }] }')).toEqual([
      `config.invalid media.advertisedAddresses[0]: ${what}`,
      `config.invalid media.advertisedAddresses[1]: ${what}`,
    ]);
  });

  it('names a YAML mistake by line', () => {
    expect(mistakes('http:\n  port: 8080\n host: x')[0]).toMatch(/^config\.bad_yaml earshot\.yaml line 3, column \d+:/);
    expect(mistakes('- a\n- b')).toEqual(['config.invalid (top level): must be a group of settings']);
    expect(mistakes('http: 5')).toEqual(['config.invalid http: must be a group of settings']);
  });

  it('lets the environment win', () => {
    const parsed = parseConfig('http: { port: 1 }', { EARSHOT_HTTP_PORT: '0', EARSHOT_LOG_LEVEL: 'warn' });
    expect(parsed.ok && [parsed.value.http.port, parsed.value.log.level]).toEqual([0, 'warn']);
    const elsewhere = parseConfig('', { EARSHOT_HTTP_HOST: '192.0.2.1' });
    expect(elsewhere.ok && elsewhere.value.http.host).toBe('192.0.2.1');
    expect(mistakes('', { EARSHOT_HTTP_PORT: 'x' })[0]).toContain('config.invalid http.port');
  });

  it('refuses SIP addresses that it cannot reach safely, and half a port range', () => {
    const sip = 'a SIP address reached over UDP, such as sip:pbx.example.com:5060';
    expect(mistakes('trunks: { a: { target: "sips:pbx.example.com" } }')).toEqual([
      `config.invalid trunks.a.target: ${sip}`,
    ]);
    expect(mistakes('routes: [{ match: a, to: "sip:a@host:99999" }]')).toEqual([`config.invalid routes[0].to: ${sip}`]);
    expect(mistakes('sip: { mediaPorts: [0, 9] }')[0]).toContain('first and last port');
  });

  it('takes the database of the environment, as other programs do', () => {
    const url = 'postgres://earshot:secret@db.example.com/calls';
    const parsed = parseConfig('store: { url: "postgres://elsewhere/earshot", recordDays: 90 }', { DATABASE_URL: url });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    expect(parsed.value.store).toEqual({ url, recordDays: 90, evidenceDays: 30 });
    const [mistake] = mistakes('', { DATABASE_URL: 'mysql://earshot:secret@db.example.com/calls' });
    expect(mistake).toContain('config.invalid store.url: a URL such as postgres://');
    expect(mistake).not.toContain('secret@');
  });

  it('names a mistake that the environment would hide', () => {
    expect(mistakes('http: 5', { EARSHOT_HTTP_PORT: '0' })).toEqual([
      'config.invalid http: must be a group of settings',
    ]);
  });

  it('survives aliases that stand for more and more', () => {
    const bomb = Array.from({ length: 9 }, (_, level) => {
      const last =
        level === 0
          ? '[x, x, x, x, x, x, x, x, x]'
          : `[${Array(9)
              .fill(`*a${level - 1}`)
              .join(', ')}]`;
      return `a${level}: &a${level} ${last}`;
    });
    expect(mistakes(bomb.join('\n'))[0]).toMatch(/^config\.bad_yaml earshot\.yaml: Excessive alias count/);
  });

  it('says which file could not be read', () => {
    const loaded = loadConfig('/nonexistent/earshot.yaml', {});
    expect(loaded.ok ? undefined : loaded.error[0]).toMatchObject({ code: 'config.unreadable', detail: 'ENOENT' });
    expect(loadConfig('earshot.yaml', {})).toMatchObject({ ok: false, error: [{ where: 'earshot.yaml' }] });
    expect(loadConfig(undefined, { EARSHOT_CONFIG: '/nonexistent' })).toMatchObject({ ok: false });
    expect(loadConfig(undefined, {}).ok).toBe(true);
  });

  it('names ports that two parts want', () => {
    const tls = 'certificate: c, key: k';
    expect(mistakes(`http: { port: 3478, tls: { port: 5349, ${tls} } }`)).toEqual([
      'config.invalid turn.port: TCP port 3478 belongs to http.port already',
      'config.invalid turn.tlsPort: TCP port 5349 belongs to http.tls.port already',
    ]);
    expect(mistakes('sip: { port: 3478, mediaPorts: [46000, 47000] }\nmedia: { port: 45999, workers: 2 }')).toEqual([
      'config.invalid media.port: UDP port 46000 belongs to sip.mediaPorts already',
      'config.invalid turn.port: UDP port 3478 belongs to sip.port already',
      'config.invalid turn.relayPorts: UDP port 46000 belongs to sip.mediaPorts already',
    ]);
    // Page and API listen on "::" by default, which has IPv4, too.
    for (const host of ['127.0.0.1', '::1', '::', '192.0.2.1']) {
      expect(mistakes(`admin: { host: "${host}", port: 8080 }`)).toEqual([
        'config.invalid admin.port: TCP port 8080 belongs to http.port already',
      ]);
    }
    expect(mistakes('http: { host: 192.0.2.1, port: 9464 }\nadmin: { host: "::" }')).toEqual([
      'config.invalid admin.port: TCP port 9464 belongs to http.port already',
    ]);
  });

  it.each([
    ['a relay that is off', 'turn: { enabled: false }\nhttp: { port: 3478 }'],
    ['a TLS port of the relay that is not opened', 'http: { port: 5349 }'],
    ['the same number of TCP and UDP', 'http: { port: 5060 }'],
    ['ports that the system chooses', 'http: { port: 0 }\nadmin: { port: 0 }'],
    ['different addresses', 'http: { host: 192.0.2.1, port: 9464 }'],
    ['IPv4 and IPv6', 'http: { host: 0.0.0.0, port: 9464 }\nadmin: { host: "::1" }'],
  ])('takes no offence at %s', (_what, text) => {
    expect(mistakes(text)).toEqual([]);
  });

  it('refuses relay settings that could not work', () => {
    expect(mistakes('turn: { rotateSeconds: 300 }')).toEqual([
      'config.invalid turn.rotateSeconds: at least 6172, for turn.credentialSeconds of 43200: 8 secrets are accepted at once',
    ]);
    expect(mistakes('turn: { servers: [{ urls: ["turn:a"], secret: "sechzehn Zeichen, ä" }] }')).toEqual([
      'config.invalid turn.servers[0].secret: at least 16 characters, all of them ASCII',
    ]);
    expect(mistakes('turn: { advertisedHost: "relay.example:3478" }')[0]).toContain('a name or an address such as');
    for (const host of ['relay.example', '192.0.2.1', '2001:db8::1']) {
      expect(mistakes(`turn: { advertisedHost: "${host}" }`)).toEqual([]);
    }
    const routes = Array.from({ length: 257 }, () => '{ match: a, to: "sip:a@192.0.2.1" }');
    expect(mistakes(`routes: [${routes.join(', ')}]`)).toEqual([]);
    const last = '{ match: b, to: "sip:a@192.0.2.1", icePolicy: relay }';
    expect(mistakes(`routes: [${routes.join(', ')}, ${last}]`)[0]).toMatch(/^config\.invalid routes: .* first 256/);
  });
});
