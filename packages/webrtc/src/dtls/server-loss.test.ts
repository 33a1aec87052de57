import { nodeCrypto } from '@earshot/crypto';
import { beforeAll, expect, it } from 'vitest';
import { DtlsServer } from './server.js';
import { DtlsClient } from './testing/dtls-client.js';
import { createIdentities, type Identities } from './testing/identities.js';
import { type PathReport, runHandshake } from './testing/virtual-path.js';

let identities: Identities;

beforeAll(async () => {
  identities = await createIdentities();
});

interface Run extends PathReport {
  readonly client: DtlsClient;
}

function run(seed: number, mtu: number): Run {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server, mtu });
  server.setRemoteFingerprints(0, identities.fingerprints);
  const client = new DtlsClient({ crypto: nodeCrypto, certificate: identities.client, mtu });
  const report = runHandshake(client, server, { seed, loss: 0.3, duplicates: 0.1, delayMs: [5, 60] });
  return { ...report, client };
}

it('connects over 30% loss with reordering and duplicates, for 200 seeds and several MTUs', () => {
  let retransmissions = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const { client, events } = run(seed, [150, 256, 1200][seed % 3] ?? 1200);
    const connected = events.filter((event) => event.type === 'connected');
    expect(connected, `seed ${seed}`).toHaveLength(1);
    expect(client.keys, `seed ${seed}`).toBeDefined();
    expect(client.keys?.local, `seed ${seed}`).toEqual(connected[0]?.keys.remote);
    expect(client.keys?.remote, `seed ${seed}`).toEqual(connected[0]?.keys.local);
    expect(client.complaints, `seed ${seed}`).toEqual([]);
    retransmissions += events.filter((event) => event.type === 'flight' && event.retransmission).length;
  }
  expect(retransmissions).toBeGreaterThan(200); // the path did lose something
});
