import { describe, expect, it } from 'vitest';
import { apiQuery, callHref, overviewHref, parseRoute, searchHref } from './route.js';

const at = (path: string) => parseRoute(new URL(path, 'http://127.0.0.1:9464'));

describe('addresses of pages', () => {
  it('lead to the page they name', () => {
    expect(at('/')).toEqual({ page: 'live' });
    expect(at('/overview')).toEqual({ page: 'overview', span: '24h' });
    expect(at('/overview?last=7d')).toEqual({ page: 'overview', span: '7d' });
    expect(at('/overview?last=forever')).toEqual({ page: 'overview', span: '24h' });
    expect(at('/call/1700-ab%2Fc#e-3')).toEqual({ page: 'call', id: '1700-ab/c' });
    for (const path of ['/call/', '/call/a/b', '/call/%E0', '/nothing']) expect(at(path)).toEqual({ page: 'none' });
  });

  it('carry a search there and back', () => {
    const query = { text: '+1 555', cause: 'ice.udp_blocked', last: '24h', after: 'x' };
    const href = searchHref(query);
    expect(href).toBe('/search?text=%2B1+555&cause=ice.udp_blocked&last=24h&after=x');
    expect(at(href)).toEqual({ page: 'search', query });
    expect(at('/search?text=%20&foo=1&result=')).toEqual({ page: 'search', query: {} });
    expect(searchHref({ text: '' })).toBe('/search');
  });

  it('are made of ids and spans', () => {
    expect(at(callHref('a/b c'))).toEqual({ page: 'call', id: 'a/b c' });
    expect([overviewHref('24h'), overviewHref('1h')]).toEqual(['/overview', '/overview?last=1h']);
  });
});

describe('the question to the server', () => {
  it('counts a span back from now, unless the time is given', () => {
    expect(apiQuery({ cause: 'none', last: '1h' }, 3_600_001)).toBe('cause=none&from=1');
    expect(apiQuery({ last: '1h', from: '5' }, 3_600_001)).toBe('from=5');
    expect(apiQuery({ last: 'x' }, 0)).toBe('');
  });
});
