import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/load.js';
import { signatureOf } from './signature.js';

const SECRET = '0123456789abcdef';
const BODY = '{"version":1,"text":"é"}';
const NOW = 1_800_000_000_123;

const document = readFileSync(new URL('../../../../../docs/integrations.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...document.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, text = '']) =>
    kind === language ? [text] : [],
  );

type IsGenuine = (secret: string, header: string, body: string, now?: number) => boolean;

/** The example of the documentation, as a reader would run it. */
async function documented(): Promise<IsGenuine> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-'));
  try {
    const file = join(folder, 'receiver.mjs');
    writeFileSync(file, blocks('js')[0] ?? '');
    const { isGenuine } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { isGenuine: IsGenuine };
    return isGenuine;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a signature', () => {
  it('is the HMAC of time and body', () => {
    // By openssl dgst -sha256 -hmac.
    expect(signatureOf(SECRET, NOW, BODY)).toBe(
      't=1800000000,v1=398c97aed90c6b0de7ffdb516c8e8372370554ae5baffbbbcc8b6e1a40a4839d',
    );
  });

  it('is taken for genuine by the documented example, and nothing else is', async () => {
    const isGenuine = await documented();
    const header = signatureOf(SECRET, NOW, BODY);
    expect(isGenuine(SECRET, header, BODY, NOW + 60_000)).toBe(true);
    expect(isGenuine(SECRET, header, `${BODY} `, NOW)).toBe(false);
    expect(isGenuine('fedcba9876543210', header, BODY, NOW)).toBe(false);
    expect(isGenuine(SECRET, header, BODY, NOW + 301_000)).toBe(false);
    expect(isGenuine(SECRET, header.replace('t=18', 't=19'), BODY, NOW)).toBe(false);
    expect(isGenuine(SECRET, '', BODY, NOW)).toBe(false);
    expect(isGenuine(SECRET, 't=1800000000,v1=00', BODY, NOW)).toBe(false);
  });
});

describe('the documented settings', () => {
  it.each(blocks('yaml').filter((text) => text.startsWith('outward')))('can be used: %#', (text) => {
    expect(parseConfig(text)).toMatchObject({ ok: true });
  });

  it('are all that there are', () => {
    const full = `
outward:
  hep: { host: a, port: 1, captureId: 1, password: a }
  otel: { url: "http://a/", headers: {}, service: a }
  webhooks: [{ url: "http://a/", secret: "0123456789abcdef", events: [call.ended] }]
  trunkChecks: { enabled: true, intervalSeconds: 30 }
`;
    const parsed = parseConfig(full);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const { hep, otel, webhooks, trunkChecks } = parsed.value.outward;
    for (const name of Object.keys({ ...hep, ...otel, ...webhooks[0], ...trunkChecks })) {
      expect(document, name).toContain(name);
    }
  });
});
