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
    expect(parsed.value.http.port).toBe(8080);
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

  it('names a YAML mistake by line', () => {
    expect(mistakes('http:\n  port: 8080\n host: x')[0]).toMatch(/^config\.bad_yaml earshot\.yaml line 3, column \d+:/);
    expect(mistakes('- a\n- b')).toEqual(['config.invalid (top level): must be a group of settings']);
    expect(mistakes('http: 5')).toEqual(['config.invalid http: must be a group of settings']);
  });

  it('lets the environment win', () => {
    const parsed = parseConfig('http: { port: 1 }', { EARSHOT_HTTP_PORT: '0', EARSHOT_LOG_LEVEL: 'warn' });
    expect(parsed.ok && [parsed.value.http.port, parsed.value.log.level]).toEqual([0, 'warn']);
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
});
