import { defineConfig } from 'vitest/config';

// Workspace packages are imported from source, so that a unit test never runs stale output.
const conditions = ['@earshot/source', 'node', 'import', 'default'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: conditions } } };

export default defineConfig({
  test: {
    // As many as the machine that this is held to has cores; files that talk to browsers run one after the other.
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          // Most of the time went into loading the same modules for each of 300 files. So what a test replaces is put back,
          // and vi.mock does not work: another file may have loaded the module before.
          isolate: false,
          restoreMocks: true,
          unstubGlobals: true,
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'tests/unit/**/*.test.ts',
            'tests/harness/**/*.test.ts',
            'tests/fuzz/**/*.test.ts',
            'scripts/**/*.test.mjs',
          ],
        },
      },
      {
        ...shared,
        test: {
          name: 'interop',
          include: ['tests/interop/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'networks',
          include: ['tests/networks/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: { name: 'fuzz', include: ['tests/fuzz/**/*.test.ts'], testTimeout: 3_600_000, fileParallelism: false },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
