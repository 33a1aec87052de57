import { ok } from '@earshot/base';
import { expect, it } from 'vitest';
import { checkConfig } from '../config/load.js';
import { createLog } from '../log.js';
import type { RelayService, StartRelay } from '../turn/index.js';
import { startRelay } from './relay.js';
import { Stops } from './stops.js';

type Needs = Parameters<typeof startRelay>;

it('tells the relay what changed while it started: secrets, certificate and where media is', async () => {
  const config = checkConfig({});
  if (!config.ok) throw new Error('no settings');
  const first = { secrets: ['one'], list: [], certificate: { fingerprint: 'first' } };
  const then = {
    secrets: ['two', 'one'],
    list: [{ local: '192.0.2.1', public: '192.0.2.1', port: 40_000 }],
    certificate: { fingerprint: 'then' },
  };
  let state: typeof first | typeof then = first;
  const told: Partial<Record<keyof RelayService, unknown>> = {};
  const relay: RelayService = {
    ports: {},
    counters: () => {
      throw new Error('nobody asks');
    },
    setSecrets: (secrets) => {
      told.setSecrets = secrets;
    },
    setMedia: (media) => {
      told.setMedia = media;
    },
    setCertificate: (certificate) => {
      told.setCertificate = certificate;
    },
    acceptStream: () => {},
    drain: () => {},
    close: async () => {},
  };
  const start: StartRelay = async ({ secrets }) => {
    expect(secrets).toEqual(['one']);
    state = then;
    return ok(relay);
  };
  const addresses = {
    get list() {
      return state.list;
    },
    onChange: () => () => {},
  };
  const certificates = {
    get current() {
      return state.certificate;
    },
    onChange: () => {},
  };
  const sessions = {
    ice: {
      secrets: {
        get accepted() {
          return state.secrets;
        },
      },
    },
    timelines: {},
  };
  const context = { config: config.value, log: createLog('silent'), stops: new Stops(), late: {} };
  await startRelay(
    context,
    { addresses } as unknown as Needs[1],
    certificates as unknown as Needs[2],
    sessions as unknown as Needs[3],
    start,
  );
  expect(told).toEqual({ setSecrets: then.secrets, setMedia: then.list, setCertificate: then.certificate });
});
