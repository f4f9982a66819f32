import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    // Most of the time a test waits for the network or for another process.
    maxWorkers: 2,
    testTimeout: 10_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/quiet/**'],
          // Each test owns its things, so that files can share a process: a fresh one for each costs a quarter of the time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 60_000, isolate: false },
      },
      // What only a machine with nothing else to do can show: npm run test:quiet.
      { extends: true, test: { name: 'quiet', include: ['test/quiet/**/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
})
