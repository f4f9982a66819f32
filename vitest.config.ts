import { defineConfig } from 'vitest/config'

/** What is measured here is time, of pictures, sound and packets: another test beside it is measured too. */
const TIMED = [
  'associations',
  'bench',
  'browser-media',
  'dump',
  'media-proof',
  'media-sources',
  'recording',
  'sending',
  'snapshot',
  'stats-agreement',
].map((name) => `test/e2e/${name}.test.ts`)

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 10_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/quiet/**'],
          // Most of the time a test waits for the network or for another process: more of them than a machine has cores.
          maxWorkers: 3,
          // Each test owns its things, so that files can share a process: a fresh one for each costs a quarter of the time.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: TIMED,
          testTimeout: 60_000,
          maxWorkers: 3,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-timed',
          include: TIMED,
          testTimeout: 60_000,
          maxWorkers: 1,
          isolate: false,
          sequence: { groupOrder: 2 },
        },
      },
      // What only a machine with nothing else to do can show: npm run test:quiet.
      {
        extends: true,
        test: {
          name: 'quiet',
          include: ['test/quiet/**/*.test.ts'],
          testTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
