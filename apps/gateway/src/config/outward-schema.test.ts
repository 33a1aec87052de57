import { describe, expect, it } from 'vitest';
import { parseConfig } from './load.js';

const mistakes = (text: string): string[] => {
  const parsed = parseConfig(text);
  return parsed.ok ? [] : parsed.error.map(({ code, where, detail }) => `${code} ${where}: ${detail}`);
};

function outward(text: string) {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value.outward;
}

describe('the section outward', () => {
  it('sends nothing anywhere, checks trunks and watches four rules without a line', () => {
    const found = outward('');
    expect(found).toMatchObject({ webhooks: [], trunkChecks: { enabled: true, intervalSeconds: 30 } });
    expect([found.hep, found.otel]).toEqual([undefined, undefined]);
    expect(found.alerts.map(({ rule }) => rule)).toEqual([
      'answered-without-audio',
      'ice-failures',
      'trunk-down',
      'mos',
    ]);
  });

  it('fills in what is left out', () => {
    const found = outward(`
outward:
  hep: { host: homer.example.com }
  otel: { url: "http://127.0.0.1:4318/v1/traces" }
  webhooks: [{ url: "https://receiver.example.com/earshot" }]
  alerts: [{ rule: ice-failures, by: browser }]
`);
    expect(found).toEqual({
      hep: { host: 'homer.example.com', port: 9060, captureId: 1 },
      otel: { url: 'http://127.0.0.1:4318/v1/traces', headers: {}, service: 'earshot' },
      webhooks: [
        {
          url: 'https://receiver.example.com/earshot',
          events: ['call.ended', 'call.diagnosed', 'alert.raised', 'alert.cleared'],
        },
      ],
      trunkChecks: { enabled: true, intervalSeconds: 30 },
      alerts: [{ rule: 'ice-failures', above: 0.05, by: 'browser', windowSeconds: 600, minCalls: 20 }],
    });
  });

  it('names every mistake with its path and what is allowed', () => {
    const text = `
outward:
  hep: { host: "homer.example.com:9060", port: 0, captureId: -1 }
  otel: { url: collector.example.com, headers: { "bad name": y } }
  webhooks:
    - { url: "https://user:word@example.com/", secret: short, events: [] }
    - { url: "ftp://example.com/", events: [call.started] }
  trunkChecks: { intervalSeconds: 1 }
  alerts:
    - { rule: answered-without-audio, above: 0 }
    - { rule: ice-failures, by: country }
    - { rule: trunks }
    - { rule: mos, below: 5, windowSeconds: 30, minCalls: 0 }
`;
    const webhookUrl = 'a URL such as https://receiver.example.com/path, without a user name or password in it';
    expect(mistakes(text)).toEqual([
      'config.invalid outward.hep.host: a name or an address such as homer.example.com or 192.0.2.10, without a port',
      'config.invalid outward.hep.port: a port is 1 to 65535',
      'config.invalid outward.hep.captureId: 0 to 4294967295',
      'config.invalid outward.otel.url: a URL such as http://127.0.0.1:4318/v1/traces, without a user name or password in it',
      'config.invalid outward.otel.headers: header names such as authorization',
      `config.invalid outward.webhooks[0].url: ${webhookUrl}`,
      'config.invalid outward.webhooks[0].secret: at least 16 characters',
      'config.invalid outward.webhooks[0].events: at least one event',
      `config.invalid outward.webhooks[1].url: ${webhookUrl}`,
      'config.invalid outward.webhooks[1].events[0]: allowed: call.ended, call.diagnosed, alert.raised, alert.cleared',
      'config.invalid outward.trunkChecks.intervalSeconds: at least 5 seconds',
      'config.invalid outward.alerts[0].above: above 0, at most 1: 0.02 is 2%',
      'config.invalid outward.alerts[1].by: allowed: all, network, browser',
      'config.invalid outward.alerts[2].rule: a rule: answered-without-audio, ice-failures, trunk-down or mos',
      'config.invalid outward.alerts[3].below: above 1, at most 4.5',
      'config.invalid outward.alerts[3].windowSeconds: at least 60 seconds',
      'config.invalid outward.alerts[3].minCalls: at least 1',
    ]);
  });

  it('lets no header through that the request has already', () => {
    expect(mistakes('outward: { otel: { url: "http://127.0.0.1/", headers: { Host: x } } }')[0]).toMatch(
      /outward\.otel\.headers: headers that are set already: host,/,
    );
  });

  it('knows the sections around it', () => {
    expect(mistakes('outward: { hep: { host: 192.0.2.1 } }\ntelemetry: { privacy: short }')).toEqual([
      'config.invalid outward.hep: needs telemetry.privacy "full": it passes SIP messages on as they are, with their numbers',
    ]);
    const alerts = 'outward: { trunkChecks: { enabled: false }, alerts: [{ rule: trunk-down, trunk: pbx }] }';
    expect(mistakes(alerts)).toEqual([
      'config.invalid outward.alerts[0].trunk: no such trunk; trunks: none are configured',
    ]);
    expect(mistakes(`${alerts}\ntrunks: { pbx: { target: "sip:192.0.2.1" } }`)).toEqual([
      'config.invalid outward.alerts[0]: needs outward.trunkChecks.enabled',
    ]);
  });
});
