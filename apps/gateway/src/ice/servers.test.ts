import { describe, expect, it } from 'vitest';
import { type Approach, readHost } from './approach.js';
import { type Candidate, chooseServers, embeddedUrls } from './servers.js';

const ports = { udp: 3478, tcp: 3478 };
const by = (host: string, secure = false): Approach => ({ host: readHost(host), secure });

describe('the embedded relay', () => {
  it('has one URL for each thing that a network may let through', () => {
    expect(embeddedUrls({ ports, tlsPort: 443 }, by('gateway.example:8080'))).toEqual([
      'turn:gateway.example:3478?transport=udp',
      'turn:gateway.example:3478?transport=tcp',
      'turns:gateway.example:443?transport=tcp',
    ]);
    expect(embeddedUrls({ ports: { tcp: 5 } }, by('gateway.example'))).toEqual([
      'turn:gateway.example:5?transport=tcp',
    ]);
  });

  it('is where the browser found this server', () => {
    const turns = (approach: Approach): string | undefined => embeddedUrls({ ports, tlsPort: 8443 }, approach).at(-1);
    expect(turns(by('gateway.example:9443', true))).toBe('turns:gateway.example:9443?transport=tcp');
    expect(turns(by('gateway.example', true))).toBe('turns:gateway.example:443?transport=tcp');
    expect(turns(by('[2001:db8::1]:8080'))).toBe('turns:[2001:db8::1]:8443?transport=tcp');
  });

  it('is where the operator says, and nowhere if nobody knows', () => {
    expect(embeddedUrls({ ports, host: '[2001:db8::9]' }, by('gateway.example'))[0]).toBe(
      'turn:[2001:db8::9]:3478?transport=udp',
    );
    expect(embeddedUrls({ ports, host: 'relay.example' }, by('bad host'))).toHaveLength(2);
    expect(embeddedUrls({ ports }, by('bad host'))).toEqual([]);
  });
});

describe('several servers', () => {
  const candidate = (server: string, region?: string, urls = [server]): Candidate<string> => ({ server, region, urls });
  const all = [candidate('own'), candidate('far', 'far'), candidate('near', 'near'), candidate('near2', 'near')];
  const names = (region: string | undefined, ...down: readonly string[]): string[] =>
    chooseServers(all, region, (url) => !down.includes(url)).map(({ server }) => server);

  it('come by region, then in the order of the configuration', () => {
    expect(names(undefined)).toEqual(['own', 'far', 'near', 'near2']);
    expect(names('near')).toEqual(['near', 'near2', 'own', 'far']);
    expect(names('elsewhere')).toEqual(['own', 'far', 'near', 'near2']);
  });

  it('are left out while they are down, and come later when half of them is', () => {
    expect(names('near', 'near', 'far')).toEqual(['near2', 'own']);
    const half = [candidate('a', undefined, ['a1', 'a2']), candidate('b')];
    expect(chooseServers(half, undefined, (url) => url !== 'a1')).toMatchObject([
      { server: 'b', urls: ['b'] },
      { server: 'a', urls: ['a2'] },
    ]);
  });

  it('are all given where none is known to work', () => {
    expect(names('near', 'own', 'far', 'near', 'near2')).toEqual(['near', 'near2', 'own', 'far']);
  });

  it('are no more than the protocol carries', () => {
    const many = Array.from({ length: 12 }, (_, index) => candidate(`s${index}`));
    expect(chooseServers(many, undefined, () => true)).toHaveLength(8);
  });
});
