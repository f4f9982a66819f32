import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// No test asks a server that these are for, and each of hundreds of processes would read them: a third of its start.
delete process.env['NODE_EXTRA_CA_CERTS']

/** Begun before all others: what ends last must not have the machine for itself. Most of the first is waiting. */
const LONGEST = [
  'e2e/partition',
  'e2e/readme',
  'e2e/transfer',
  'e2e/media-failures',
  'transfer/association-trouble',
].map((name) => `/test/${name}.test.ts`)

class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((path) => moduleId.endsWith(path))
      return index === -1 ? LONGEST.length : index
    }
    const sorted = await super.sort(specifications)
    return sorted.toSorted((left, right) => place(left) - place(right))
  }
}

/** What is measured here is time, of pictures, sound and packets: another test beside it is measured too. */
const TIMED = [
  'associations',
  'bench',
  'browser-media',
  'demo',
  'media-proof',
  'media-sources',
  'recording',
  'sending',
  'stats-agreement',
].map((name) => `test/e2e/${name}.test.ts`)

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 10_000,
    sequence: { sequencer: LongestFirst },
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
          // Two calls with films to decode and to record are what two cores have time for.
          maxConcurrency: 2,
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
