import { ERRORS, type ErrorCode } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, catalogueMarkdown } from '../catalogue/index.js';
import type { Finding } from '../rules/finding.js';
import { explains } from './explains.js';
import type { Kept } from './ledger.js';
import { type Ranked, rank } from './rank.js';

const CODES = Object.keys(ERRORS) as ErrorCode[];

function kept(code: ErrorCode, more: Partial<Finding> & { readonly until?: number } = {}): Kept {
  const { until, ...rest } = more;
  const finding: Finding = {
    code,
    side: 'caller',
    weight: 'fault',
    confidence: 0.9,
    since: 1_000,
    text: code,
    evidence: [],
    ...rest,
  };
  return { finding, evidence: [], since: finding.since, until, raised: true, ripe: true };
}

const shape = (ranked: readonly Ranked[]): unknown =>
  ranked.map(({ kept: { finding }, consequences }) =>
    consequences.length === 0 ? finding.code : [finding.code, shape(consequences)],
  );

describe('causes and consequences', () => {
  it('puts what follows under what it follows from, whatever came first', () => {
    const all = [
      kept('media.one_way_uplink', { side: 'far-end', since: 900 }),
      kept('mic.track_ended', { since: 2_000 }),
    ];
    expect(shape(rank(all, undefined))).toEqual([['mic.track_ended', ['media.one_way_uplink']]]);
  });

  it('makes a chain where each explains the next', () => {
    const all = [
      kept('sip.pbx_timeout', { side: 'far-end', since: 9_000 }),
      kept('media.one_way_uplink', { since: 4_000 }),
      kept('ice.path_lost', { since: 3_000 }),
      kept('signaling.ws_dropped', { weight: 'degraded', since: 3_500 }),
    ];
    const [root, ...others] = rank(all, undefined);
    expect(others).toEqual([]);
    expect(root?.kept.finding.code).toBe('ice.path_lost');
  });

  it('keeps what happens on another side for itself', () => {
    const all = [
      kept('client.cpu', { weight: 'degraded' }),
      kept('network.jitter', { weight: 'degraded' }),
      kept('network.jitter', { weight: 'degraded', side: 'callee' }),
    ];
    expect(shape(rank(all, undefined))).toEqual([['client.cpu', ['network.jitter']], 'network.jitter']);
  });

  it('does not let something slight explain away a fault that lasts', () => {
    const lasting = rank([kept('ice.path_switched', { weight: 'hint' }), kept('ice.path_lost')], undefined);
    expect(shape(lasting)).toEqual(['ice.path_lost', 'ice.path_switched']);
    const over = rank(
      [kept('ice.path_switched', { weight: 'hint' }), kept('ice.path_lost', { until: 2_000 })],
      undefined,
    );
    expect(shape(over)).toEqual([['ice.path_switched', ['ice.path_lost']]]);
  });

  it('does not join what lies far apart', () => {
    const all = [
      kept('ice.path_lost', { until: 3_000 }),
      kept('media.one_way_uplink', { since: 60_000, side: 'far-end' }),
    ];
    expect(rank(all, undefined)).toHaveLength(2);
  });

  it('puts first what ended the call, then what lasts, then what is over', () => {
    const all = [
      kept('network.loss', { weight: 'degraded', until: 5_000 }),
      kept('playout.autoplay_blocked', { until: 4_000 }),
      kept('sip.ack_lost', { side: 'far-end', since: 30_000 }),
      kept('mic.clipping', { weight: 'degraded' }),
    ];
    const first = rank(all, { at: 40_000, code: 'sip.ack_lost' }).map(({ kept: { finding } }) => finding.code);
    expect(first).toEqual(['sip.ack_lost', 'playout.autoplay_blocked', 'mic.clipping', 'network.loss']);
  });

  it('loses nothing and goes in no circle, whatever is found at once', () => {
    for (const weight of ['fault', 'degraded', 'hint'] as const) {
      const all = CODES.map((code, i) => kept(code, { weight, since: 1_000 + (i % 7) * 400 }));
      const count = (ranked: readonly Ranked[]): number =>
        ranked.reduce((sum, one) => sum + 1 + count(one.consequences), 0);
      expect(count(rank(all, undefined))).toBe(all.length);
    }
  });
});

describe('the table of causes', () => {
  it('names codes and areas that exist', () => {
    const explained = CODES.filter((code) => CODES.some((cause) => explains(cause, code) !== undefined));
    expect(explained.length).toBeGreaterThan(30);
  });
});

describe('the catalogue', () => {
  it('has a line for each code, with what the operator can do', () => {
    const lines = catalogueMarkdown().trim().split('\n').slice(2);
    expect(lines).toHaveLength(Object.keys(CATALOGUE).length);
    for (const line of lines)
      expect(
        line
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, -1),
      ).not.toContain('');
  });

  it('holds nothing back for longer than five seconds', () => {
    for (const entry of Object.values(CATALOGUE)) expect(entry.holdMs).toBeLessThan(5_000);
  });
});
