import * as fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { ManifestReader, type ManifestEntry } from '../../src/transfer/manifest.js'
import { safePath } from '../../src/transfer/safe-path.js'
import { HOSTILE_NAMES } from '../support/hostile-names.js'

const file = (path: string, size = 1): ManifestEntry => ({
  path,
  type: 'file',
  size,
  mode: 0o644,
  mtimeMs: 0,
})
const directory = (path: string): ManifestEntry => ({
  path,
  type: 'directory',
  size: 0,
  mode: 0o755,
  mtimeMs: 0,
})

// Ten thousand errors: their stack traces are what would take the time.
beforeEach(() => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  onTestFinished(() => {
    Error.stackTraceLimit = stackTraceLimit
  })
})

describe('F1, F2: names a peer offers', () => {
  it.each(HOSTILE_NAMES.map((name) => [name]))('%# refuses %j', (name) => {
    expect(() => safePath(name)).toThrow(expect.objectContaining({ code: 'UNSAFE_PATH' }))
  })

  it('counts at least 120 hostile ones', () => expect(HOSTILE_NAMES.length).toBeGreaterThanOrEqual(120))

  it.each([
    'a',
    'photo.jpg',
    'deep/er/file.tar.gz',
    'ünïcode ☂.txt',
    '日本語',
    '🎉.png',
    'a b',
    'console.log',
    "it's (1) [x] {y}?",
  ])('takes %j as it is', (name) => expect(safePath(name)).toBe(name.normalize('NFC')))

  it('is an error or stays inside, for any string, and taking it twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const safe = accepted(name)
        expect(safe === undefined || safePath(safe) === safe).toBe(true)
        expect(
          safe === undefined || !safe.split('/').some((part) => part === '' || part === '.' || part === '..'),
        ).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('F2, F12: a manifest', () => {
  it.each([
    ['the same file twice', [file('a'), file('a')]],
    ['two names that differ in case only', [file('Read.me'), file('README'.replace('README', 'read.ME'))]],
    ['two names that differ in normalisation only', [file('\u00e9'), file('e\u0301')]],
    ['a file inside a file', [file('a'), file('a/b')]],
    ['a file over a directory that has something inside', [directory('d'), file('a/b'), file('a')]],
    ['a directory with a size', [{ ...directory('d'), size: 1 }]],
  ])('refuses %s', (_what, entries) => {
    expect(() => new ManifestReader().add(entries)).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }),
    )
  })

  it('is an error, or names every place once and nothing inside of what is no directory', () => {
    const name = fc.constantFrom('a', 'A', 'b', 'é', 'e\u0301', 'c.txt', '..', '')
    const entry = fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
      type: fc.constantFrom('file', 'directory', 'symlink', 'stream', 'text'),
      size: fc.constantFrom(0, 0, 3),
      mode: fc.constant(0o644),
      mtimeMs: fc.constant(0),
      target: fc.constantFrom(undefined, 'a', '..', '../..', '/etc', 'a/../b'),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const reader = new ManifestReader()
        if (!takes(reader, entries)) return
        const keys = reader.entries.map(({ path }) => path.toLowerCase())
        expect(new Set(keys).size).toBe(keys.length)
        const leaves = reader.entries.filter(({ type }) => type !== 'directory').map(({ path }) => `${path}/`)
        expect(leaves.filter((leaf) => keys.some((key) => key.startsWith(leaf.toLowerCase())))).toEqual([])
        const isAlone = reader.entries.some(({ type }) => type === 'stream' || type === 'text')
        expect(isAlone && reader.entries.length > 1).toBe(false)
      }),
      { numRuns: 10_000 },
    )
  })

  it('holds its limits exactly', () => {
    const reader = new ManifestReader({ maxFiles: 2, maxBytes: 10 })
    reader.add([file('a', 5), file('b', 5)])
    expect(reader).toMatchObject({ bytes: 10 })
    expect(() => reader.add([file('c', 0)])).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
    expect(() => new ManifestReader({ maxFiles: 9, maxBytes: 10 }).add([file('a', 11)])).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    )
  })
})

/** Whether the manifest is taken; throws what is not said in the way of this program. */
function takes(reader: ManifestReader, entries: readonly ManifestEntry[]): boolean {
  try {
    reader.add(entries)
    return true
  } catch (error) {
    if (error instanceof PeerError) return false
    throw error
  }
}

function accepted(name: string): string | undefined {
  try {
    return safePath(name)
  } catch {
    return undefined
  }
}
