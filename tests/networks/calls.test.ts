import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../harness/peers.js';
import type { CallJob } from './caller.js';
import { NETWORKS, type NetworkDefinition } from './catalog.js';
import { whyNoNamespaces } from './namespace.js';
import { describeCall, World } from './world.js';

/** The echo line is called and heard from every network, by the path that it leaves. */
describe.skipIf(whyNoNamespaces() !== undefined || lacks('turnserver'))('a call', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world?.stop());

  async function isHeard(network: NetworkDefinition, browser: CallJob['browser']): Promise<void> {
    const [result] = await world.call(network, browser);
    expect(result).toBeDefined();
    if (result !== undefined) expect(result.faults, describeCall(result)).toEqual([]);
  }

  describe.skipIf(lacks('chromium'))('from Chromium', () => {
    for (const network of NETWORKS) {
      it(`is heard from ${network.name}: ${network.title}`, () => isHeard(network, 'chromium'));
    }
  });

  describe.skipIf(lacks('firefox-esr', 'pulseaudio'))('from Firefox', () => {
    for (const network of NETWORKS.filter(({ firefox }) => firefox)) {
      it(`is heard from ${network.name}: ${network.title}`, () => isHeard(network, 'firefox'));
    }
  });
});
