import { beforeEach, expect, it } from 'vitest';
import { recordingLog } from '../testing/records.js';
import { IceKeeper } from './keeper.js';

const { log, records } = recordingLog();
let now: number;
let day: number;
let done: string[];
let keeper: IceKeeper;

beforeEach(() => {
  now = 1_000;
  day = 1_800_000_000_000;
  done = [];
  records.length = 0;
  keeper = new IceKeeper({
    ice: { renewDue: () => done.push('due'), renewAll: (replaces) => done.push(`all ${replaces}`) },
    secrets: {
      async poll() {
        done.push('secrets');
      },
    },
    log,
    now: () => now,
    timeOfDay: () => day,
  });
});

it('looks at secrets, then at what is due', async () => {
  await keeper.tick();
  expect(done).toEqual(['secrets', 'due']);
});

it.each([
  [3_600_000, '+3600 s'],
  [-86_400_000, '-86400 s'],
])('makes credentials anew when the clock is set by %d ms, and says so once', async (jump, said) => {
  now += 1_000;
  day += 1_000 + jump;
  await keeper.tick();
  await keeper.tick();
  expect(done.filter((what) => what.startsWith('all'))).toEqual(['all false']);
  expect(records).toMatchObject([{ level: 40, code: 'server.clock_off', fault: expect.stringContaining(said) }]);
});

it('takes no notice of a clock that is only slewed', async () => {
  now += 1_000_000;
  day += 1_000_500;
  await keeper.tick();
  expect([done, records]).toEqual([['secrets', 'due'], []]);
});
