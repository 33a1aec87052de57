import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type End, frame, pcap, request, response, sdp, udp } from '../capture/testing/frames.js';
import { captureOutput, type Output } from '../testing/output.js';
import { main } from './main.js';

const A: End = ['192.0.2.1', 5060];
const B: End = ['192.0.2.2', 5060];
const T0 = 1_700_000_000_000;

let folder: string;
let output: Output;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-diagnose-'));
  output = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function written(content: string | Uint8Array): string {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  return path;
}

/** Calls that are answered with these statuses, a second apart. */
const capture = (...statuses: readonly (readonly [number, string])[]): Uint8Array =>
  pcap(
    statuses.flatMap(([status, phrase], index) => {
      const callId = `call-${index}`;
      const at = T0 + index * 1_000;
      return [
        { at, bytes: frame(udp(A, B, request('INVITE', { callId, body: sdp(['192.0.2.1', 4000]) }))) },
        { at: at + 200, bytes: frame(udp(B, A, response(status, phrase, { callId }))) },
      ];
    }),
  );

/** An export of a call that two browsers and the gateway saw nothing wrong with. */
const exported = (callId: string): object => ({
  timeline: { version: 2, callId, startedAt: T0, caller: 'browser', clocks: [], entries: [], samples: [] },
});

describe('earshot diagnose', () => {
  it('says the verdict first, then what follows, what was seen, and what cannot be known', async () => {
    expect(await main(['diagnose', written(capture([486, 'Busy Here']))])).toBe(0);
    expect(output.errors).toBe('');
    const [summary, , verdict] = output.out.split('\n');
    expect(summary).toMatch(/busy/);
    expect(verdict).toBe('fault    sip.busy');
    expect(output.out).toMatch(/^ {2}whose {4}\S.*\(\d+%\)\.$/m);
    expect(output.out).toMatch(/^ {2}where {4}side far-end, layer far-end, from 0\.2 s$/m);
    expect(output.out).toMatch(/^ {2}user {5}\S/m);
    expect(output.out).toMatch(/^ {2}operator \S/m);
    expect(output.out).toMatch(/^ {2}seen {5}.* answered the INVITE with 486 Busy Here\. .*\[entry \d+\]$/m);
    expect(output.out).toContain('file     a capture of packets (pcap)\n');
    expect(output.out).toContain('call     call-0\n');
    expect(output.out).toContain('media    caller at 192.0.2.1:4000\n');
    expect(output.out).toMatch(/^What can be concluded from this file$/m);
    expect(output.out).toMatch(/^What cannot$/m);
  });

  it('shows the gravest of several calls, or the one that is asked for', async () => {
    const path = written(capture([200, 'OK'], [603, 'Decline']));
    expect(await main(['diagnose', path])).toBe(0);
    expect(output.out).toContain('call 2 of 2\n');
    expect(output.out).toMatch(/^ {4}1 {2}2023-11-14 22:13:20\.000Z {2}nothing wrong +call-0$/m);
    output.out = '';
    expect(await main(['diagnose', path, '--call', '1'])).toBe(0);
    expect(output.out).toContain('call 1 of 2\n');
    expect(output.out).toContain('There is no media of this call in the capture');
  });

  it('prints everything for programs', async () => {
    expect(
      await main(['diagnose', written(capture([486, 'Busy Here'], [404, 'Not Found'])), '--json', '--call', '2']),
    ).toBe(0);
    expect(JSON.parse(output.out)).toMatchObject({
      ok: true,
      format: 'pcap',
      notes: [],
      calls: [{ timeline: { callId: 'call-1' }, diagnosis: { verdicts: [{ code: 'sip.not_found' }] }, quality: [] }],
    });
  });

  it.each([
    ['an export', JSON.stringify(exported('x')), 'an export of Earshot'],
    ['an export that is packed', gzipSync(JSON.stringify([exported('x')])), 'an export of Earshot'],
    ['a dump', 'RTCStatsDump\n{"fileFormat":3}\n["create","x",{},1700000000000]\n', 'a dump of rtcstats'],
    ['a capture that is packed', gzipSync(capture([486, 'Busy Here'])), 'a capture of packets (pcap)'],
  ])('reads %s', async (_what, content, format) => {
    expect(await main(['diagnose', written(content)])).toBe(0);
    expect(output.out).toContain(`file     ${format}\n`);
  });

  it('uses what there is of a capture that ends too early, and says so', async () => {
    expect(await main(['diagnose', written(capture([486, 'Busy Here'], [404, 'x']).subarray(0, -9))])).toBe(0);
    expect(output.out).toContain('fault    sip.busy');
    expect(output.out).toMatch(/ {2}- dump\.truncated: /);
  });

  it.each([
    ['dump.unreadable', () => join(folder, 'nothing')],
    ['dump.unreadable', () => folder],
    ['dump.unknown_format', () => written('hello')],
    ['dump.unknown_format', () => written('')],
    ['dump.unknown_format', () => written(Uint8Array.of(0x1f, 0x8b, 1, 2, 3))],
    ['dump.truncated', () => written('{"UserAgent":"x","PeerConnections":{')],
    ['dump.truncated', () => written(gzipSync(JSON.stringify(exported('x'))).subarray(0, -20))],
    ['dump.truncated', () => written(capture().subarray(0, 20))],
    ['dump.no_call', () => written(capture())],
  ])('names bad input: %s', async (code, path) => {
    expect(await main(['diagnose', path()])).toBe(2);
    expect(output.errors).toMatch(new RegExp(`^${code}: `));
    expect(output.out).toBe('');
    expect(await main(['diagnose', path(), '--json'])).toBe(2);
    expect(JSON.parse(output.out)).toMatchObject({ ok: false, fault: { code } });
  });

  it.each([
    ['no file', []],
    ['two files', ['a', 'b']],
    ['no number', ['a', '--call', 'x']],
    ['no call', ['a', '--call', '0']],
  ])('tells wrong usage: %s', async (_what, args) => {
    expect(await main(['diagnose', ...args])).toBe(2);
    expect(output.errors).toContain('Usage: earshot diagnose');
  });

  it('tells a number beyond the calls of a file', async () => {
    expect(await main(['diagnose', written(capture([486, 'Busy Here'])), '--call', '2'])).toBe(2);
    expect(output.errors).toContain('the file has one call');
  });

  it('lets no text of a file move the cursor', async () => {
    expect(await main(['diagnose', written(JSON.stringify(exported('\u001b[2J\u202e')))])).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(output.out).not.toMatch(/[\u001b\u202e]/);
  });
});
